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
  [MTRRCAP]: 'MTRRcap',
  [PAT]: 'PAT',
  [DEF_TYPE]: 'MTRRdefType',
  [SYSCFG]: 'SYSCFG',
  [TOP_MEM]: 'TOP_MEM',
  [TOP_MEM2]: 'TOP_MEM2',
};
const FIRST_FIXED_NAMES = ['MTRRfix64K_00000', 'MTRRfix16K_80000', 'MTRRfix16K_A0000'];

/** Which variable range a register belongs to; undefined where it belongs to none. */
export function variableIndex(msr: number): number | undefined {
  return msr >= PHYSBASE0 && msr < PHYSBASE0 + 80 ? (msr - PHYSBASE0) >> 1 : undefined;
}

/** A register's name as the manuals have it, its number where it has none. */
export function registerName(msr: number): string {
  const known = NAMES[msr];
  if (known) return known;
  const index = variableIndex(msr);
  if (index !== undefined) return `MTRRphys${msr % 2 === 0 ? 'Base' : 'Mask'}${index}`;
  const fixed = FIXED_MSRS.indexOf(msr);
  const first4K = FIRST_FIXED_NAMES.length;
  if (fixed >= first4K)
    return `MTRRfix4K_${(0xc0000 + (fixed - first4K) * 0x8000).toString(16).toUpperCase()}`;
  if (fixed >= 0) return FIRST_FIXED_NAMES[fixed]!;
  return `MSR 0x${msr.toString(16)}`;
}
