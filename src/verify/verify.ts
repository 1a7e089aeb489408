/** The reductions of `auto`, which visit no page, held against every page of `direct`. */

import { joinDigests } from '../engine/digest.ts';
import { createEvaluatorSync } from '../engine/evaluator.ts';
import type { Evaluator, View } from '../engine/index.ts';
import { type GfnRange, type TotalOf, UNDEFINED, type Want } from '../types.ts';
import { type DifferingPages, type PageVisit, type Query, TILE_FRAMES } from '../vm/index.ts';
import type { VerifyJob, Visited, VisitedChunk, VisitOptions } from './job.ts';
import { visit } from './pages.ts';

/** Types of {@link PageVisit.pages}. */
const TYPES = 8;
const UNDEFINED_COUNTER = 7;

/** A page for which the engines write different entries. */
export interface PageDifference {
  readonly gfn: number;
  readonly direct: bigint;
  readonly auto: bigint;
}

/** How far a verification has come. */
export interface Verified {
  /** End of the pages that were visited, a frame. */
  readonly end: number;
  /** Of all of them, page by page. */
  readonly direct: Visited;
  /** Of all of them, chunk by chunk without visiting pages. */
  readonly auto: Visited;
  /** Chunks whose digest or counts differ. */
  readonly differingChunks: number;
  /** The first page that differs; undefined also where only a reduction is wrong, not a page. */
  readonly firstDifference?: PageDifference;
}

/** Nothing visited yet. */
export function nothingVerified(start: number): Verified {
  const none: Visited = { digest: 0n, pages: new Array<number>(TYPES).fill(0) };
  return { end: start, direct: none, auto: none, differingChunks: 0 };
}

/** What counts and digests. */
interface Reduced {
  totals<W extends Want>(want: W, query?: Query): readonly TotalOf<W>[];
  digest(range?: GfnRange): bigint;
}

/** Digest and pages by type as the reductions have them. */
export function reduced(view: Reduced, range: GfnRange): PageVisit {
  const pages = new Array<number>(TYPES).fill(0);
  for (const total of view.totals('ept', { range })) {
    const type = total.type === UNDEFINED ? UNDEFINED_COUNTER : total.type;
    pages[type] = pages[type]! + Number(total.pages);
  }
  return { digest: view.digest(range), pages };
}

/** The pages of two ranges for which views differ, the first range before the second. */
function joinedDifferences(left: DifferingPages | undefined, right: DifferingPages): DifferingPages {
  const first = left?.first ?? right.first;
  return { pages: (left?.pages ?? 0) + right.pages, ...(first !== undefined && { first }) };
}

function joined(left: Visited, right: Visited, rightPages: number): Visited {
  return {
    digest: joinDigests(left.digest, right.digest, BigInt(rightPages)),
    pages: left.pages.map((pages, type) => pages + right.pages[type]!),
    ...(right.differing && { differing: joinedDifferences(left.differing, right.differing) }),
  };
}

function isSame(a: Visited, b: Visited): boolean {
  return (
    a.digest === b.digest &&
    a.pages.every((pages, type) => pages === b.pages[type]) &&
    a.differing?.pages === b.differing?.pages &&
    a.differing?.first === b.differing?.first
  );
}

/** Pages that differ and the first of them, as the comparison has them. */
function compared(engine: Evaluator, a: View, b: View, range: GfnRange): DifferingPages {
  const comparison = engine.compare(a, b, 'ept', { range });
  const first = comparison.spans().next().value as GfnRange | undefined;
  return { pages: Number(comparison.pages), ...(first && { first: first.start }) };
}

/** The first page of a range whose entry two views disagree about. */
export function firstDifference(
  direct: View,
  auto: View,
  { start, end }: GfnRange,
): PageDifference | undefined {
  for (let first = start; first < end; first += TILE_FRAMES) {
    const count = Math.min(TILE_FRAMES, end - first);
    const ours = direct.entriesInto(new BigUint64Array(count), first);
    const theirs = auto.entriesInto(new BigUint64Array(count), first);
    const index = ours.findIndex((entry, i) => entry !== theirs[i]);
    if (index >= 0) return { gfn: first + index, direct: ours[index]!, auto: theirs[index]! };
  }
  return undefined;
}

/** Options of {@link verify}. */
export interface VerifyOptions extends VisitOptions {
  /** The engine whose reductions are verified. Default: `auto`. */
  readonly engine?: Evaluator;
}

/**
 * Visits every page of a range and holds what it finds against the reductions, chunk by chunk.
 *
 * @param range - half-open frames
 * @param before - what was verified earlier; its end is where to go on
 * @returns how far it has come, after each chunk
 * @throws as {@link visit}
 */
export async function* verify(
  job: VerifyJob,
  range: GfnRange,
  before: Verified = nothingVerified(range.start),
  options: VerifyOptions = {},
): AsyncGenerator<Verified, void, undefined> {
  const engine = options.engine ?? createEvaluatorSync();
  const direct = createEvaluatorSync({ engine: 'direct' });
  try {
    const auto = engine.view(job.vcpu, job.policy);
    const other = job.against && engine.view(job.vcpu, job.against);
    let verified = before;
    for await (const chunk of visit(job, { start: before.end, end: range.end }, options)) {
      const reduction = {
        ...reduced(auto, chunk),
        ...(other && { differing: compared(engine, auto, other, chunk) }),
      };
      verified = withChunk(verified, chunk, reduction, () =>
        firstDifference(direct.view(job.vcpu, job.policy), auto, chunk),
      );
      yield verified;
    }
  } finally {
    direct.dispose();
    if (!options.engine) engine.dispose();
  }
}

function withChunk(
  verified: Verified,
  chunk: VisitedChunk,
  reduction: Visited,
  search: () => PageDifference | undefined,
): Verified {
  const pages = chunk.end - chunk.start;
  const differs = !isSame(chunk, reduction);
  const first = verified.firstDifference ?? (differs ? search() : undefined);
  return {
    end: chunk.end,
    direct: joined(verified.direct, chunk, pages),
    auto: joined(verified.auto, reduction, pages),
    differingChunks: verified.differingChunks + (differs ? 1 : 0),
    ...(first && { firstDifference: first }),
  };
}
