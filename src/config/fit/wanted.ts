/**
 * A wanted map as people write it: `WB 0-3G, UC 3G-4G, rest any` on the command line, or a YAML or JSON file with
 * `want` and `rest`. Every page is wanted once; addresses are bytes, and every problem has its line and column.
 */
import { ConfigError, type ConfigProblem } from '../../errors.ts';
import { type AcceptedTypes, type WantedMap, wantedMap } from '../../fit/index.ts';
import { didYouMean } from '../../suggest.ts';
import { hexText } from '../../words.ts';
import { type Path, pathText } from '../path.ts';
import { type Place, readSource, type Source } from '../source.ts';
import { parseQuantity, shown } from '../values.ts';
import { acceptedOf, type Report, WantedEntries } from './wanted-entries.ts';

/** A wanted map, but for the width of the space. */
export interface WantedText {
  /** As the file states it. */
  readonly maxphyaddr: number | undefined;
  /** Variable ranges, as the file states them. */
  readonly vcnt: number | undefined;
  /** End of the highest range, in bytes. */
  readonly end: bigint;
  /** What pages outside the ranges may have; undefined where the text does not say it. */
  readonly rest: AcceptedTypes | undefined;
  /**
   * The map of a space.
   *
   * @throws ConfigError where a range reaches beyond it
   */
  map(maxphyaddr: number, rest: AcceptedTypes): WantedMap;
}

const KEYS: readonly string[] = ['maxphyaddr', 'vcnt', 'rest', 'want', 'name', 'description'];
const ENTRY_KEYS: readonly string[] = ['type', 'range', 'name'];

function inOrder(problems: ConfigProblem[]): ConfigProblem[] {
  return problems.sort((a, b) => a.line - b.line || a.column - b.column);
}

function finished(
  { ranges, rest }: WantedEntries,
  numbers: Pick<WantedText, 'maxphyaddr' | 'vcnt'>,
  problems: ConfigProblem[],
  problemAt: (path: Path, message: string, hint?: string) => ConfigProblem,
): WantedText {
  if (problems.length > 0) throw new ConfigError(inOrder(problems));
  return {
    ...numbers,
    end: ranges.map(({ end }) => end).sort((a, b) => (a > b ? -1 : 1))[0] ?? 0n,
    rest: rest?.accepted,
    map(maxphyaddr, accepted) {
      const beyond = ranges.filter(({ end }) => end > 1n << BigInt(maxphyaddr));
      if (beyond.length > 0) {
        throw new ConfigError(
          inOrder(
            beyond.map(({ end, path }) =>
              problemAt(
                path,
                `expected an end within 2^${maxphyaddr}, got ${hexText(end - 1n)}`,
                `the space has ${maxphyaddr} address bits; --phys-bits states others`,
              ),
            ),
          ),
        );
      }
      const frames = ranges.map(({ start, end, accepted: one }) => ({
        start: Number(start >> 12n),
        end: Number(end >> 12n),
        accepted: one,
      }));
      return wantedMap(maxphyaddr, frames, accepted);
    },
  };
}

/**
 * Reads a wanted map from one line or several: entries `TYPE RANGE` or `TYPE rest`, separated by commas, semicolons
 * or line ends.
 *
 * @param text - `WB 0-3G, UC 3G-4G, UC/WP 0xff000000+16M, UC rest`
 * @param file - its name, for messages
 * @throws ConfigError with line and column of everything that is wrong
 * @example
 * parseWantedLine('WB 0-3G, UC rest').map(36, accepting([UC])).stretches.length; // 2
 */
export function parseWantedLine(text: string, file = '--want'): WantedText {
  const problems: ConfigProblem[] = [];
  const places: Place[] = [];
  const problemAt = ([index]: Path, message: string, hint?: string): ConfigProblem => ({
    file,
    ...places[index as number]!,
    path: '',
    message,
    ...(hint !== undefined && { hint }),
  });
  const collector = new WantedEntries((...problem) => problems.push(problemAt(...problem)));
  for (const [row, line] of text.split('\n').entries()) {
    for (const match of line.replace(/#.*$/, '').matchAll(/[^,;]+/g)) {
      if (match[0].trim() === '') continue;
      places.push({ line: row + 1, column: match.index + match[0].search(/\S/) + 1 });
      collector.text(match[0], [places.length - 1]);
    }
  }
  if (places.length === 0) {
    places.push({ line: 1, column: 1 });
    problems.push(problemAt([0], 'expected a wanted map, got nothing', 'such as "WB 0-3G, UC 3G-4G"'));
  }
  return finished(collector, { maxphyaddr: undefined, vcnt: undefined }, problems, problemAt);
}

function numberOf(value: unknown, low: number, high: number, path: Path, report: Report): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(parseQuantity(value) ?? -1n);
  if (number >= low && number <= high) return number;
  report(path, `expected a number ${low}..${high}, got ${shown(value)}`);
  return undefined;
}

