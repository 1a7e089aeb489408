/**
 * What blocks count, as a commutative monoid: counters of any blocks, added in any order and any grouping, are those of
 * all of them at once. Exact numbers are texts, so that counters are plain JSON.
 */

/** A finding that is small enough to be named. */
export interface SmallFinding {
  /** Number of the point, decimal. */
  readonly point: string;
  /** Variable ranges that are enabled. */
  readonly registers: number;
  /** Pages that are concerned, decimal. */
  readonly pages: string;
  /** What is wrong, in a line. */
  readonly text: string;
}

/** What a block, or any set of blocks, counts. */
export interface Counters {
  /** Most of the smallest findings that are kept. */
  readonly limit: number;
  /** Exact sums by name, decimal. */
  readonly sums: Readonly<Record<string, string>>;
  /** Least numbers by name, decimal: the first point with something. */
  readonly minima: Readonly<Record<string, string>>;
  /** 16 hex digits: a sum over points, modulo 2^64, of what depends on each point's number and answer. */
  readonly digest: string;
  /** The smallest findings, the smallest first. */
  readonly smallest: readonly SmallFinding[];
}

/**
 * Counters of no block.
 *
 * @param limit - most of the smallest findings that are kept
 * @returns counters to add others to
 * @example
 * emptyCounters(20).digest; // '0000000000000000'
 */
export function emptyCounters(limit: number): Counters {
  return { limit, sums: {}, minima: {}, digest: digestText(0n), smallest: [] };
}

/** A digest as counters bear it. */
export function digestText(digest: bigint): string {
  return BigInt.asUintN(64, digest).toString(16).padStart(16, '0');
}

/** By registers, then pages, then the point's number. */
export function compareFindings(a: SmallFinding, b: SmallFinding): number {
  return (
    a.registers - b.registers ||
    compareNumbers(a.pages, b.pages) ||
    compareNumbers(a.point, b.point) ||
    compareTexts(a.text, b.text)
  );
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Order of two decimal texts without signs. */
function compareNumbers(a: string, b: string): number {
  return a.length - b.length || compareTexts(a, b);
}

type Texts = Readonly<Record<string, string>>;

/** Both records as one, in the order of their keys, so that equal counters are equal texts. */
function joined(a: Texts, b: Texts, join: (a: string, b: string) => string): Record<string, string> {
  const all = new Map(Object.entries(a));
  for (const [key, value] of Object.entries(b)) {
    const other = all.get(key);
    all.set(key, other === undefined ? value : join(other, value));
  }
  return Object.fromEntries([...all].sort(([x], [y]) => compareTexts(x, y)));
}

/**
 * Counters of two disjoint sets of blocks as those of both.
 *
 * @param a - of one campaign
 * @param b - of the same campaign
 * @returns their sums, minima and smallest findings
 * @example
 * const one = { ...emptyCounters(5), sums: { points: '9007199254740993' } };
 * addCounters(one, one).sums.points; // '18014398509481986'
 */
export function addCounters(a: Counters, b: Counters): Counters {
  const limit = Math.max(a.limit, b.limit);
  return {
    limit,
    sums: joined(a.sums, b.sums, (x, y) => String(BigInt(x) + BigInt(y))),
    minima: joined(a.minima, b.minima, (x, y) => (compareNumbers(x, y) <= 0 ? x : y)),
    digest: digestText(BigInt(`0x${a.digest}`) + BigInt(`0x${b.digest}`)),
    smallest: [...a.smallest, ...b.smallest].sort(compareFindings).slice(0, limit),
  };
}
