/** Machines that are built in: loaded when one is chosen. */
export { preset } from '../../src/config/index.ts';