function unknownKeys(value: object, known: readonly string[], path: Path, report: Report): void {
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    report([...path, key], 'unknown key', didYouMean(key, known) ?? `known: ${known.join(', ')}`);
  }
}

function takeEntry(entry: unknown, path: Path, collector: WantedEntries, report: Report): void {
  if (typeof entry === 'string') {
    collector.text(entry, path);
    return;
  }
  if (entry === null || typeof entry !== 'object' || Array.isArray(entry)) {
    report(path, `expected text such as "WB 0-3G", or a map with type and range, got ${shown(entry)}`);
    return;
  }
  const { type, range } = entry as { readonly type?: unknown; readonly range?: unknown };
  unknownKeys(entry, ENTRY_KEYS, path, report);
  if (type === undefined || range === undefined) {
    report(path, `expected type and range; ${type === undefined ? 'type' : 'range'} is missing`);
    return;
  }
  collector.add(type, range, [...path, 'type'], [...path, 'range']);
}

/**
 * Reads a wanted map from a YAML or JSON file.
 *
 * @param text - a map with `want`, and perhaps `rest`, `maxphyaddr`, `vcnt`
 * @param file - its name, for messages
 * @throws ConfigError with line and column of everything that is wrong
 */
export function parseWanted(text: string, file: string): WantedText {
  const example = 'such as "want: [WB 0-3G, UC 3G-4G]"; a VM config is given without --want';
  if (text.trim() === '') {
    const message = 'empty: expected a wanted map';
    throw new ConfigError([{ file, line: 1, column: 1, path: '', message, hint: example }]);
  }
  const source: Source = readSource(text, file);
  const problems: ConfigProblem[] = [];
  const problemAt = (path: Path, message: string, hint?: string): ConfigProblem => ({
    file,
    ...source.locate(path, message === 'unknown key' ? 'key' : 'value'),
    path: pathText(path),
    message,
    ...(hint !== undefined && { hint }),
  });
  const report: Report = (...problem) => problems.push(problemAt(...problem));
  const collector = new WantedEntries(report);
  const value = source.value as { readonly [key: string]: unknown };
  if (value === null || typeof value !== 'object' || !Array.isArray(value.want)) {
    throw new ConfigError([problemAt([], 'expected a map with a list "want"', example)]);
  }
  unknownKeys(value, KEYS, [], report);
  for (const [index, entry] of value.want.entries()) takeEntry(entry, ['want', index], collector, report);
  if (value.rest !== undefined) collector.setRest(value.rest, ['rest']);
  const numbers = {
    maxphyaddr: numberOf(value.maxphyaddr, 32, 52, ['maxphyaddr'], report),
    vcnt: numberOf(value.vcnt, 0, 40, ['vcnt'], report),
  };
  return finished(collector, numbers, problems, problemAt);
}

/** A range of a list, in bytes; its type as the text has it. */
export interface ListEntry {
  /** Number of its line, from 1. */
  readonly line: number;
  readonly start: bigint;
  readonly end: bigint;
  readonly type: string;
}

/**
 * A wanted map from a list that something else has printed.
 *
 * @param entries - its ranges; none is a list that was cut off
 * @param at - the file, the line of the list's heading, and the address bits that it states
 * @throws ConfigError with the line of everything that is wrong
 */
export function wantedOfList(
  entries: readonly ListEntry[],
  { file, line, maxphyaddr }: { file: string; line: number; maxphyaddr: number | undefined },
): WantedText {
  const problems: ConfigProblem[] = [];
  const problemAt = ([index]: Path, message: string, hint?: string): ConfigProblem => ({
    file,
    line: entries[index as number]?.line ?? line,
    column: 1,
    path: '',
    message,
    ...(hint !== undefined && { hint }),
  });
  const collector = new WantedEntries((...problem) => problems.push(problemAt(...problem)));
  if (entries.length === 0)
    problems.push(problemAt([], 'expected ranges below this line', 'the list is cut off'));
  for (const [index, { start, end, type }] of entries.entries()) {
    collector.add(
      /^\d+$/.test(type) ? Number(type) : type,
      `${hexText(start)}+${hexText(end - start)}`,
      [index],
      [index],
    );
  }
  return finished(collector, { maxphyaddr, vcnt: undefined }, problems, problemAt);
}

/** Reads what pages may have: `UC`, `UC/WP`, `any`. */
export function parseAccepted(text: string): AcceptedTypes | undefined {
  const accepted = acceptedOf(text);
  return typeof accepted === 'string' ? undefined : accepted;
}
