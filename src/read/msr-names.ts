/** The memory-type MSRs, by number and by the names that dumps use for them. */

/** Number of variable ranges that can be addressed: 0x250 follows 0x24f. */
export const MOST_VARIABLE_RANGES = 40;
export const MTRR_CAP = 0xfe;
export const PAT = 0x277;
export const DEF_TYPE = 0x2ff;
export const SYSCFG = 0xc0010010;
export const TOP_MEM = 0xc001001a;
export const TOP_MEM2 = 0xc001001d;
/** SMRR is read so that it can be named; no engine models it (it acts inside SMM and hides SMRAM). */
export const SMRR_BASE = 0x1f2;
export const SMRR_MASK = 0x1f3;
/** SYSCFG bits MtrrTom2En and Tom2ForceMemTypeWB (AMD APM vol. 2, "System Configuration Register"). */
export const SYSCFG_TOM2 = 0x600000n;
/** Bit V of a variable mask. */
export const MASK_VALID = 0x800n;
/** DEF_TYPE bits. */
export const FIXED_ENABLE = 0x400n;
export const ENABLE = 0x800n;

/** A fixed-range register: its number, first address, and the size of each of its eight ranges. */
export interface FixedRegister {
  readonly msr: number;
  readonly start: number;
  readonly size: number;
}

/** The eleven fixed-range registers, ascending (Intel SDM vol. 3A, "Fixed Range MTRRs"). */
export const FIXED_REGISTERS: readonly FixedRegister[] = [
  { msr: 0x250, start: 0, size: 0x10000 },
  { msr: 0x258, start: 0x80000, size: 0x4000 },
  { msr: 0x259, start: 0xa0000, size: 0x4000 },
  ...Array.from({ length: 8 }, (_, n) => ({ msr: 0x268 + n, start: 0xc0000 + n * 0x8000, size: 0x1000 })),
];

/** Number of IA32_MTRR_PHYSBASEn. */
export function baseMsr(index: number): number {
  return 0x200 + 2 * index;
}

/** Number of IA32_MTRR_PHYSMASKn. */
export function maskMsr(index: number): number {
  return 0x201 + 2 * index;
}

/** Whether an MSR is a base or mask of a variable range. */
export function isVariableMsr(msr: number): boolean {
  return msr >= 0x200 && msr < 0x200 + 2 * MOST_VARIABLE_RANGES;
}

/** Whether an MSR holds fixed-range types. */
export function isFixedMsr(msr: number): boolean {
  return msr === 0x250 || msr === 0x258 || msr === 0x259 || (msr >= 0x268 && msr <= 0x26f);
}

/** Whether an MSR is one of those that an MTRR lookup needs. */
export function describesMtrrs(msr: number): boolean {
  return msr === DEF_TYPE || isFixedMsr(msr) || isVariableMsr(msr);
}

const OTHERS: ReadonlySet<number> = new Set([
  MTRR_CAP,
  PAT,
  DEF_TYPE,
  SYSCFG,
  TOP_MEM,
  TOP_MEM2,
  SMRR_BASE,
  SMRR_MASK,
]);

/** Whether an MSR bears on memory types; dumps hold hundreds that do not. */
export function isMemoryTypeMsr(msr: number): boolean {
  return isVariableMsr(msr) || isFixedMsr(msr) || OTHERS.has(msr);
}

/** Names that say enough without a prefix. */
const PLAIN: ReadonlyMap<string, number> = new Map([
  ['pat', PAT],
  ['syscfg', SYSCFG],
  ['topmem', TOP_MEM],
  ['topmem2', TOP_MEM2],
]);

const PREFIXED: ReadonlyMap<string, number> = new Map([
  ...PLAIN,
  ['cap', MTRR_CAP],
  ['capmsr', MTRR_CAP],
  ['deftype', DEF_TYPE],
  ['deftypemsr', DEF_TYPE],
  ['crpat', PAT],
  ['smrrphysbase', SMRR_BASE],
  ['smrrphysmask', SMRR_MASK],
]);

/**
 * The number of an MSR by one of its names.
 *
 * @param name - as Intel, AMD, Linux, x86info, coreboot or EDK2 write it: `IA32_MTRR_DEF_TYPE`,
 * `MTRRphysBase0`, `MSR_MTRRfix4K_C0000`, `SYSCFG`
 * @returns the MSR's number, or undefined
 */
export function msrByName(name: string): number | undefined {
  if (name.length > 40) return undefined;
  const whole = name.toLowerCase().replaceAll('_', '');
  const plain = whole.replace(/^(?:msr)?(?:ia32|amd64|k8|k7)?(?:mtrr)?/, '');
  const variable = /^(?:phys|phy|variable)(base|mask)(\d{1,2})$/.exec(plain);
  if (variable) {
    const index = Number(variable[2]);
    if (index >= MOST_VARIABLE_RANGES) return undefined;
    return variable[1] === 'base' ? baseMsr(index) : maskMsr(index);
  }
  const fixed = /^fix(?:ed)?(?:64|16|4)k([0-9a-f]{5})$/.exec(plain);
  if (fixed) {
    const start = Number.parseInt(fixed[1]!, 16);
    return FIXED_REGISTERS.find((register) => register.start === start)?.msr;
  }
  return (plain === whole ? PLAIN : PREFIXED).get(plain);
}
