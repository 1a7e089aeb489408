import { describe, expect, it } from 'vitest';
import { ENTRY_KINDS, type EntryKind, kindOf } from '../../src/trace/entry.ts';
import { Tally } from '../../src/trace/tally.ts';

/** Counts entries, each at its level. */
function tallyOf(entries: readonly (readonly [entry: bigint, level?: number])[]): Tally {
  const tally = new Tally();
  for (const [entry, level = 1] of entries) {
    const [low, high] = [Number(entry & 0xffffffffn), Number(entry >> 32n)];
    tally.add(low, high, level, kindOf(low, high, level));
  }
  return tally;
}

/** Counts that are not 0. */
function countsOf(tally: Tally): Record<string, number> {
  const kinds = ENTRY_KINDS.map((kind): [string, number] => [kind, tally.kind(kind)]);
  return Object.fromEntries(
    [...Object.entries(tally), ...kinds].filter(([, count]) => typeof count === 'number' && count !== 0),
  );
}

const RWX_WB = 0x37n;
const leaf = { entries: 1, leaf: 1 };

describe('a tally', () => {
  it.each<[string, bigint, Record<string, number>]>([
    ['a leaf', RWX_WB, leaf],
    ['no W', 0x35n, { ...leaf, writeProtected: 1 }],
    ['no X', 0x33n, { ...leaf, notExecutable: 1 }],
    ['neither', 0x31n, { ...leaf, writeProtected: 1, notExecutable: 1 }],
    ['X alone', 0x34n, { ...leaf, executeOnly: 1 }],
    ['W alone', 0x32n, { ...leaf, executeOnly: 1 }],
    ['W and X with bit 11', 0x836n, { ...leaf, executeOnly: 1, kvmLeaves: 1 }],
    ['an access that is tracked', 0x830n, { ...leaf, kvmLeaves: 1, accessTracked: 1 }],
    ['bit 11', 0x837n, { ...leaf, kvmLeaves: 1 }],
    ['bit 10', 0x437n, { ...leaf, writable10: 1 }],
    ['bit 53', 0x0020000000000037n, leaf],
    ['bit 55', 0x0080000000000037n, { ...leaf, writable53: 1 }],
    ['bit 57', 0x0200000000000037n, { ...leaf, writable57: 1 }],
    ['bit 58', 0x0400000000000037n, { ...leaf, writable57: 1 }],
    ['bits 58, 55 and 10', 0x0480000000000437n, { ...leaf, writable57: 1 }],
    ['bits 55 and 10', 0x0080000000000437n, { ...leaf, writable53: 1 }],
    ['bit 63', 0x8000000000000037n, { ...leaf, suppressVe: 1 }],
    ['bits 63 and 10', 0x8000000000000437n, { ...leaf, suppressVe: 1 }],
    ['nothing present', 0n, { entries: 1, 'not-present': 1 }],
    ['a marker', 0x5a0n, { entries: 1, removed: 1 }],
    ['MMIO', 0x406n, { entries: 1, mmio: 1 }],
  ])('of %s', (_, entry, expected) => {
    expect(countsOf(tallyOf([[entry]]))).toEqual(expected);
  });

  it('says of a table that it is one, and no more', () => {
    expect(countsOf(tallyOf([[0x8680000000000c04n, 2]]))).toEqual({ entries: 1, 'non-leaf': 1 });
  });

  it('of leaves by level, type and IPAT, in that order', () => {
    const all = [1, 2, 3, 4, 5].flatMap((level) =>
      [0, 1].flatMap((ipat) => Array.from({ length: 8 }, (_, type) => ({ level, type, ipat }))),
    );
    const entries = all.flatMap(({ level, type, ipat }, k): [bigint, number][] =>
      Array.from({ length: 1 + (k % 3) }, () => [BigInt(7 | (type << 3) | (ipat << 6) | 0x80), level]),
    );
    const expected = all.map((one, k) => ({ ...one, entries: 1 + (k % 3) }));
    expect(tallyOf(entries.reverse()).leaves()).toEqual(expected);
    expect(tallyOf([[0x1001n, 2]]).leaves()).toEqual([]);
  });
});

describe('what is no EPT', () => {
  const ORDINARY: [bigint, number] = [0x27n, 1];
  const [TABLE, SUPERVISOR, EPT]: [bigint, number][] = [
    [0x27n, 2],
    [0x23n, 1],
    [RWX_WB, 1],
  ];
  const many = (count: number, one: [bigint, number]) => Array.from({ length: count }, () => one);

  it.each<[string, [bigint, number][], string | undefined, string | undefined]>([
    ['no entry', [], undefined, undefined],
    ['leaves of an ordinary table', many(2, ORDINARY), 'nested-paging', undefined],
    ['one beside a table', [ORDINARY, TABLE!], 'nested-paging', 'nested-paging'],
    ['a supervisor’s', [ORDINARY, TABLE!, SUPERVISOR!], 'shadow-paging', 'shadow-paging'],
    ['four of five', [...many(4, ORDINARY), EPT!], 'nested-paging', undefined],
    ['seven of nine', [...many(7, ORDINARY), EPT!, EPT!], undefined, undefined],
    [
      'markers do not count',
      [...many(4, ORDINARY), [0n, 1], [6n, 1], [0x5a0n, 1]],
      'nested-paging',
      undefined,
    ],
    ['markers alone', [[0n, 1]], undefined, undefined],
  ])('%s: of KVM %s, of another %s', (_, entries, ofKvm, ofOther) => {
    const tally = tallyOf(entries);
    expect([tally.outside(true), tally.outside(false)]).toEqual([ofKvm, ofOther]);
  });

  it.each(Array.from({ length: 64 }, (_, bit) => bit))('bit %i of an ordinary entry', (bit) => {
    // P and A have to be set, PWT, PCD and G clear; PAT and the rest may be anything.
    const entry = 0x21n ^ (1n << BigInt(bit));
    const isOrdinary = ![0, 3, 4, 5, 8].includes(bit);
    const kind: EntryKind = ENTRY_KINDS[kindOf(Number(entry & 0xffffffffn), Number(entry >> 32n), 1)]!;
    expect(kind).toBe(bit === 0 ? 'not-present' : 'leaf');
    expect(tallyOf([[entry]]).outside(true) !== undefined).toBe(isOrdinary);
  });
});
