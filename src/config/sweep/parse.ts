/**
 * From text to a campaign's spec: YAML or JSON is read, held against the schema, resolved. Whatever is wrong is reported
 * at its line and column, all of it at once, before anything runs.
 */
import { requireText } from '../../arguments.ts';
import { ConfigError } from '../../errors.ts';
import { policyName } from '../../policy/index.ts';
import {
  type Ask,
  canonicalText,
  excludedCombinations,
  type Keep,
  type LayoutSource,
  layoutCount,
  productOf,
  SWEEP_SCHEMA,
  type SweepSpec,
} from '../../sweep/index.ts';
import type { Want } from '../../types.ts';
import { Problems } from '../fields.ts';
import { inOrder, schemaProblems } from '../placed.ts';
import { readSource } from '../source.ts';
import { AxisReader, answers } from './axes.ts';
import { type FindFiles, readLayouts } from './layouts.ts';
import { sweepSchema } from './schema.ts';
import { RATE_PATTERN, SECONDS_PATTERN } from './words.ts';

/** How a spec is read. */
export interface ParseSweepOptions {
  /** Its name, for messages. Default: `spec`. */
  readonly file?: string;
  /** Looks for the files of `layouts`. Without it a spec cannot have any. */
  readonly find?: FindFiles;
}

/** A spec that has been read. */
export interface ParsedSweep {
  readonly spec: SweepSpec;
  /** What to call the campaign; undefined where the spec does not say. */
  readonly name: string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

const EXPECTED = {
  what: 'a spec of a campaign',
  hint: 'such as {ask: compare, against: sdm, layouts: {presets: all}, axes: {policy: [kvm-5.16]}}',
};
const USUAL_SMALLEST = 20;
const USUAL_RATE = 1000;
const USUAL_TIMEOUT_MS = 10_000;
/** The reference takes some hundred times as long. */
const RATE_OF_REFERENCE = 100;
/** Most blocks that can be numbered exactly, at the fewest points of a block. */
const MOST_POINTS = 1n << 96n;

function verification(value: unknown): SweepSpec['verify'] {
  if (value === 'none') return { auto: 0, reference: 0 };
  const auto = Number(RATE_PATTERN.exec(String(value ?? `1/${USUAL_RATE}`))?.[1]);
  return { auto, reference: auto === 1 ? 1 : auto * RATE_OF_REFERENCE };
}

function milliseconds(value: unknown): number {
  const [, number, unit] = SECONDS_PATTERN.exec(String(value)) ?? [];
  return number === undefined ? USUAL_TIMEOUT_MS : Number(number) * (unit === 's' ? 1000 : 1);
}

function sourcesOf(value: unknown, problems: Problems, find: FindFiles | undefined): readonly LayoutSource[] {
  if (!Array.isArray(value)) return readLayouts(value as Fields, ['layouts'], problems, find);
  const all = value.flatMap((one: Fields, index) => readLayouts(one, ['layouts', index], problems, find));
  const seen = new Set<string>();
  for (const [index, source] of all.entries()) {
    const key = canonicalText(source);
    if (seen.has(key))
      problems.note(['layouts', Math.min(index, value.length - 1)], 'these layouts are given twice');
    seen.add(key);
  }
  return all;
}

/** What goes with one ask alone. */
function checkAsk({ ask, against, oracle }: Fields, problems: Problems): void {
  if (against !== undefined && ask !== 'compare') {
    problems.note(['against'], `is for ask: compare, and this asks ${String(ask)}`, undefined, 'key');
  }
  if (oracle !== undefined && ask !== 'oracle') {
    problems.note(['oracle'], `is for ask: oracle, and this asks ${String(ask)}`, undefined, 'key');
  }
  if (oracle === undefined && ask === 'oracle') {
    problems.note(['ask'], 'expected oracle: {command: ...} beside ask: oracle, it is missing');
  }
}

/** What only shows when all is read. */
function checkWhole(spec: SweepSpec, problems: Problems): void {
  const excluded = excludedCombinations(spec);
  if (spec.exclude.length > 0 && excluded === productOf(spec) && spec.include.length === 0) {
    problems.note(
      ['exclude'],
      'leaves no point: every combination is excluded',
      'loosen it, or include some',
    );
  }
  if (layoutCount(spec) === 0n) problems.note(['layouts'], 'there is no layout');
  const points = layoutCount(spec) * BigInt(productOf(spec) + spec.include.length);
  if (points > MOST_POINTS) problems.note(['layouts'], 'the campaign has more than 2^96 points');
}

/**
 * Reads a campaign's spec.
 *
 * @param text - YAML or JSON
 * @param options - its name, and what looks for files
 * @returns the spec with every name, path and default resolved
 * @throws ConfigError with line, column and path of everything that is wrong
 * @example
 * const { spec } = parseSweep('{ask: totals, layouts: {presets: all}, axes: {policy: [kvm-6.18..kvm-7.1]}}');
 * spec.dimensions[0].values.length; // 4: 6.18, 6.19, 7.0 and 7.1
 */
export function parseSweep(text: string, options: ParseSweepOptions = {}): ParsedSweep {
  requireText('text', text, 'a spec as text');
  const source = readSource(text, options.file ?? 'spec', EXPECTED);
  const wrong = schemaProblems(sweepSchema, source);
  const problems = new Problems(source);
  const value = source.value as Fields;
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  const isSound = (key: string): boolean =>
    isMap &&
    value[key] !== undefined &&
    !wrong.some(({ path }) => path === key || (/^[.[]/.test(path.slice(key.length)) && path.startsWith(key)));
  const sound = (key: string): unknown => (isSound(key) ? value[key] : undefined);
  const want = (sound('want') as Want | undefined) ?? 'ept';
  const axes = new AxisReader(problems, want).read(
    (sound('axes') ?? {}) as Fields,
    (sound('zip') ?? []) as readonly string[][],
    (sound('exclude') ?? []) as readonly Fields[],
    (sound('include') ?? []) as readonly Fields[],
  );
  const layouts = isSound('layouts') ? sourcesOf(value.layouts, problems, options.find) : [];
  if (isSound('ask')) checkAsk(value, problems);
  if (isSound('against')) answers(value.against as string, want, ['against'], problems);
  if (wrong.length + problems.list.length > 0) throw new ConfigError(inOrder([...wrong, ...problems.list]));
  const ask = value.ask as Ask;
  const oracle = value.oracle as { readonly command: string; readonly timeout?: string } | undefined;
  const spec: SweepSpec = {
    schema: SWEEP_SCHEMA,
    ask,
    against: ask === 'compare' ? policyName((value.against as string | undefined) ?? 'sdm') : null,
    want,
    layouts,
    ...axes,
    keep: (value.keep as Keep | undefined) ?? 'findings',
    smallest: (value.smallest as number | undefined) ?? USUAL_SMALLEST,
    verify: verification(value.verify),
    oracle: oracle ? { command: oracle.command, timeout: milliseconds(oracle.timeout) } : null,
  };
  checkWhole(spec, problems);
  if (problems.list.length > 0) throw new ConfigError(inOrder(problems.list));
  return { spec, name: value.name as string | undefined };
}
