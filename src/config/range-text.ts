/** Ranges as people write them: one meaning wherever a range is taken (docs/glossary.md). */
import type { GfnRange } from '../types.ts';
import { parseQuantity } from './values.ts';

/** Bytes `start <= address < end`. */
export interface ByteRange {
  readonly start: bigint;
  readonly end: bigint;
}

/** What {@link parseRange} takes, for messages. */
export const RANGE_FORMS = 'a range such as 0xa0000-0xbffff, 3G-4G or 0xc0000000+1G';

/** Why {@link parseRange} refused a range. */
export type RangeProblem = 'malformed' | 'ends before it starts' | 'is empty';

const PAGE = 4096n;

/** The two numbers of `FIRST-LAST` or `START+SIZE`, neither of them interpreted. */
function partsOf(value: unknown): { first: bigint; second: bigint; isSize: boolean } | undefined {
  if (typeof value !== 'string') return undefined;
  const parts = /^\s*([^-+\s]+)\s*([-+])\s*([^-+\s]+(?: ?[a-zA-Z]+)?)\s*$/.exec(value);
  const first = parseQuantity(parts?.[1]);
  const second = parseQuantity(parts?.[3]);
  if (first === undefined || second === undefined) return undefined;
  return { first, second, isSize: parts?.[2] === '+' };
}

/** The end of `FIRST-LAST`: a last byte never lies on the boundary of a page unless it is the first byte too. */
function endOfAddresses(first: bigint, last: bigint): bigint {
  if (last % PAGE !== 0n) return last + 1n;
  return last === first ? last + PAGE : last;
}

/**
 * Reads a range of addresses: `0xa0000-0xbffff` names its last byte; `3G-4G`, whose second number is the start of a
 * page, ends before it; `0x1000-0x1000` is that page; `0xc0000000+1G` gives a size.
 *
 * @param by - `gfn`: frame numbers, of which the last belongs to the range
 * @returns the range with an exclusive end, in bytes or frames, or why there is none
 * @example
 * parseRange('3G-4G'); // { start: 0xc0000000n, end: 0x100000000n }
 */
export function parseRange(value: unknown, by: 'gpa' | 'gfn' = 'gpa'): ByteRange | RangeProblem {
  const parts = partsOf(value);
  if (!parts) return 'malformed';
  const { first, second, isSize } = parts;
  if (isSize) return second === 0n ? 'is empty' : { start: first, end: first + second };
  if (second < first) return 'ends before it starts';
  return { start: first, end: by === 'gfn' ? second + 1n : endOfAddresses(first, second) };
}

/** One address, or one frame, as the range of it; else what {@link parseRange} takes. */
export function parseRangeOrOne(value: unknown, by: 'gpa' | 'gfn' = 'gpa'): ByteRange | RangeProblem {
  const one = parseQuantity(value);
  return one === undefined ? parseRange(value, by) : { start: one, end: one + 1n };
}

/** The frames that a range of bytes touches, those that it holds in part included. */
export function framesTouched({ start, end }: ByteRange): GfnRange {
  return { start: Number(start / PAGE), end: Number((end + PAGE - 1n) / PAGE) };
}
