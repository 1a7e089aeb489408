/**
 * The names by which people know the MSRs that decide memory types: Intel's `IA32_MTRR_DEF_TYPE`, Linux's
 * `MSR_MTRRdefType`, coreboot's `MTRR_DEF_TYPE_MSR`, EDK2's and x86info's, Hyper-V's `MsrMtrrDefType`, QEMU's
 * `env.mtrr_deftype`. One table for configs, dumps and output. Names are told apart by letters and digits alone, so
 * that case, underscores and brackets do not matter, nor does a vendor's prefix.
 */
import {
  FIXED_MSRS,
  fixedRegister,
  isFixedMsr,
  isMaskMsr,
  isVariableMsr,
  MOST_VARIABLE_RANGES,
  MSR_DEF_TYPE,
  MSR_MTRRCAP,
  MSR_PAT,
  MSR_SMRR_PHYSBASE,
  MSR_SMRR_PHYSMASK,
  MSR_SYSCFG,
  MSR_TME_ACTIVATE,
  MSR_TOP_MEM,
  MSR_TOP_MEM2,
  physBase,
  physMask,
  variableIndex,
} from './numbers.ts';

/** A register with its names; the first is the one that is printed: Intel's, AMD's where Intel has none. */
export interface NamedMsr {
  readonly msr: number;
  readonly names: readonly [string, ...string[]];
}

/** Those that are neither pairs nor fixed ranges. */
const SINGLES: readonly NamedMsr[] = [
  { msr: MSR_MTRRCAP, names: ['IA32_MTRRCAP', 'MTRRcap', 'MTRR_CAP_MSR', 'MsrMtrrCap'] },
  { msr: MSR_PAT, names: ['IA32_PAT', 'PAT', 'MSR_IA32_CR_PAT', 'MsrPat', 'env.pat'] },
  {
    msr: MSR_DEF_TYPE,
    names: [
      'IA32_MTRR_DEF_TYPE',
      'MSR_MTRRdefType',
      'MTRRdefType',
      'MTRR_DEF_TYPE_MSR',
      'env.mtrr_deftype',
      'MSR_IA32_MTRR_DEF_TYPE',
      'MTRR_DEF_TYPE',
      'MTRR_DEFAULT_TYPE',
      'DEF_TYPE',
      'MsrMtrrDefType',
    ],
  },
  { msr: MSR_SYSCFG, names: ['SYSCFG', 'MSR_SYSCFG', 'MSR_K8_SYSCFG', 'MSR_AMD64_SYSCFG'] },
  { msr: MSR_TOP_MEM, names: ['TOP_MEM', 'TOP_MEM1', 'MSR_K8_TOP_MEM1', 'TOM'] },
  { msr: MSR_TOP_MEM2, names: ['TOP_MEM2', 'MSR_K8_TOP_MEM2', 'TOM2'] },
  { msr: MSR_TME_ACTIVATE, names: ['IA32_TME_ACTIVATE', 'MSR_IA32_TME_ACTIVATE'] },
  { msr: MSR_SMRR_PHYSBASE, names: ['IA32_SMRR_PHYSBASE', 'SMRR_PHYS_BASE'] },
  { msr: MSR_SMRR_PHYSMASK, names: ['IA32_SMRR_PHYSMASK', 'SMRR_PHYS_MASK'] },
];

/**
 * Names of pair `{n}`, `{part}` being base or mask (`{Part}`: Base or Mask, `{PART}`: BASE or MASK).
 */
export const VARIABLE_TEMPLATES: readonly [string, ...string[]] = [
  'IA32_MTRR_PHYS{PART}{n}',
  'MTRRphys{Part}{n}',
  'MSR_IA32_MTRR_PHYS{PART}{n}',
  'MSR_MTRRphys{Part}{n}',
  'MTRR_PHYS_{PART}({n})',
  'MTRRphys{Part}_MSR({n})',
  'MsrMtrrPhys{Part}{n}',
  'env.mtrr_var[{n}].{part}',
  'PHYS{PART}{n}',
  'PHY{PART}{n}',
  'MTRR_PHY{PART}{n}',
  'MTRR_VARIABLE_{PART}{n}',
  'VARIABLE_{PART}{n}',
];

/** Names of a fixed-range register: `{size}` of its ranges, first `{address}`, `{index}` among the eleven. */
export const FIXED_TEMPLATES: readonly [string, ...string[]] = [
  'IA32_MTRR_FIX{size}_{address}',
  'FIX{size}_{address}',
  'MTRRfix{size}_{address}',
  'MSR_MTRRfix{size}_{address}',
  'MSR_IA32_MTRR_FIX{size}_{address}',
  'MTRR_FIX_{size}_{address}',
  'MsrMtrrFix{size}{address}',
  'MTRRfixed{size}_{address}',
  'FIXED_{size}_{address}',
  'env.mtrr_fixed[{index}]',
];

