/**
 * The names by which people know the MSRs that decide memory types: Intel's `IA32_MTRR_DEF_TYPE`, Linux's
 * `MSR_MTRRdefType` and `MTRRdefType`, coreboot's `MTRR_DEF_TYPE_MSR`, Hyper-V's `MsrMtrrDefType`, QEMU's
 * `env.mtrr_deftype`, or the number. All are told apart by letters and digits alone, so that case, underscores
 * and brackets do not matter.
 */
import { parseQuantity } from './values.ts';

/** Fixed-range registers in the order of the ranges that they hold. */
export const FIXED_MSRS: readonly number[] = [
  0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f,
];
const FIXED_NAMES = [
  'FIX64K_00000',
  'FIX16K_80000',
  'FIX16K_A0000',
  'FIX4K_C0000',
  'FIX4K_C8000',
  'FIX4K_D0000',
  'FIX4K_D8000',
  'FIX4K_E0000',
  'FIX4K_E8000',
  'FIX4K_F0000',
  'FIX4K_F8000',
];

/** IA32_MTRR_DEF_TYPE. */
export const MSR_DEF_TYPE = 0x2ff;
/** IA32_PAT. */
export const MSR_PAT = 0x277;
/** IA32_MTRRCAP. */
export const MSR_MTRRCAP = 0xfe;

/** Number of IA32_MTRR_PHYSBASEn; the mask follows it. */
export function physBaseMsr(index: number): number {
  return 0x200 + 2 * index;
}

const CANONICAL = new Map<number, string>([
  [MSR_MTRRCAP, 'IA32_MTRRCAP'],
  [MSR_PAT, 'IA32_PAT'],
  [MSR_DEF_TYPE, 'IA32_MTRR_DEF_TYPE'],
  [0xc0010010, 'SYSCFG'],
  [0xc001001a, 'TOP_MEM'],
  [0xc001001d, 'TOP_MEM2'],
  ...FIXED_MSRS.map((msr, index) => [msr, `IA32_MTRR_${FIXED_NAMES[index]}`] as const),
]);

/** Names other than the fixed and variable registers', as letters and digits without prefix. */
const WORDS: Readonly<Record<string, number>> = {
  mtrrcap: MSR_MTRRCAP,
  pat: MSR_PAT,
  crpat: MSR_PAT,
  mtrrdeftype: MSR_DEF_TYPE,
  deftype: MSR_DEF_TYPE,
  mtrrdefaulttype: MSR_DEF_TYPE,
  syscfg: 0xc0010010,
  topmem: 0xc001001a,
  topmem1: 0xc001001a,
  tom: 0xc001001a,
  topmem2: 0xc001001d,
  tom2: 0xc001001d,
};

/** Names to offer for a misspelt one. */
export const MSR_SPELLINGS: readonly string[] = [
  ...CANONICAL.values(),
  ...FIXED_NAMES,
  'MSR_MTRRdefType',
  'MTRRdefType',
  'MTRR_DEF_TYPE_MSR',
  'env.mtrr_deftype',
  'MTRRcap',
  'MSR_IA32_CR_PAT',
  ...Array.from({ length: 10 }, (_, n) => [
    `IA32_MTRR_PHYSBASE${n}`,
    `IA32_MTRR_PHYSMASK${n}`,
    `MTRRphysBase${n}`,
    `MTRRphysMask${n}`,
  ]).flat(),
];

/** Largest MSR number that WRMSR can name. */
const MSR_MAX = 0xffffffff;

/**
 * The number of an MSR that is given by number or name.
 *
 * @param key - `0x2ff`, `2ffH`, `767`, or any name that users know
 * @returns the number, or undefined where the name is unknown
 * @example
 * msrNumber('MTRRphysMask3'); // 0x207
 */
export function msrNumber(key: string): number | undefined {
  const number = parseQuantity(/^[0-9a-f]+h$/i.test(key) ? `0${key}` : key);
  if (number !== undefined) return number <= MSR_MAX ? Number(number) : undefined;
  const word = key
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .replace(/^(?:env|msr|ia32|amd64|amd|k8|x86|hv)+/, '')
    .replace(/msr(?=\d*$)/, '');
  if (Object.hasOwn(WORDS, word)) return WORDS[word];
  const fixed = /^(?:mtrr)?(fix(?:64k00000|16k[8a]0000|4k[c-f][08]000))$/.exec(word);
  if (fixed) {
    return FIXED_MSRS[FIXED_NAMES.findIndex((name) => name.toLowerCase().replace('_', '') === fixed[1])];
  }
  const migrated = /^mtrrfixed(\d{1,2})$/.exec(word);
  if (migrated) return FIXED_MSRS[Number(migrated[1])];
  const variable =
    /^mtrrphys(?<kind>base|mask)(?<n>\d{1,2})$/.exec(word) ??
    /^mtrrvar(?<n>\d{1,2})(?<kind>base|mask)$/.exec(word);
  if (!variable?.groups) return undefined;
  const index = Number(variable.groups.n);
  if (index >= 40) return undefined;
  return physBaseMsr(index) + (variable.groups.kind === 'mask' ? 1 : 0);
}

/**
 * Intel's name of an MSR, AMD's where Intel has none.
 *
 * @returns `IA32_MTRR_PHYSBASE0`, ..., or `MSR 0x1f2` for one without a name here
 */
export function msrName(msr: number): string {
  if (msr >= 0x200 && msr < 0x250) {
    return `IA32_MTRR_PHYS${msr % 2 === 0 ? 'BASE' : 'MASK'}${(msr - 0x200) >> 1}`;
  }
  return CANONICAL.get(msr) ?? `MSR 0x${msr.toString(16)}`;
}
