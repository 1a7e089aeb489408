/**
 * The fewest ranges by trying all of them: every set of aligned power-of-two ranges on a small space, every default
 * type, the words of the manual and KVM's fold of 4.7 to 6.10. Shares nothing with src/fit. `byManual` and `byKvm`
 * say the rules page by page; the search holds all pages of a space in the bits of one number, and a test compares
 * the two.
 */
import type { MemoryType } from '../../src/types.ts';

/** A range of a small space. */
export interface SmallRange {
  readonly start: number;
  readonly size: number;
  readonly type: MemoryType;
}

/** What a set of ranges has to satisfy. */
export type Rule = 'manual' | 'kvm' | 'disjoint';

const TYPES: readonly MemoryType[] = [0, 1, 4, 5, 6];

/** Intel SDM vol. 3A, "MTRR Precedences"; undefined as -1. */
export function byManual(ranges: readonly SmallRange[], defaultType: MemoryType, page: number): number {
  const types = new Set<number>();
  for (const { start, size, type } of ranges) if (page >= start && page < start + size) types.add(type);
  if (types.size === 0) return defaultType;
  if (types.has(0)) return 0;
  if (types.size === 1) return [...types][0]!;
  return types.size === 2 && types.has(6) && types.has(4) ? 4 : -1;
}

/** KVM's order is that of the base registers, the largest first: address, then type. */
function byBaseRegister(a: SmallRange, b: SmallRange): number {
  return b.start * 8 + b.type - (a.start * 8 + a.type);
}

/** KVM's answer for a page. */
export function byKvm(ranges: readonly SmallRange[], defaultType: MemoryType, page: number): number {
  const matching = ranges.filter(({ start, size }) => page >= start && page < start + size);
  let type = -1;
  for (const range of matching.sort(byBaseRegister)) {
    if (type === -1 || type === range.type) type = range.type;
    else if (range.type === 0) return 0;
    else if (type + range.type === 10 && (type === 6 || type === 4)) type = 4;
    else return 6;
  }
  return type === -1 ? defaultType : type;
}

/** Every aligned power-of-two range of a space, in KVM's order. */
export function everyRange(pages: number): readonly SmallRange[] {
  const all: SmallRange[] = [];
  for (let size = pages; size >= 1; size /= 2) {
    for (let start = 0; start < pages; start += size) {
      for (const type of TYPES) all.push({ start, size, type });
    }
  }
  return all.sort(byBaseRegister);
}

/** Pages by type, a bit a page. `kvm` is where KVM's fold stands; `stopped` pages take no further ranges. */
interface Pages {
  /** By type, pages that ranges of this type cover. */
  readonly covered: readonly number[];
  /** By type, pages that KVM has at this type. */
  readonly kvm: readonly number[];
  readonly stopped: number;
}

const NOTHING: Pages = { covered: [0, 0, 0, 0, 0, 0, 0], kvm: [0, 0, 0, 0, 0, 0, 0], stopped: 0 };

function bitsOf({ start, size }: SmallRange): number {
  return (size === 32 ? -1 : (1 << size) - 1) << start;
}

/** The pages after a further range, which comes later in KVM's order. */
export function withRange({ covered, kvm, stopped }: Pages, range: SmallRange): Pages {
  const bits = bitsOf(range);
  const nowCovered = covered.slice();
  nowCovered[range.type]! |= bits;
  const moving = bits & ~stopped;
  const now = kvm.slice();
  const reached = kvm[0]! | kvm[1]! | kvm[4]! | kvm[5]! | kvm[6]!;
  now[range.type]! |= moving & ~reached;
  let nowStopped = stopped;
  for (const type of TYPES) {
    const met = kvm[type]! & moving;
    if (type === range.type || met === 0) continue;
    const isCached = range.type !== 0 && type + range.type === 10 && (type === 4 || type === 6);
    const result = range.type === 0 ? 0 : isCached ? 4 : 6;
    now[type]! &= ~met;
    now[result]! |= met;
    if (!isCached) nowStopped |= met;
  }
  return { covered: nowCovered, kvm: now, stopped: nowStopped };
}

