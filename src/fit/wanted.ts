/** A wanted map: for every frame of a space the types that it may have. */

import {
  requireArray,
  requireInteger,
  requireKeys,
  requireObject,
  wrongKind,
  wrongValue,
} from '../arguments.ts';
import type { View } from '../engine/index.ts';
import { InputRangeError } from '../errors.ts';
import { type GfnRange, MEMORY_TYPES, type MemoryType, typeName, UNDEFINED } from '../types.ts';
import { frameCount } from '../vm/index.ts';

/** Types that a frame may have, as bits `1 << type`. */
export type AcceptedTypes = number;

/** Any type, as long as it is defined. */
export const ANY_TYPE: AcceptedTypes = MEMORY_TYPES.reduce<AcceptedTypes>(
  (bits, type) => bits | (1 << type),
  0,
);

/** Frames that may have the same types. */
export interface WantedStretch extends GfnRange {
  readonly accepted: AcceptedTypes;
}

/** What is wanted of a whole space. */
export interface WantedMap {
  readonly maxphyaddr: number;
  /** Ascending, without gaps, from 0 to the end of the space; no two neighbours are equal. */
  readonly stretches: readonly WantedStretch[];
}

/** Most stretches that a plan is made for: more come only from masks with holes. */
export const MOST_WANTED = 1024;

/**
 * The bits of a list of types.
 *
 * @param types - at least one
 * @returns bits `1 << type`
 * @example
 * accepting([UC, WP]); // 0b100001
 */
export function accepting(types: readonly MemoryType[]): AcceptedTypes {
  requireArray('types', types).forEach((type, index) => {
    requireMemoryType(`types.${index}`, type);
  });
  return types.reduce<AcceptedTypes>((bits, type) => bits | (1 << type), 0);
}

/** Whether a type is among those accepted. */
export function accepts(accepted: AcceptedTypes, type: MemoryType): boolean {
  return (accepted & (1 << type)) !== 0;
}

/**
 * `WB`, `UC or WP`, `any`.
 *
 * @internal
 */
export function acceptedText(accepted: AcceptedTypes): string {
  if (accepted === ANY_TYPE) return 'any';
  return MEMORY_TYPES.filter((type) => accepts(accepted, type))
    .map(typeName)
    .join(' or ');
}

/** Joins neighbours that are equal, and drops what is empty. */
export function joined(stretches: Iterable<WantedStretch>): readonly WantedStretch[] {
  const list: { start: number; end: number; accepted: AcceptedTypes }[] = [];
  for (const { start, end, accepted } of stretches) {
    if (start >= end) continue;
    const last = list.at(-1);
    if (last && last.accepted === accepted) last.end = end;
    else list.push({ start, end, accepted });
  }
  return list;
}

/** @throws {@link InputTypeError}, {@link InputRangeError} */
export function requireMemoryType(path: string, type: MemoryType): void {
  if (MEMORY_TYPES.includes(type)) return;
  const expected = `a memory type, one of ${MEMORY_TYPES.join(', ')}`;
  throw typeof type === 'number' ? wrongValue(path, expected, type) : wrongKind(path, expected, type);
}

function requireStretch(path: string, stretch: WantedStretch): void {
  requireKeys(path, stretch, ['start', 'end', 'accepted'], 'a stretch { start, end, accepted }');
  const { start, end, accepted } = stretch;
  requireInteger(`${path}.start`, start, 0, Number.MAX_SAFE_INTEGER);
  requireInteger(`${path}.end`, end, 0, Number.MAX_SAFE_INTEGER);
  requireInteger(`${path}.accepted`, accepted, 0, ANY_TYPE);
}

/** @throws {@link InputTypeError} with path `map` for what is no wanted map */
export function requireWantedMap(map: WantedMap): void {
  requireObject('map', map, 'a map that wantedMap() or ownMap() made');
  if (!Array.isArray(map.stretches)) throw wrongKind('map', 'a map that wantedMap() or ownMap() made', map);
}

/**
 * A wanted map from ranges and what the frames between them may have.
 *
 * @param maxphyaddr - width of the space, 32..52
 * @param ranges - disjoint, in any order; frames
 * @param rest - for all other frames; default any type
 * @returns the map of the whole space
 * @throws InputError with path `ranges.N` where two overlap, one is empty, or one leaves the space
 * @example
 * wantedMap(36, [{ start: 0, end: 0x80000, accepted: accepting([WB]) }], accepting([UC])).stretches.length; // 2
 */
export function wantedMap(
  maxphyaddr: number,
  ranges: readonly WantedStretch[],
  rest: AcceptedTypes = ANY_TYPE,
): WantedMap {
  const frames = frameCount(requireInteger('maxphyaddr', maxphyaddr, 32, 52));
  requireInteger('rest', rest, 0, ANY_TYPE);
  requireArray('ranges', ranges).forEach((range, index) => {
    requireStretch(`ranges.${index}`, range);
  });
  const sorted = ranges.map((range, index) => ({ range, index }));
  sorted.sort((a, b) => a.range.start - b.range.start);
  const list: WantedStretch[] = [];
  let at = 0;
  for (const { range, index } of sorted) {
    const path = `ranges.${index}`;
    if (range.start >= range.end) throw new InputRangeError(path, 'expected at least one frame');
    if (range.start < at) throw new InputRangeError(path, 'overlaps another range');
    if (range.end > frames) throw new InputRangeError(path, `expected an end within ${frames} frames`);
    if ((range.accepted & ANY_TYPE) === 0) throw new InputRangeError(path, 'expected at least one type');
    list.push({ start: at, end: range.start, accepted: rest }, range);
    at = range.end;
  }
  list.push({ start: at, end: frames, accepted: rest });
  return { maxphyaddr, stretches: joined(list) };
}

/** A vCPU's own map as a wanted one. */
export interface OwnMap {
  readonly map: WantedMap;
  /** Pages that the manual leaves undefined; the wanted map takes any type there. */
  readonly undefinedPages: number;
}

/**
 * The map that registers give by the manual, to be had with fewer of them.
 *
 * @param view - of an engine, opened under the policy `sdm`
 * @returns the map, and how many of its pages the manual leaves undefined
 * @throws InputError where it has more than 1024 stretches
 * @example
 * const view = createEvaluatorSync().view(vcpu({ maxphyaddr: 46, msrs: { 0x2ff: 0x806n } }), policy('sdm'));
 * ownMap(view).map.stretches.length; // 1
 */
export function ownMap(view: View): OwnMap {
  const list: WantedStretch[] = [];
  let undefinedPages = 0;
  for (const { start, end, type } of view.spansOf('mtrr')) {
    if (list.length === MOST_WANTED) {
      throw new InputRangeError(
        'map',
        `the map has more than ${MOST_WANTED} stretches, as masks with holes make them: no plan is made for it`,
      );
    }
    const isDefined = type !== undefined && type !== UNDEFINED;
    if (!isDefined) undefinedPages += end - start;
    list.push({ start, end, accepted: isDefined ? accepting([type]) : ANY_TYPE });
  }
  return { map: { maxphyaddr: view.vcpu.maxphyaddr, stretches: joined(list) }, undefinedPages };
}
