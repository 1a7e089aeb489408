/** The layouts of a spec: presets by name, files by pattern, random ones, and those of a grid. */
import { didYouMean } from '../../suggest.ts';
import {
  enumeratedCount,
  type LayoutFile,
  type LayoutSource,
  type RandomLayouts,
} from '../../sweep/index.ts';
import { type MemoryType, typeName } from '../../types.ts';
import { LAYOUT_KINDS, type LayoutKind } from '../../vm/index.ts';
import type { Problems } from '../fields.ts';
import type { Path } from '../path.ts';
import { isPreset, PRESETS } from '../presets/index.ts';
import { parseMemoryType, parseQuantity } from '../values.ts';
import { countsOf, powersOf } from './words.ts';

/** Files that a pattern stands for, in a fixed order, with the hashes of what is in them. */
export type FindFiles = (pattern: string) => readonly LayoutFile[];

type Fields = Readonly<Record<string, unknown>>;

/** Address bits of guests of which a spec says nothing: those of most servers. */
const USUAL_BITS = 46;
/** Variable ranges of random layouts of which a spec says nothing. */
const USUAL_RANGES = '1..8';
/** Numbers of layouts have 64 bits. */
const MOST_LAYOUTS = 1n << 64n;

function listOf<One>(value: unknown): readonly One[] {
  return Array.isArray(value) ? value : [value as One];
}

/** Where the element of a list stands, or the value that is no list. */
function placeOf(at: Path, value: unknown, index: number): Path {
  return Array.isArray(value) ? [...at, index] : at;
}

/** Notes what a list has twice; the rest of it. */
function once<One>(list: readonly One[], value: unknown, at: Path, problems: Problems): readonly One[] {
  return list.filter((one, index) => {
    const isFirst = list.indexOf(one) === index;
    if (!isFirst) problems.note(placeOf(at, value, index), `${String(one)} is given twice`);
    return isFirst;
  });
}

function presets(value: unknown, at: Path, problems: Problems): LayoutSource {
  const known = PRESETS.map(({ name }) => name);
  if (value === 'all') return { kind: 'presets', names: known };
  const names = listOf<string>(value);
  for (const [index, name] of names.entries()) {
    if (isPreset(name)) continue;
    const hint = didYouMean(name, ['all', ...known]) ?? 'eptsweep list presets names all';
    problems.note(placeOf(at, value, index), `no preset "${name}"`, hint);
  }
  return { kind: 'presets', names: once(names, value, at, problems) };
}

function files(value: unknown, at: Path, problems: Problems, find: FindFiles | undefined): LayoutSource {
  const found = new Map<string, LayoutFile>();
  for (const [index, pattern] of listOf<string>(value).entries()) {
    const place = placeOf(at, value, index);
    if (!find) {
      problems.note(
        place,
        'files cannot be looked for here',
        'eptsweep sweep reads them; a program hands in find',
      );
      continue;
    }
    try {
      const matches = find(pattern);
      if (matches.length === 0) {
        problems.note(place, `"${pattern}" matches no file`, 'patterns start at the current folder');
      }
      for (const file of matches) found.set(file.name, file);
    } catch (error) {
      problems.note(place, (error as Error).message);
    }
  }
  return { kind: 'files', files: [...found.values()] };
}

/** As many layouts of each kind, one kind behind the other. */
function random(fields: Fields, at: Path, problems: Problems): readonly RandomLayouts[] {
  const kinds = listOf<LayoutKind>(fields.kinds ?? 'typical');
  for (const [index, kind] of kinds.entries()) {
    if (LAYOUT_KINDS.includes(kind)) continue;
    const hint = didYouMean(kind, LAYOUT_KINDS) ?? `kinds: ${LAYOUT_KINDS.join(', ')}`;
    problems.note(placeOf([...at, 'kinds'], fields.kinds, index), `no kind "${kind}"`, hint);
  }
  return once(kinds, fields.kinds, [...at, 'kinds'], problems).map((of) => ({
    kind: 'random',
    of,
    ranges: countsOf(fields.ranges ?? USUAL_RANGES)!,
    count: String(parseQuantity(fields.count)),
    seed: String(parseQuantity(fields.seed ?? 1)),
    maxphyaddr: (fields.maxphyaddr as number | undefined) ?? USUAL_BITS,
  }));
}

function typeNames(value: unknown, at: Path, problems: Problems): readonly string[] {
  const names = listOf(value).map((one) => typeName(parseMemoryType(one) as MemoryType));
  return once(names, value, at, problems);
}

function enumerate(fields: Fields, at: Path, problems: Problems): LayoutSource {
  const { base = 'aligned', maxphyaddr = USUAL_BITS } = fields;
  const below = Number(parseQuantity(fields.below));
  const sizes = [...new Set(listOf(fields.size).flatMap((one) => powersOf(one) ?? []))].sort((a, b) => a - b);
  if (below > 2 ** (maxphyaddr as number)) {
    problems.note(
      [...at, 'below'],
      `expected an address within ${String(maxphyaddr)} address bits`,
      'give maxphyaddr',
    );
  } else if (sizes[0]! > below) {
    problems.note([...at, 'size'], 'no range of such a size ends below the limit', 'see below');
  }
  const grid: LayoutSource = {
    kind: 'enumerate',
    ranges: countsOf(fields.ranges)!,
    sizes: sizes.filter((size) => size <= below),
    base: base === 'aligned' ? 'aligned' : Number(parseQuantity(base)),
    below,
    types: typeNames(fields.type, [...at, 'type'], problems),
    defaults: typeNames(fields.default, [...at, 'default'], problems),
    maxphyaddr: maxphyaddr as number,
  };
  if (enumeratedCount(grid) > MOST_LAYOUTS) problems.note(at, 'the grid has more than 2^64 layouts');
  return grid;
}

/**
 * Reads one source of a spec, or several that stand in one map.
 *
 * @param fields - as the schema knows them
 * @param at - where they stand
 * @param find - looks for files
 */
export function readLayouts(
  fields: Fields,
  at: Path,
  problems: Problems,
  find: FindFiles | undefined,
): readonly LayoutSource[] {
  const readers: Readonly<
    Record<string, (value: unknown, place: Path) => LayoutSource | readonly LayoutSource[]>
  > = {
    presets: (value, place) => presets(value, place, problems),
    files: (value, place) => files(value, place, problems, find),
    random: (value, place) => random(value as Fields, place, problems),
    enumerate: (value, place) => enumerate(value as Fields, place, problems),
  };
  const sources = Object.entries(fields).flatMap(([key, value]) => readers[key]?.(value, [...at, key]) ?? []);
  if (sources.length === 0) {
    problems.note(
      at,
      'expected a source of layouts, got an empty map',
      `sources: ${Object.keys(readers).join(', ')}`,
    );
  }
  return sources;
}
