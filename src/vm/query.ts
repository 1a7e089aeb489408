/** Checks of what a view is asked, the same for every engine. */
import { requireKeys, requireObject, requireWord, wrongKind, wrongValue } from '../arguments.ts';
import { InputRangeError, type InputTypeError } from '../errors.ts';
import { type GfnRange, PAT_TYPES, type PatType, WANTS, type Want, WB } from '../types.ts';
import { type Query, TILE_FRAMES } from './asking.ts';
import { frameCount, type Vcpu } from './vcpu.ts';

const QUERY_KEYS: readonly string[] = ['range', 'pat'];
const RANGE_KEYS: readonly string[] = ['start', 'end'];
const QUERY_WHAT = 'a query { range, pat }';
const RANGE_WHAT = 'a range { start, end }';

/**
 * Checks the kinds of what a caller asks; whether the frames lie in the guest's space is for {@link requireRange}.
 *
 * @throws {@link InputTypeError} for unknown keys and what is no query
 */
function requireQuery(query: Query | undefined): void {
  if (query === undefined) return;
  requireObject('', query, QUERY_WHAT);
  for (const key in query) {
    if (key !== 'range' && key !== 'pat') requireKeys('', query, QUERY_KEYS, QUERY_WHAT, rangeHint);
  }
  requireGfnRange('range', query.range);
  if (query.pat !== undefined) requirePat(query);
}

/** Whoever hands in a range for a query. */
function rangeHint(key: string): string | undefined {
  return RANGE_KEYS.includes(key) ? 'did you mean { range: { start, end } }?' : undefined;
}

/**
 * Checks the kind of a range that a caller hands in, if any: a span is one too.
 *
 * @throws {@link InputTypeError}
 */
export function requireGfnRange(path: string, range: GfnRange | undefined): void {
  if (range === undefined) return;
  const isRange = typeof range?.start === 'number' && typeof range.end === 'number';
  if (!isRange) throwBadRange(path, range);
}

function throwBadRange(path: string, range: GfnRange): never {
  const isQuery = typeof range === 'object' && range !== null && 'range' in range;
  const hint = isQuery ? 'a range itself is expected here, no query' : undefined;
  if (isQuery) throw wrongKind(path, RANGE_WHAT, range, hint);
  requireObject(path, range, RANGE_WHAT);
  const isStart = typeof range.start !== 'number';
  throw wrongKind(`${path}.${isStart ? 0 : 1}`, 'a frame number', isStart ? range.start : range.end);
}

/**
 * One of the wants; whether the policy has an answer to it is another question.
 *
 * @throws {@link InputTypeError}, {@link InputRangeError} with path `want`
 */
function requireWantName(want: Want): void {
  requireWord('want', want, WANTS);
}

/**
 * Checks what and where of a question at once.
 *
 * @throws {@link InputTypeError}, {@link InputRangeError} with path `want`, `range` or `pat`
 */
export function requireAsked(want: Want, query: Query | undefined): void {
  requireWantName(want);
  requireQuery(query);
}

/**
 * The frames that a query asks for.
 *
 * @throws InputError with path `range.0` or `range.1` where it leaves the guest's space or runs backwards
 */
export function requireRange(query: Pick<Query, 'range'>, vcpu: Pick<Vcpu, 'maxphyaddr'>): GfnRange {
  const { start, end } = query.range ?? { start: 0, end: frameCount(vcpu.maxphyaddr) };
  requireFrames(start, end, vcpu);
  return { start, end };
}

function requireFrames(start: number, end: number, { maxphyaddr }: Pick<Vcpu, 'maxphyaddr'>): void {
  const frames = frameCount(maxphyaddr);
  if (!Number.isInteger(start) || start < 0) throw misfit('range.0', 'a frame number', start);
  if (!Number.isInteger(end) || end < start || end > frames) {
    throw misfit('range.1', `a frame number ${start}..${frames}`, end);
  }
}

/** For a value that should be a number of some range. */
function misfit(path: string, expected: string, value: unknown): InputRangeError | InputTypeError {
  return typeof value === 'number' ? wrongValue(path, expected, value) : wrongKind(path, expected, value);
}

/**
 * Checks the kind of a frame number alone, for the calls that are made for a single frame; where it lies is checked
 * with the tile.
 *
 * @throws {@link InputTypeError}
 */
export function requireFrameNumber(path: string, frame: number): void {
  if (typeof frame !== 'number') throw wrongKind(path, 'a frame number', frame);
}

/**
 * The PAT type that a query asks for, WB where it says none.
 *
 * @throws InputError with path `pat`
 */
export function requirePat(query: Query): PatType {
  const pat = query.pat ?? WB;
  if (PAT_TYPES.includes(pat)) return pat;
  throw misfit('pat', `a PAT type, one of ${PAT_TYPES.join(', ')}`, pat);
}

/**
 * Checks the frames of a tile.
 *
 * @param most - frames that it may have
 * @throws InputError with path `count`, `range.0` or `range.1`
 */
export function requireTile(first: number, count: number, vcpu: Vcpu, most: number = TILE_FRAMES): void {
  if (!Number.isInteger(count) || count < 0 || count > most) {
    throw misfit('count', `0..${most} frames`, count);
  }
  requireFrames(first, first + count, vcpu);
}

/**
 * Checks the length of a list of frames.
 *
 * @throws InputError with path `gfns`
 */
export function requireFrameCount(count: number): void {
  if (count > TILE_FRAMES)
    throw new InputRangeError('gfns', `expected at most ${TILE_FRAMES} frames, got ${count}`);
}

/**
 * Refuses an element of a list of frames.
 *
 * @throws InputError with path `gfns.N`
 */
export function throwBadFrame(index: number, gfn: number, vcpu: Vcpu): never {
  const frames = frameCount(vcpu.maxphyaddr);
  throw wrongValue(`gfns.${index}`, `a frame number below ${frames}`, gfn);
}
