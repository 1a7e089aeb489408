/** Runs a scenario in intervals and page by page, and compares after every event. */
import type { Evaluator } from '../../src/engine/index.ts';
import { type ReplayStep, type ReplaySummary, replay } from '../../src/replay/index.ts';
import { PageReplay } from './by-pages.ts';
import type { PageReport } from './page-report.ts';
import type { RandomScenario } from './random-scenario.ts';

function asPages({ verdict, zap, touched, report }: ReplayStep): PageReport {
  const { entries, stale, foreign, disagree } = report!;
  return {
    verdict,
    lostEntries: zap?.lost.entries,
    installed: touched?.installed ?? 0,
    replaced: touched?.replaced ?? 0,
    foreignTouched: touched?.foreign ?? 0,
    entries: entries.map((one) => `${one.level} ${one.type} ${one.ipat}: ${one.entries} ${one.pages}`).sort(),
    stale: { ...stale },
    foreign: { entries: foreign.entries, pages: foreign.pages, vcpuPages: foreign.vcpuPages },
    disagree,
  };
}

/** The first difference, or undefined. */
export interface ReplayDifference {
  readonly event: number;
  readonly intervals: PageReport;
  readonly pages: PageReport;
}

/** Compares until the first difference; the summary is there where there is none. */
export function againstPages(
  { vm, policy, slotZap, events }: RandomScenario,
  pages: number,
  engine: Evaluator,
): {
  difference: ReplayDifference | undefined;
  summary: ReplaySummary | undefined;
  disagree: readonly number[];
} {
  const byPages = new PageReplay(vm, policy, pages, slotZap);
  const steps = replay(vm, events, { evaluator: engine, policy, slotZap, every: 1 });
  const disagree: number[] = [];
  for (let next = steps.next(); ; next = steps.next()) {
    if (next.done) return { difference: undefined, summary: next.value, disagree };
    const expected = byPages.apply(next.value.event);
    const got = asPages(next.value);
    disagree.push(expected.disagree);
    if (JSON.stringify(got) === JSON.stringify(expected)) continue;
    steps.return(undefined as never);
    return {
      difference: { event: next.value.index, intervals: got, pages: expected },
      summary: undefined,
      disagree,
    };
  }
}
