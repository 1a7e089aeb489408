/** A replay as JSON and as JSON lines: steps as they come, the summary behind them. */
import type { EventsWith, Recovery, ReplayReport, ReplayStep, ReplaySummary } from '../../replay/index.ts';
import type { Column, JsonValue } from '../format/column.ts';
import { jsonLines } from '../format/json.ts';
import { type Basis, headJson } from '../json/basis.ts';
import { eptJson, policyJson } from '../json/vocabulary.ts';
import { eventJson, zapJson } from './event-json.ts';
import { EVENT_MEMBERS } from './event-members.ts';

function reportJson({
  events,
  at,
  entries,
  stale,
  foreign,
  disagree,
  roots,
  tables,
}: ReplayReport): JsonValue {
  return {
    events,
    ...(at !== undefined && { at }),
    entries: entries.map((one) => ({
      level: one.level,
      ...eptJson(one),
      entries: one.entries,
      pages: one.pages,
    })),
    stale: { ...stale },
    foreign: { ...foreign, byDanger: { ...foreign.byDanger } },
    disagree,
    roots,
    tables,
  };
}

/** A step as a JSON object; what did not happen is left out. */
function stepJson({
  index,
  event,
  verdict,
  zap,
  touched,
  split,
  recovered,
  recovery,
  disagree,
  report,
}: ReplayStep): Record<string, JsonValue> {
  return {
    index,
    ...eventJson(event),
    verdict,
    ...(zap && { zap: zapJson(zap) }),
    ...(touched && { installed: touched.installed, replaced: touched.replaced, foreign: touched.foreign }),
    ...(split !== undefined && { split }),
    ...(recovered !== undefined && { recovered }),
    ...(recovery && { recovery: recoveryJson(recovery) }),
    disagree,
    ...(report && { report: reportJson(report) }),
  };
}

const MEMBERS = [
  'index',
  ...EVENT_MEMBERS,
  'installed',
  'replaced',
  'foreign',
  'split',
  'recovered',
  'recovery',
  'disagree',
  'report',
];

const STEP_COLUMNS: readonly Column<Record<string, JsonValue>>[] = MEMBERS.map((name) => ({
  name,
  title: name,
  text: () => '',
  value: (step) => step[name],
}));

function recoveryJson({ retyped, ...counts }: Recovery): JsonValue {
  return { ...counts, retyped: { ...retyped } };
}

function eventsWithJson({ events, first }: EventsWith): JsonValue {
  return { events, ...(first !== undefined && { first }) };
}

function summaryJson(summary: ReplaySummary): Record<string, JsonValue> {
  const { policy, design, zaps, windows, windowTotals, last, stoppedAt, ...rest } = summary;
  const { refaults, uniformity, recovery, ...counts } = rest;
  return {
    policy: policyJson(policy),
    design: { ...design },
    ...counts,
    refaults: { ...refaults },
    uniformity: {
      registers: eventsWithJson(uniformity.registers),
      effect: eventsWithJson(uniformity.effect),
    },
    ...(recovery && { recovery: recoveryJson(recovery) }),
    ...(stoppedAt !== undefined && { stoppedAt }),
    zaps: zaps.map((one) => ({ ...one })),
    windowTotals: { ...windowTotals },
    windows: windows.map(({ from, to, fromTime, toTime, ...rest }) => ({
      from,
      ...(to !== undefined && { to }),
      ...(fromTime !== undefined && { fromTime }),
      ...(toTime !== undefined && { toTime }),
      ...rest,
    })),
    last: reportJson(last),
  };
}

/** What a replay is of. */
export interface ReplayHead {
  readonly name: string;
  readonly source: string | undefined;
  /** The VM before the first event. */
  readonly basis: Basis;
}

function headOf(what: string, { name, source, basis }: ReplayHead): Record<string, JsonValue | undefined> {
  return { ...headJson(what, basis), scenario: name, source };
}

/**
 * Lines of the JSON object `eptsweep/replay@2`.
 *
 * @param steps - taken one by one
 * @param summary - asked for once the steps are through
 */
export function replayJsonLines(
  head: ReplayHead,
  steps: Iterable<ReplayStep>,
  summary: () => ReplaySummary,
): Iterable<string> {
  return jsonLines({
    head: headOf('replay', head),
    list: 'steps',
    columns: STEP_COLUMNS,
    rows: mapped(steps),
    tail: () => ({ summary: summaryJson(summary()) }),
  });
}

/** The JSON object `eptsweep/replay-designs@2`: a summary for each design. */
export function* designsJsonLines(
  head: ReplayHead,
  summaries: readonly ReplaySummary[],
): Generator<string, void, undefined> {
  yield JSON.stringify({ ...headOf('replay-designs', head), designs: summaries.map(summaryJson) });
}

/** A line that says what of, and one with each design's summary. */
export function* designsNdjsonLines(
  head: ReplayHead,
  summaries: readonly ReplaySummary[],
): Generator<string, void, undefined> {
  yield JSON.stringify(headOf('replay-lines', head));
  for (const summary of summaries) yield JSON.stringify({ summary: summaryJson(summary) });
}

function* mapped(steps: Iterable<ReplayStep>): Generator<Record<string, JsonValue>> {
  for (const step of steps) yield stepJson(step);
}

/** A line that says what of, one a step, and one with the summary. */
export function* replayNdjsonLines(
  head: ReplayHead,
  steps: Iterable<ReplayStep>,
  summary: () => ReplaySummary,
): Generator<string, void, undefined> {
  yield JSON.stringify(headOf('replay-lines', head));
  for (const step of steps) yield JSON.stringify(stepJson(step));
  yield JSON.stringify({ summary: summaryJson(summary()) });
}
