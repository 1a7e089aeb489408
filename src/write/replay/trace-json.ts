/** A trace held against a scenario as JSON and as JSON lines. */
import type {
  Departure,
  Followed,
  FollowedEntry,
  FollowedStep,
  ReplacedTable,
  TraceTrouble,
} from '../../replay/index.ts';
import { hexText } from '../../words.ts';
import type { Column, JsonValue } from '../format/column.ts';
import { jsonLines } from '../format/json.ts';
import { headJson } from '../json/basis.ts';
import { eptJson, rangeJson } from '../json/vocabulary.ts';
import { eventJson, zapJson } from './event-json.ts';
import { EVENT_MEMBERS } from './event-members.ts';
import type { FollowedReport } from './trace-report.ts';

type Members = Record<string, JsonValue>;

function entriesJson(entries: readonly FollowedEntry[]): JsonValue {
  return entries.map(({ level, type, ipat }) => ({
    level,
    ...eptJson({ type, ipat }),
  }));
}

function departureJson(departure: Departure): Members {
  const { kind, space, start, end, before, expected, found, line, entry, expectedEntry } = departure;
  return {
    kind,
    space,
    ...rangeJson({ start, end }),
    before: entriesJson(before),
    expected: entriesJson(expected),
    found: entriesJson(found),
    ...(line !== undefined && { line }),
    ...(entry !== undefined && { entry: hexText(entry) }),
    ...(expectedEntry !== undefined && { expectedEntry: hexText(expectedEntry) }),
  };
}

function stepJson({
  step,
  event,
  replayed,
  expected,
  found,
  line,
  lines,
  departures,
}: FollowedStep): Members {
  return {
    step,
    ...eventJson(event),
    verdict: replayed.verdict,
    ...(replayed.zap && { zap: zapJson(replayed.zap) }),
    line,
    lines,
    expected: { ...expected },
    found: { ...found },
    departures: departures.map(departureJson),
  };
}

function troubleJson({ kind, line, message, remedy }: TraceTrouble): Members {
  return { kind, ...(line !== undefined && { line }), message, remedy };
}

function replacedJson({ line, gfn, level, entry }: ReplacedTable): Members {
  return { line, gfn, level, entry: hexText(entry) };
}

function summaryJson({
  departure,
  trouble,
  steps,
  leaves,
  replacedTables,
  notExecutable,
}: Followed): Members {
  return {
    agrees: !departure && !trouble,
    judged: steps.length,
    leaves,
    ...(departure && { departs: departure.step }),
    ...(trouble && { trouble: troubleJson(trouble) }),
    replacedTables: replacedTables.map(replacedJson),
    notExecutable,
  };
}

function headOf(
  what: string,
  { head, count, source }: FollowedReport,
): Record<string, JsonValue | undefined> {
  const { file, format, lines } = source;
  const { name, source: from, basis } = head;
  return { ...headJson(what, basis), scenario: name, source: from, events: count, file, format, lines };
}

const MEMBERS = ['step', ...EVENT_MEMBERS, 'line', 'lines', 'expected', 'found', 'departures'];

const COLUMNS: readonly Column<Members>[] = MEMBERS.map((name) => ({
  name,
  title: name,
  text: () => '',
  value: (step) => step[name],
}));

/** Lines of the JSON object `eptsweep/replay-trace@2`. */
export function followedJsonLines(report: FollowedReport): Iterable<string> {
  return jsonLines({
    head: headOf('replay-trace', report),
    list: 'steps',
    columns: COLUMNS,
    rows: report.followed.steps.map(stepJson),
    tail: () => ({ why: [...report.why], ...summaryJson(report.followed) }),
  });
}

/** A line that says what of, one a step, and one with the summary. */
export function* followedNdjsonLines(report: FollowedReport): Generator<string, void, undefined> {
  yield JSON.stringify(headOf('replay-trace-lines', report));
  for (const step of report.followed.steps) yield JSON.stringify(stepJson(step));
  yield JSON.stringify({ summary: { ...summaryJson(report.followed), why: [...report.why] } });
}
