/** A trace held against a scenario as tables for people: its steps, the first departure, what was not judged. */
import type { FollowedStep } from '../../replay/index.ts';
import { addressText, countText, plural } from '../../words.ts';
import { type TableOptions, tableLines } from '../format/table.ts';
import { headLines } from './head.ts';
import type { FollowedReport } from './trace-report.ts';
import { departurePlace, departureText, isNotableStep, STEP_TABLE, sidesText } from './trace-words.ts';
import { eventText, zapText } from './words.ts';

/** What {@link followedLines} takes besides the report. */
export interface FollowedTextOptions extends TableOptions {
  /** Most steps, and most departures, that are listed. */
  readonly limit: number;
  /** Frames of the guest's space. */
  readonly frames: number;
}

const LABEL = 11;

function* labelled(label: string, lines: Iterable<string>): Generator<string> {
  let isFirst = true;
  for (const line of lines) {
    yield `${(isFirst ? label : '').padEnd(LABEL)} ${line}`.trimEnd();
    isFirst = false;
  }
}

function* departureLines(
  { step, event, replayed, line, departures }: FollowedStep,
  { source, why }: FollowedReport,
  { limit, frames }: FollowedTextOptions,
): Generator<string> {
  yield `step ${step} (${source.file}:${line}): ${eventText(event)}`;
  if (replayed.zap) yield `the model zaps ${zapText(replayed.zap, frames)}`;
  for (const one of departures.slice(0, Math.max(limit, 1))) {
    yield `${departurePlace(one)} ${departureText(one.kind)}`;
    yield `  ${sidesText(one)}`;
  }
  if (departures.length > limit)
    yield `... ${plural(departures.length - limit, 'more stretch', 'more stretches')}`;
  yield* why;
}

function* noteLines({ followed, source }: FollowedReport): Generator<string> {
  const { replacedTables, notExecutable } = followed;
  for (const { line, gfn, level } of replacedTables) {
    const size = level === 3 ? '1G' : '2M';
    yield `${source.file}:${line}: the ${size} entry at ${addressText(gfn)} took the place of a table: its W and D are no first fault's`;
  }
  if (notExecutable > 0)
    yield `${plural(notExecutable, 'large entry', 'large entries')} without X: nx_huge_pages of the host`;
}

/**
 * Lines that tell it.
 *
 * @param report - what came of it
 * @param options - how, and how much
 */
export function* followedLines(
  report: FollowedReport,
  options: FollowedTextOptions,
): Generator<string, void, undefined> {
  const { head, count, source, followed } = report;
  const { steps, departure, trouble, leaves } = followed;
  yield* headLines(head);
  yield `${source.file}: ${source.format}, ${plural(source.lines, 'line')}; ${countText(steps.length)} of ${plural(count, 'step')} judged`;
  yield '';
  const notable = steps.filter(isNotableStep);
  if (notable.length > 0) {
    // The last one is what it is about.
    const first = notable.slice(0, options.limit);
    const shown = departure && !first.includes(departure) ? [...first, departure] : first;
    yield* tableLines(STEP_TABLE, shown, options);
    if (notable.length > shown.length) {
      yield `... ${plural(notable.length - shown.length, 'more step')} with an effect; --limit lists more`;
    }
    yield '';
  }
  const notes = [...noteLines(report)];
  if (notes.length > 0) {
    yield* labelled('apart', notes);
    yield '';
  }
  if (departure) yield* labelled('departs', departureLines(departure, report, options));
  else {
    const bits = `${plural(leaves, 'leaf entry', 'leaf entries')} bit for bit, host frames aside`;
    yield trouble
      ? `agrees as far as it was judged: ${plural(steps.length, 'step')}, ${bits}`
      : `agrees: ${plural(steps.length, 'step')}, ${bits}`;
  }
}
