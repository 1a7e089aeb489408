/** What every single bit of an entry says, in each layout. */
import { describe, expect, it } from 'vitest';
import { type DecodedEntry, decodeEntry } from '../../src/trace/index.ts';
import type { LeafLayout } from '../../src/trace/layout.ts';

type Fields = keyof DecodedEntry;

/** Fields of which a bit of an entry decides, with the bits: `type 3-5`. */
function deciders(base: bigint, level: number, layout: LeafLayout): Record<string, string> {
  const plain = decodeEntry(base, level, layout);
  const bits: Partial<Record<Fields, number[]>> = {};
  for (let bit = 0; bit < 64; bit++) {
    const other = decodeEntry(base ^ (1n << BigInt(bit)), level, layout);
    for (const name of Object.keys(plain) as Fields[])
      if (name !== 'entry' && plain[name] !== other[name]) bits[name] = [...(bits[name] ?? []), bit];
  }
  return Object.fromEntries(Object.entries(bits).map(([name, list]) => [name, runs(list)]));
}

/** Numbers, those that follow each other as a run. */
function runs(numbers: readonly number[]): string {
  const found: [number, number][] = [];
  for (const one of numbers) {
    if (found.at(-1)?.[1] === one - 1) found.at(-1)![1] = one;
    else found.push([one, one]);
  }
  return found.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(' ');
}

/** What any author's large leaf says below bit 52. */
const LEAF = {
  write: '1',
  execute: '2',
  ipat: '6',
  accessed: '8',
  dirty: '9',
  pfn: '12-51',
  suppressVe: '63',
};
/** W and X alone are no leaf of KVM's, but its marker of MMIO; with bit 11 they are one, where that bit says so. */
const MARKED = { kind: '7', read: '0', type: '3-5 7', large: '7' };
const UNMARKED = { kind: '0 7', read: '0', type: '0 3-5 7', large: '0 7' };
const OLD = { ...LEAF, ...UNMARKED, hostWritable: '10', mmuWritable: '0 11' };
const NEW = { ...LEAF, ...MARKED, userExecute: '10', mmuPresent: '11' };
const SINCE_5_13 = { ...NEW, adType: '52-53', hostWritable: '57', mmuWritable: '58' };

/** An entry whose access is tracked: R, W or X in it ends that, and what says that it is there decides of it. */
const TRACKED = { accessed: '8', dirty: '9', pfn: '12-51', suppressVe: '63' };
const NEW_TRACKED = {
  ...TRACKED,
  ...{
    kind: '11',
    accessTracked: '0-2 11',
    type: '3-5 11',
    ipat: '6 11',
    userExecute: '10',
    mmuPresent: '11',
  },
};
/** W and X without R are MMIO, X and bit 11 the mark of one that may be written. */
const OLD_TRACKED = { ...TRACKED, hostWritable: '10' };
const byType = (bit: number) => ({
  ...OLD_TRACKED,
  ...{ kind: `${bit}`, accessTracked: `0-2 ${bit}`, type: `3-5 ${bit}`, ipat: `6 ${bit}` },
  ...{ write: `0 2 11 ${bit}`, mmuWritable: `11 ${bit}` },
});

