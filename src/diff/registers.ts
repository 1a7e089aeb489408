/** Numbers and names of the registers that decide memory types, as the fuzzer writes and the causes name them. */

/** IA32_MTRRCAP. */
export const MTRRCAP = 0xfe;
/** IA32_MTRR_PHYSBASE0; base n is `PHYSBASE0 + 2n`, mask n one above. */
export const PHYSBASE0 = 0x200;
/** The eleven fixed-range registers, ascending by address. */
export const FIXED_MSRS: readonly number[] = [
  0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f,
];
/** IA32_PAT. */
export const PAT = 0x277;
/** IA32_MTRR_DEF_TYPE. */
export const DEF_TYPE = 0x2ff;
/** AMD SYSCFG, TOP_MEM and TOP_MEM2. */
export const SYSCFG = 0xc0010010;
export const TOP_MEM = 0xc001001a;
export const TOP_MEM2 = 0xc001001d;

/** V of a mask register, E of DEF_TYPE. */
export const ENABLE_BIT = 1n << 11n;
/** FE of DEF_TYPE. */
export const FIXED_ENABLE_BIT = 1n << 10n;

const NAMES: Readonly<Record<number, string>> = {
  [MTRRCAP]: 'IA32_MTRRCAP',
  [PAT]: 'IA32_PAT',
  [DEF_TYPE]: 'IA32_MTRR_DEF_TYPE',
  [SYSCFG]: 'SYSCFG',
  [TOP_MEM]: 'TOP_MEM',
  [TOP_MEM2]: 'TOP_MEM2',
};
const FIRST_FIXED = ['FIX64K_00000', 'FIX16K_80000', 'FIX16K_A0000'];

/** Which variable range a register belongs to; undefined where it belongs to none. */
export function variableIndex(msr: number): number | undefined {
  return msr >= PHYSBASE0 && msr < PHYSBASE0 + 80 ? (msr - PHYSBASE0) >> 1 : undefined;
}

/** The fixed-range register that speaks for a frame; undefined from 1 MiB on. */
export function fixedRegisterOf(gfn: number): number | undefined {
  if (gfn < 0x80) return FIXED_MSRS[0];
  if (gfn < 0xc0) return FIXED_MSRS[gfn < 0xa0 ? 1 : 2];
  return gfn < 0x100 ? FIXED_MSRS[3 + ((gfn - 0xc0) >> 3)] : undefined;
}

/** A register's name as the manuals have it, its number where it has none. */
export function registerName(msr: number): string {
  const known = NAMES[msr];
  if (known) return known;
  const index = variableIndex(msr);
  if (index !== undefined) return `IA32_MTRR_PHYS${msr % 2 === 0 ? 'BASE' : 'MASK'}${index}`;
  const fixed = FIXED_MSRS.indexOf(msr);
  if (fixed < 0) return `MSR 0x${msr.toString(16)}`;
  const first4K = FIRST_FIXED.length;
  const address = (0xc0000 + (fixed - first4K) * 0x8000).toString(16).toUpperCase();
  return `IA32_MTRR_${FIRST_FIXED[fixed] ?? `FIX4K_${address}`}`;
}
