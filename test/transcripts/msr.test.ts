/** The registers by number and name, and what their bits mean: msr.txt. Accepted with EPTSWEEP_ACCEPT=1, as the others. */
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';
import * as msrs from '../../src/msr/index.ts';
import { writtenDown } from './written-down.ts';

const PATH = fileURLToPath(new URL('msr.txt', import.meta.url));
const hex = (value: number | bigint): string => `0x${value.toString(16)}`;

/** Numbers at the edge of each kind of register, and frames at the edge of each fixed range. */
const NUMBERS = [
  ...[0, 0x10, 0xfd, 0xfe, 0xff, 0x1f1, 0x1f2, 0x1f3, 0x1f4, 0x1ff, 0x200, 0x201, 0x24e, 0x24f, 0x250, 0x251],
  ...[
    0x257, 0x258, 0x259, 0x25a, 0x267, 0x268, 0x26f, 0x270, 0x276, 0x277, 0x278, 0x2fe, 0x2ff, 0x300, 0x982,
  ],
  ...[0xc0010010, 0xc001001a, 0xc001001d],
];
const FRAMES = [0, 0xf, 0x7f, 0x80, 0x9f, 0xa0, 0xbf, 0xc0, 0xc7, 0xc8, 0xff, 0x100];
const SPELLINGS = [
  ...[
    'IA32_MTRR_PHYSBASE7',
    'mtrrphysmask39',
    'MTRRphysBase40',
    'PHYSMASK_MSR(3)',
    'hv x86 MTRR fix64K 00000',
    '',
  ],
  ...['MSR', 'IA32_EFER', 'x'.repeat(41), `${'_'.repeat(31)}TOP_MEM2_`, `${'_'.repeat(32)}TOP_MEM2_`],
];
/** Base and mask of SMRR. */
const SMRRS: readonly (readonly [base: bigint | undefined, mask: bigint | undefined])[] = [
  [undefined, undefined],
  [0x7f000006n, 0xff800000n],
  [0x7f000006n, 0xff800800n],
  [0x7f7ff006n, 0xff800800n],
  [0x7f000006n, 0x800n],
  [undefined, 0xff800800n],
  [0x10_7f000006n, 0x1f_ff800800n],
];
const VALUES = [0n, 0xffn, 0x0807_0605_0403_0201n, 0x1234_5678_9abc_def0n, 0xffff_ffff_ffff_ffffn];

const kindsOf = (msr: number): string =>
  Object.entries(msrs)
    .filter(
      ([name, is]) => /^(is[A-Z].*Msr|describesMtrrs)$/.test(name) && (is as (msr: number) => boolean)(msr),
    )
    .map(([name]) => name)
    .join(' ');

const ANSWERS = new Map<string, () => readonly string[]>([
  [
    'names',
    () =>
      [...msrs.namedMsrs()].map(({ msr, names }) => {
        const index = msrs.variableIndex(msr) ?? 0;
        return `${hex(msr)} ${(index < 2 || index > 38 ? names : names.slice(0, 1)).join(' ')}`;
      }),
  ],
  ['spellings that are offered', () => msrs.msrSpellings()],
  ['names of single ones', () => msrs.SINGLE_NAMES],
  ['spellings', () => SPELLINGS.map((name) => `"${name}": ${hex(msrs.msrByName(name) ?? 0)}`)],
  [
    'numbers',
    () =>
      NUMBERS.map((msr) => {
        const { first, frames } = msrs.fixedRegister(msr) ?? {};
        const range = `${msrs.variableIndex(msr)} ${first} ${frames} ${hex(msrs.resetValue(msr))}`;
        return `${hex(msr)} ${msrs.msrName(msr)} ${msrs.shortMsrName(msr)} ${range} ${kindsOf(msr)}`;
      }),
  ],
  ['all of them', () => [msrs.MEMORY_TYPE_MSRS.map(hex).join(' '), msrs.MASK_MSRS.map(hex).join(' ')]],
  [
    'constants',
    () =>
      Object.entries(msrs).flatMap(([name, value]) =>
        typeof value === 'number' || typeof value === 'bigint' ? [`${name} ${hex(value)}`] : [],
      ),
  ],
  ['ends of fixed ranges', () => [msrs.FIXED_ENDS.map(hex).join(' ')]],
  [
    'fixed ranges',
    () => FRAMES.map((gfn) => `${hex(gfn)}: ${msrs.msrName(msrs.fixedRegisterOf(gfn)?.msr ?? 0)}`),
  ],
  [
    'bits',
    () =>
      VALUES.map((value) =>
        [
          msrs.bytesOf(value),
          [0, 3, 7].map((index) => hex(msrs.withByte(value, index, 0x5a))),
          [32, 40, 52].map((width) => hex(msrs.addressBits(value, width))),
          msrs.isMaskValid(value),
          msrs.keyIdBits(value),
          hex(msrs.inByte(value & 0xffn, 5)),
        ].join(' '),
      ),
  ],
  [
    'SMRAM',
    () =>
      SMRRS.map(([base, mask]) => {
        const given = [
          [msrs.MSR_SMRR_PHYSBASE, base],
          [msrs.MSR_SMRR_PHYSMASK, mask],
        ] as const;
        const values = new Map(given.flatMap(([msr, value]) => (value === undefined ? [] : [[msr, value]])));
        return JSON.stringify([32, 40].map((width) => msrs.smramOf(values, width) ?? 'off'));
      }),
  ],
]);

describe('registers', () => {
  writtenDown(PATH, '## ', [...ANSWERS.keys()], (title) => ANSWERS.get(title)!().join('\n'));
});
