/** A machine for `assert`, with all that its dump could say. */
import type { AssertInput } from '../../src/assert/index.ts';
import type { Vm } from '../../src/vm/index.ts';

const GIB = 1 << 18;
/** RAM of a machine with 6 GiB, 2 of them below 4 GiB. */
export const RAM = [
  { start: 0, end: 0xa0 },
  { start: 0x100, end: 2 * GIB },
  { start: 4 * GIB, end: 8 * GIB },
];

/** The input of a machine. */
export function inputOf(machine: Vm, change: Partial<AssertInput> = {}): AssertInput {
  return {
    vm: machine,
    memory: { ram: RAM, described: RAM, mmio: [] },
    named: [],
    listsDevices: false,
    isCountStated: true,
    isWidthFromMasks: false,
    isDefaultAssumed: false,
    isFixedAssumed: false,
    isEnableAssumed: false,
    isTom2Stated: true,
    isGuest: false,
    complaints: [],
    ...change,
  };
}