/** A list that is not empty stays one. */
function filled(
  [first, ...others]: readonly [string, ...string[]],
  fill: (template: string) => string,
): readonly [string, ...string[]] {
  return [fill(first), ...others.map(fill)];
}

function partOf(template: string, part: 'base' | 'mask', index: number): string {
  const title = part === 'base' ? 'Base' : 'Mask';
  return template
    .replace('{PART}', part.toUpperCase())
    .replace('{Part}', title)
    .replace('{part}', part)
    .replace('{n}', String(index));
}

/** What stands for the places of a fixed-range register's templates; `msr` is one of the eleven. */
export function fixedPlaces(msr: number): { readonly size: string; readonly address: string } {
  const { first, frames } = fixedRegister(msr)!;
  return { size: `${4 * frames}K`, address: (first << 12).toString(16).toUpperCase().padStart(5, '0') };
}

function pairNames(msr: number): NamedMsr {
  const part = isMaskMsr(msr) ? 'mask' : 'base';
  const index = variableIndex(msr)!;
  return { msr, names: filled(VARIABLE_TEMPLATES, (one) => partOf(one, part, index)) };
}

function fixedNames(msr: number): NamedMsr {
  const { size, address } = fixedPlaces(msr);
  const index = String(FIXED_MSRS.indexOf(msr));
  const fill = (template: string) =>
    template.replace('{size}', size).replace('{address}', address).replace('{index}', index);
  return { msr, names: filled(FIXED_TEMPLATES, fill) };
}

const BY_NUMBER: ReadonlyMap<number, NamedMsr> = new Map(SINGLES.map((one) => [one.msr, one]));

function namesOf(msr: number): NamedMsr | undefined {
  if (isVariableMsr(msr)) return pairNames(msr);
  return isFixedMsr(msr) ? fixedNames(msr) : BY_NUMBER.get(msr);
}

/** Every register with every name. */
export function* namedMsrs(): Generator<NamedMsr> {
  yield* SINGLES;
  for (const msr of FIXED_MSRS) yield fixedNames(msr);
  for (let index = 0; index < MOST_VARIABLE_RANGES; index++) {
    yield pairNames(physBase(index));
    yield pairNames(physMask(index));
  }
}

/** Longest name that is looked up. */
const MOST_LETTERS = 40;

/** What tells a name from others: letters and digits, without a vendor's prefix and without `msr` at the end. */
function wordOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .replace(/^(?:env|msr|ia32|amd64|amd|k7|k8|x86|hv)+/, '')
    .replace(/msr(?=\d*$)/, '');
}

/** A thousand words take milliseconds, which only those pay who look a name up. */
let byWord: ReadonlyMap<string, number> | undefined;

function wordTable(): ReadonlyMap<string, number> {
  const words = [...namedMsrs()].flatMap(({ msr, names }) =>
    names.map((name) => [wordOf(name), msr] as const),
  );
  return new Map(words);
}

/** Names of registers that stand alone, as configs may spell them. */
export const SINGLE_NAMES: readonly string[] = SINGLES.flatMap(({ names }) => names);

const FEW_RANGES = 10;

/** Names to offer for a misspelt one. */
export function msrSpellings(): readonly string[] {
  const fixed = FIXED_MSRS.map(fixedNames);
  const pairs = Array.from({ length: 2 * FEW_RANGES }, (_, n) => pairNames(physBase(0) + n));
  return [
    ...[...SINGLES, ...fixed].map(({ names: [name] }) => name),
    ...fixed.flatMap(({ names }) => names.slice(1, 2)),
    ...SINGLES.flatMap(({ names }) => names.slice(1)),
    ...pairs.flatMap(({ names }) => names.slice(0, 2)),
  ];
}

/**
 * The number of an MSR by one of its names.
 *
 * @param name - any name that users know: `IA32_MTRR_DEF_TYPE`, `MTRRphysBase0`, `env.mtrr_fixed[3]`, `TOM2`
 * @returns the MSR's number, or undefined
 * @example
 * msrByName('MTRRphysMask3'); // 0x207
 */
export function msrByName(name: string): number | undefined {
  if (name.length > MOST_LETTERS) return undefined;
  byWord ??= wordTable();
  return byWord.get(wordOf(name));
}

const printed = new Map<number, string>();

/**
 * Intel's name of an MSR, AMD's where Intel has none.
 *
 * @param msr - its number
 * @returns `IA32_MTRR_PHYSBASE0`, ..., or `MSR 0x10` for one without a name here
 * @example
 * msrName(0x2ff); // 'IA32_MTRR_DEF_TYPE'
 */
export function msrName(msr: number): string {
  const known = printed.get(msr);
  if (known !== undefined) return known;
  const name = namesOf(msr)?.names[0];
  if (name === undefined) return `MSR 0x${msr.toString(16)}`;
  printed.set(msr, name);
  return name;
}

/** The same without the prefix that fixed ranges share, for narrow places: `FIX16K_A0000`. */
export function shortMsrName(msr: number): string {
  return msrName(msr).replace(/^IA32_MTRR_/, '');
}
