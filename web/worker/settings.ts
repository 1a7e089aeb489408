/** Changes by path: what reads paths and values is as large as all that makes a map, and loaded when it is needed. */
export { withSettings } from '../../src/open/index.ts';
