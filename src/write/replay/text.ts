/** A replay as tables for people: its timeline, what was zapped, what is installed, windows. */
import type { DesignRules, ReplayStep, ReplaySummary } from '../../replay/index.ts';
import { countText, eptText, levelText, pagesText, plural } from '../../words.ts';
import type { Column } from '../format/column.ts';
import { type TableOptions, tableLines } from '../format/table.ts';
import { recoveryLines } from './designs.ts';
import { headLines } from './head.ts';
import type { ReplayHead } from './json.ts';
import { entriesText, type TimelineRow, timelineColumns } from './words.ts';

/** What {@link replayLines} takes besides the replay. */
export interface ReplayTextOptions extends TableOptions {
  /** Most lines of the timeline, and most windows. */
  readonly limit: number;
  /** Frames of the guest's space. */
  readonly frames: number;
  readonly design: DesignRules;
}

/** Whether a step has anything to show. */
function isNotable(step: ReplayStep, before: ReplayStep | undefined): boolean {
  const { verdict, zap, touched, report, event, disagree } = step;
  if (verdict !== 'done' || event.kind === 'report') return true;
  // A zap of an empty range is worth a line: the register write was meant to have an effect.
  if (zap && (zap.lost.entries > 0 || zap.ranges.every(({ start, end }) => end <= start))) return true;
  if (touched && touched.installed + touched.replaced + touched.foreign > 0) return true;
  if ((step.split ?? 0) + (step.recovered ?? 0) > 0) return true;
  if (disagree !== (before?.disagree ?? 0)) return true;
  const [now, then] = [report, before?.report];
  return (
    now !== undefined &&
    (now.stale.pages !== (then?.stale.pages ?? 0) || now.foreign.pages !== (then?.foreign.pages ?? 0))
  );
}

function column<Row>(name: string, title: string, text: (row: Row) => string, right = false): Column<Row> {
  return { name, title, align: right ? 'right' : 'left', text, value: text };
}

const ZAP_COLUMNS: readonly Column<ReplaySummary['zaps'][number]>[] = [
  column('reason', 'zaps by', ({ reason }) => reason),
  column('count', 'zaps', ({ count }) => countText(count), true),
  column('empty', 'of nothing', ({ empty }) => (empty === 0 ? '-' : countText(empty)), true),
  column('entries', 'entries lost', ({ entries }) => countText(entries), true),
  column('pages', 'size', ({ pages }) => pagesText(pages), true),
];

const ENTRY_COLUMNS: readonly Column<ReplaySummary['last']['entries'][number]>[] = [
  column('type', 'installed', ({ type, ipat }) => eptText(type, ipat)),
  column('level', 'level', ({ level }) => levelText(level)),
  column('entries', 'entries', ({ entries }) => countText(entries), true),
  column('pages', 'size', ({ pages }) => pagesText(pages), true),
];

const WINDOW_COLUMNS: readonly Column<ReplaySummary['windows'][number]>[] = [
  column(
    'window',
    'window',
    ({ from, to }) => `after event ${from} ${to === undefined ? 'to the end' : `to ${to}`}`,
  ),
  column('events', 'events', ({ events }) => countText(events), true),
  column('peak', 'most', ({ peakPages }) => pagesText(peakPages), true),
  column('foreign', 'foreign accesses', ({ foreignAccesses }) => countText(foreignAccesses), true),
];

/** The notable steps, up to a limit; all steps are taken in any case. */
class Timeline implements Iterable<TimelineRow> {
  shown = 0;
  notable = 0;
  taken = 0;
  constructor(
    private readonly steps: Iterable<ReplayStep>,
    private readonly options: ReplayTextOptions,
  ) {}

  *[Symbol.iterator](): Generator<TimelineRow, void, undefined> {
    let before: ReplayStep | undefined;
    for (const step of this.steps) {
      this.taken += 1;
      if (isNotable(step, before)) {
        this.notable += 1;
        if (this.shown < this.options.limit) {
          this.shown += 1;
          yield { step, frames: this.options.frames };
        }
      }
      before = step;
    }
  }
}

function windowsLine({ windowTotals: totals, events }: ReplaySummary): string {
  if (totals.count === 0) return 'the vCPUs agree on every mapped page after every event';
  const share = `${countText(totals.events)} of ${countText(events)} events`;
  return `${plural(totals.count, 'window')} in which vCPUs disagree: after ${share}, on up to ${pagesText(totals.peakPages)}`;
}

function* endLines({ last, faults, stoppedAt, foreignAccesses }: ReplaySummary): Generator<string> {
  const { stale, foreign } = last;
  if (stoppedAt !== undefined) yield `stopped at event ${stoppedAt + 1}: the write was refused with #GP`;
  else if (faults > 0) yield `${countText(faults)} register writes refused with #GP`;
  yield stale.pages === 0
    ? 'stale: none'
    : `stale: ${entriesText(stale.entries)}, ${pagesText(stale.pages)}: a fault now would install another type`;
  yield foreign.pages === 0
    ? 'foreign: none'
    : `foreign: ${entriesText(foreign.entries)}, ${pagesText(foreign.pages)}: the state of some vCPU demands another type`;
  if (foreignAccesses > 0) yield `pages accessed through a foreign entry: ${countText(foreignAccesses)}`;
}

/**
 * Lines that tell a replay.
 *
 * @param steps - taken one by one while the lines are
 * @param summary - asked for once the steps are through
 */
export function* replayLines(
  head: ReplayHead,
  steps: Iterable<ReplayStep>,
  summary: () => ReplaySummary,
  options: ReplayTextOptions,
): Generator<string, void, undefined> {
  const { limit } = options;
  yield* headLines(head);
  const timeline = new Timeline(steps, options);
  yield* tableLines(timelineColumns(options.design), timeline, options);
  if (timeline.notable > timeline.shown) {
    yield `... ${countText(timeline.notable - timeline.shown)} more events with an effect; --limit lists more`;
  }
  const silent = timeline.taken - timeline.notable;
  if (silent > 0) yield `(${countText(silent)} events without effect are not listed)`;
  const result = summary();
  yield '';
  if (result.zaps.length > 0) {
    yield* tableLines(ZAP_COLUMNS, result.zaps, options);
    yield '';
  }
  if (result.last.entries.length > 0) {
    yield* tableLines(ENTRY_COLUMNS, result.last.entries, options);
    yield '';
  }
  yield* endLines(result);
  if (result.recovery) yield* recoveryLines(result.recovery);
  yield windowsLine(result);
  if (result.windows.length > 0) {
    yield '';
    yield* tableLines(WINDOW_COLUMNS, result.windows.slice(0, limit), options);
    const left = result.windows.length - limit;
    if (left > 0) yield `... ${countText(left)} more windows; --limit lists more`;
  }
}
