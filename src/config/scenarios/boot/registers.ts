/** Names of the MTRRs in the order in which VMMs and firmware write them, and values for all of them. */
import { USUAL_VARIABLE_RANGES } from '../../../msr/index.ts';

export const DEF_TYPE = 'IA32_MTRR_DEF_TYPE';

const FIXED_64K = ['IA32_MTRR_FIX64K_00000'];
const FIXED_16K = ['IA32_MTRR_FIX16K_80000', 'IA32_MTRR_FIX16K_A0000'];
const FIXED_4K = ['C0', 'C8', 'D0', 'D8', 'E0', 'E8', 'F0', 'F8'].map((at) => `IA32_MTRR_FIX4K_${at}000`);

/** Register values by name, in the order in which they are written. */
export type Values = Readonly<Record<string, string>>;

function all(names: readonly string[], value: string): Values {
  return Object.fromEntries(names.map((name) => [name, value]));
}

/** Every byte of a fixed register of one type. */
export function bytes(type: 'UC' | 'WP' | 'WB'): string {
  const byte = { UC: '00', WP: '05', WB: '06' }[type];
  return `0x${byte.repeat(8)}`;
}

/** The eleven fixed registers: below 640K, from 640K to 768K, and above. */
export function fixed(low: 'WB', vga: 'UC' | 'WB', high: 'UC' | 'WP' | 'WB'): Values {
  return {
    ...all([...FIXED_64K, FIXED_16K[0]!], bytes(low)),
    [FIXED_16K[1]!]: bytes(vga),
    ...all(FIXED_4K, bytes(high)),
  };
}

/** Base and mask of a variable range. */
export function variable(index: number, base: string, mask: string): Values {
  return { [`IA32_MTRR_PHYSBASE${index}`]: base, [`IA32_MTRR_PHYSMASK${index}`]: mask };
}

/** Every variable range empty. */
export const NO_RANGES: Values = Object.assign(
  {},
  ...Array.from({ length: USUAL_VARIABLE_RANGES }, (_, index) => variable(index, '0', '0')),
) as Values;

/** Every MTRR 0, in the order of QEMU's list. */
export const ALL_ZERO: Values = {
  [DEF_TYPE]: '0',
  ...all([...FIXED_64K, ...FIXED_16K, ...FIXED_4K], '0'),
  ...NO_RANGES,
};