describe('bits of an entry', () => {
  it.each<[LeafLayout, Record<string, string>]>([
    ['architectural', { ...LEAF, ...MARKED, userExecute: '10' }],
    ['kvm-4.7', { ...OLD, adType: '62' }],
    ['kvm-5.4', { ...OLD, adType: '52-53' }],
    ['kvm', SINCE_5_13],
    ['kvm-suppress-ve', SINCE_5_13],
    ['kvm-7.2', { ...NEW, adType: '60-61', hostWritable: '53', mmuWritable: '55' }],
  ])('of a large page in the layout %s', (layout, expected) => {
    expect(deciders(0x8b7n, 2, layout)).toEqual(expected);
  });

  it.each<[LeafLayout, bigint, Record<string, string>]>([
    ['kvm-4.7', 1n << 62n, { ...byType(62), read: '0 52', execute: '2 54', adType: '62' }],
    ['kvm-5.4', 1n << 52n, { ...byType(52), read: '0 54', execute: '2 56', adType: '52-53' }],
    [
      'kvm',
      1n << 52n,
      {
        ...NEW_TRACKED,
        ...{ read: '0 54', write: '1 58', execute: '2 56', adType: '11 52-53' },
        ...{ hostWritable: '57', mmuWritable: '58' },
      },
    ],
    [
      'kvm-7.2',
      1n << 60n,
      {
        ...NEW_TRACKED,
        ...{ read: '0 52', write: '1 55', execute: '2 54', adType: '11 60-61' },
        ...{ hostWritable: '53', mmuWritable: '55' },
      },
    ],
  ])('of one whose access is tracked in the layout %s', (layout, type, expected) => {
    expect(deciders(0x870n | type, 1, layout)).toEqual(expected);
  });

  it.each<[LeafLayout, readonly number[]]>([
    ['kvm-4.7', []],
    ['kvm-5.4', []],
    ['kvm', Array.from({ length: 19 }, (_, bit) => 2 ** bit)],
    ['kvm-7.2', Array.from({ length: 19 }, (_, bit) => 2 ** bit)],
  ])("of KVM's marker of MMIO in the layout %s: the generation, bits 3-10 and 52-62", (layout, expected) => {
    const generations = Array.from({ length: 64 }, (_, bit) => {
      const { kind, generation } = decodeEntry(6n | (1n << BigInt(bit)), 1, layout);
      return kind === 'mmio' && generation ? [[bit, generation]] : [];
    }).flat();
    const bits = [
      ...Array.from({ length: 8 }, (_, k) => 3 + k),
      ...Array.from({ length: 11 }, (_, k) => 52 + k),
    ];
    expect(generations).toEqual(expected.map((value, k) => [bits[k], value]));
    expect(decodeEntry(6n, 1, layout).generation).toBe(expected.length > 0 ? 0 : undefined);
  });

  it.each<[LeafLayout, string]>([
    ['kvm', 'removed'],
    ['kvm-suppress-ve', 'removed'],
    ['kvm-7.2', 'removed'],
    ['kvm-5.4', 'not-present'],
    ['architectural', 'not-present'],
  ])('of what is being replaced in the layout %s: %s', (layout, kind) => {
    expect(decodeEntry(0x5a0n, 1, layout).kind).toBe(kind);
    // With access, or bit 11, it is something else; the top bit does not count.
    const others = kind === 'removed' ? '0-62' : layout === 'kvm-5.4' ? '0-2 52-53' : '0-2';
    expect(deciders(0x5a0n, 1, layout).kind).toBe(others);
  });
});

/** A letter for what an entry is: leaf, table, not present, removed, MMIO. */
const LETTERS = { leaf: 'l', 'non-leaf': 't', 'not-present': '-', removed: 'r', mmio: 'm' };

describe('kinds of entries', () => {
  // By R, W and X as a number: none, R, W, RW, X, RX, WX, RWX.
  it.each<[LeafLayout, level: number, bits: bigint, kinds: string]>([
    ['kvm', 1, 0n, '-lllllml'],
    ['kvm', 1, 0x80n, '-lllllml'],
    ['kvm', 1, 0x800n, 'llllllll'],
    ['kvm', 2, 0n, '-tttttmt'],
    ['kvm', 2, 0x80n, '-lllllml'],
    ['kvm', 2, 0x800n, 'tttttttt'],
    ['kvm', 3, 0x880n, 'llllllll'],
    ['kvm', 5, 0x800n, 'tttttttt'],
    ['kvm-5.4', 1, 0n, '-lllllml'],
    ['kvm-5.4', 1, 0x800n, '-lllllml'],
    ['kvm-5.4', 2, 0n, '-tttttmt'],
    ['kvm-5.4', 2, 0x80n, '-lllllml'],
    ['kvm-5.4', 1, 1n << 52n, 'llllllml'],
    ['architectural', 1, 0n, '-lllllll'],
    ['architectural', 1, 0x800n, '-lllllll'],
    ['architectural', 2, 0n, '-ttttttt'],
    ['architectural', 3, 0x80n, '-lllllll'],
  ])('in the layout %s at level %i with bits %s', (layout, level, bits, kinds) => {
    const found = Array.from({ length: 8 }, (_, access) => {
      const { kind } = decodeEntry(BigInt(access) | bits, level, layout);
      return LETTERS[kind];
    });
    expect(found.join('')).toBe(kinds);
  });
});
