/** A report as a table for people, and as Markdown. */
import { countText, plural } from '../../src/words.ts';
import type { Agreement, Departure } from '../hold/finding.ts';
import type { LabReport } from './report.ts';

function rows({ verdicts, leaves, steps }: LabReport): readonly (readonly [string, Agreement])[] {
  return [
    ['WRMSR verdicts', verdicts],
    ['leaf entries', leaves],
    ['steps', steps],
  ];
}

function heading(report: LabReport): string[] {
  const { kernel, version, policy, row, processor, seed, scenario, guests, whole } = report;
  const what = scenario === undefined ? `seed ${seed}` : scenario;
  const part = whole === guests ? '' : `, ${whole} of them to their end`;
  const rules = policy === row ? policy : `${policy} (row ${row})`;
  return [
    `kernel ${kernel}: ${version}${processor === 'AMD' ? ' on AMD' : ''}`,
    `model ${rules}; ${what}, ${plural(guests, 'guest')}${part}`,
  ];
}

/** Most departures and replacements that are told one by one. */
const MOST = 12;

function sidesLine({ what, expected, found }: Departure): string {
  return `${what}; model: ${expected}; kernel: ${found}`;
}

function* departureLines(report: LabReport): Generator<string> {
  const { departures, smallest, suspects, stepsAfter } = report;
  if (departures.length === 0) return;
  yield '';
  yield `the kernel leaves the model in ${plural(departures.length, 'guest')}:`;
  for (const departure of departures.slice(0, MOST)) {
    yield `  ${departure.guest} step ${departure.step} (${departure.event}):`;
    yield `    ${sidesLine(departure)}`;
  }
  if (departures.length > MOST) yield `  and ${departures.length - MOST} more`;
  if (stepsAfter > 0) yield `  (${plural(stepsAfter, 'step')} behind these say nothing)`;
  for (const { rule, left } of suspects) {
    const how =
      left === 0 ? 'all of it is explained by' : `but for ${plural(left, 'guest')} it is explained by`;
    yield `${how} ${rule}`;
  }
  if (suspects.length === 0) yield 'no single rule of the model explains it';
  if (!smallest) return;
  yield '';
  const cost = plural(smallest.boots, 'boot');
  yield `made small by ${cost} more: ${plural(smallest.events, 'event')}, ${smallest.file}`;
  yield `  step ${smallest.step} (${smallest.event}):`;
  yield `    ${sidesLine(smallest)}`;
  for (const line of smallest.explanation) yield `  ${line}`;
}

/** What else there is to say, a line each. */
function remarks({ replacements, left, broken }: LabReport): string[] {
  const apart =
    replacements.length === 0
      ? []
      : [
          `apart: ${plural(replacements.length, 'leaf', 'leaves')} in the place of a writable table, no first faults`,
        ];
  return [...apart, ...left.map((text) => `left out: ${text}`), ...(broken ? [`broke off: ${broken}`] : [])];
}

function* reachedLines({ reached }: LabReport): Generator<string> {
  const width = Math.max(...reached.map(({ kind }) => kind.length));
  const none = (among: boolean) =>
    reached.filter(({ count, possible }) => count === 0 && possible === among).map(({ kind }) => kind);
  const [missed, never] = [none(true), none(false)];
  yield '';
  yield `${'reached'.padEnd(width)}    count`;
  for (const { kind, count } of reached.filter((one) => one.count > 0))
    yield `${kind.padEnd(width)} ${countText(count).padStart(8)}`;
  if (missed.length > 0) yield `not reached: ${missed.join('; ')}`;
  if (never.length > 0) yield `nothing there to reach: ${never.join('; ')}`;
}

/** The report as lines of text. */
export function* textLines(report: LabReport): Generator<string> {
  yield* heading(report);
  yield '';
  yield 'question        compared   agrees  departs';
  for (const [name, { compared, agreed }] of rows(report)) {
    const cells = [compared, agreed, compared - agreed].map((count) => countText(count).padStart(8));
    yield `${name.padEnd(15)} ${cells.join(' ')}`;
  }
  yield* reachedLines(report);
  const rest = remarks(report);
  if (rest.length > 0) yield '';
  yield* rest;
  yield* departureLines(report);
}

/** The report as Markdown. */
export function* markdownLines(report: LabReport): Generator<string> {
  const [kernel, model] = heading(report);
  yield `### ${kernel}`;
  yield '';
  yield `${model}`;
  yield '';
  yield '| question | compared | agrees | departs |';
  yield '|---|---|---|---|';
  for (const [name, { compared, agreed }] of rows(report)) {
    yield `| ${name} | ${countText(compared)} | ${countText(agreed)} | ${countText(compared - agreed)} |`;
  }
  for (const line of remarks(report)) {
    yield '';
    yield line;
  }
  yield '';
  yield '| reached | count |';
  yield '|---|---|';
  for (const { kind, count, possible } of report.reached)
    yield `| ${kind} | ${possible ? countText(count) : '-'} |`;
  const departures = [...departureLines(report)];
  if (departures.length === 0) return;
  yield '';
  yield '```';
  yield* departures.slice(1);
  yield '```';
}