/** What the manual gives for all pages, by type; `undefined` at index 7. */
export function manualPages({ covered }: Pages, defaultType: MemoryType, all: number): readonly number[] {
  const [uc, wc, wt, wp, wb] = [covered[0]!, covered[1]!, covered[4]!, covered[5]!, covered[6]!];
  const collide = ((wc & (wt | wp | wb)) | (wp & (wt | wb))) & ~uc;
  const free = ~uc & ~collide;
  const result = [uc, wc & free, 0, 0, wt & free, wp & free, wb & ~wt & free, collide];
  result[defaultType]! |= all & ~(uc | wc | wt | wp | wb);
  return result;
}

/** What KVM gives for all pages, by type. */
export function kvmPages({ kvm }: Pages, defaultType: MemoryType, all: number): readonly number[] {
  const result = [...kvm];
  result[defaultType]! |= all & ~(kvm[0]! | kvm[1]! | kvm[4]! | kvm[5]! | kvm[6]!);
  return result;
}

function countBits(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}

/** Pages, as bits, that are UC against what is wanted; undefined where a page is wrong in any other way. */
function lostPages(accepting: readonly number[], pages: Pages, defaultType: MemoryType, rule: Rule) {
  const all = accepting[7]!;
  const manual = manualPages(pages, defaultType, all);
  if (manual[7] !== 0) return undefined;
  for (const type of TYPES) if (type !== 0 && manual[type]! & ~accepting[type]!) return undefined;
  if (rule === 'kvm') {
    const kvm = kvmPages(pages, defaultType, all);
    if (TYPES.some((type) => kvm[type] !== manual[type])) return undefined;
  }
  return manual[0]! & ~accepting[0]!;
}

/** Fewer pages; of equally many those without the lowest page that is in one of the two only. */
function isBetter(a: number, b: number | undefined): boolean {
  if (b === undefined || countBits(a) !== countBits(b)) return b === undefined || countBits(a) < countBits(b);
  const differing = a ^ b;
  return differing !== 0 && (a & differing & -differing) === 0;
}

/**
 * The pages lost, as bits, with 0, 1, ... `most` ranges: the fewest, and of those the highest; undefined where pages
 * that must be UC cannot be kept so.
 *
 * @param wanted - for each page, at most 32, the accepted types as bits
 */
export function leastLosses(
  wanted: readonly number[],
  most: number,
  rule: Rule,
): readonly (number | undefined)[] {
  const ranges = everyRange(wanted.length);
  const accepting = [0, 1, 2, 3, 4, 5, 6].map((type) =>
    wanted.reduce((bits, accepted, page) => (accepted & (1 << type) ? bits | (1 << page) : bits), 0),
  );
  accepting.push(bitsOf({ start: 0, size: wanted.length, type: 0 }));
  const least = new Array<number | undefined>(most + 1).fill(undefined);
  const visit = (pages: Pages, count: number, from: number, taken: number) => {
    for (const type of TYPES) {
      const lost = lostPages(accepting, pages, type, rule);
      if (lost === undefined) continue;
      for (let k = count; k <= most; k++) if (isBetter(lost, least[k])) least[k] = lost;
    }
    if (count === most) return;
    for (let index = from; index < ranges.length; index++) {
      const range = ranges[index]!;
      if (rule === 'disjoint' && (taken & bitsOf(range)) !== 0) continue;
      visit(withRange(pages, range), count + 1, index + 1, taken | bitsOf(range));
    }
  };
  visit(NOTHING, 0, 0, 0);
  return least;
}

/** All ranges of a set, in KVM's order, as {@link withRange} wants them. */
export function pagesOf(ranges: readonly SmallRange[]): Pages {
  return [...ranges].sort(byBaseRegister).reduce(withRange, NOTHING);
}
