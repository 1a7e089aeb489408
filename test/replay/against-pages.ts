/** Runs a scenario in intervals and page by page, and compares after every event. */
import type { Evaluator } from '../../src/engine/index.ts';
import { type DesignRules, type ReplayStep, type ReplaySummary, replay } from '../../src/replay/index.ts';
import { PageReplay } from './by-pages.ts';
import type { PageReport } from './page-report.ts';
import type { RandomScenario } from './random-scenario.ts';

function asPages(step: ReplayStep, { zap: rule }: DesignRules): PageReport {
  const { verdict, zap, touched, report, split, recovered, recovery } = step;
  const { entries, stale, foreign, disagree, roots, tables } = report!;
  return {
    verdict,
    // As `PageReplay` has it: it does not see that types change where nothing is mapped.
    lostEntries: rule === 'fine' && zap?.lost.entries === 0 ? undefined : zap?.lost.entries,
    installed: touched?.installed ?? 0,
    replaced: touched?.replaced ?? 0,
    foreignTouched: touched?.foreign ?? 0,
    resized: split ?? recovered ?? 0,
    entries: entries.map((one) => `${one.level} ${one.type} ${one.ipat}: ${one.entries} ${one.pages}`).sort(),
    stale: { ...stale },
    foreign: { entries: foreign.entries, pages: foreign.pages, vcpuPages: foreign.vcpuPages },
    disagree,
    roots,
    tables,
    recovery,
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
  scenario: RandomScenario,
  pages: number,
  engine: Evaluator,
): {
  difference: ReplayDifference | undefined;
  summary: ReplaySummary | undefined;
  disagree: readonly number[];
  /** Installed again, by the second replay. */
  refaults: { readonly entries: number; readonly pages: number };
  /** What the second replay's steps add up to. */
  sums: {
    readonly installed: number;
    readonly replaced: number;
    readonly foreignAccesses: number;
    readonly faults: number;
  };
} {
  const { events, vm, ...options } = scenario;
  const byPages = new PageReplay(scenario, pages);
  const { refaults } = byPages;
  const steps = replay(vm, events, { evaluator: engine, ...options, every: 1 });
  const disagree: number[] = [];
  const sums = { installed: 0, replaced: 0, foreignAccesses: 0, faults: 0 };
  for (let next = steps.next(); ; next = steps.next()) {
    if (next.done) return { difference: undefined, summary: next.value, disagree, refaults, sums };
    const expected = byPages.apply(next.value.event);
    const got = asPages(next.value, scenario.design);
    disagree.push(expected.disagree);
    sums.installed += expected.installed;
    sums.replaced += expected.replaced;
    sums.foreignAccesses += expected.foreignTouched;
    if (expected.verdict === '#GP') sums.faults += 1;
    if (JSON.stringify(got) === JSON.stringify(expected)) continue;
    steps.return(undefined as never);
    return {
      difference: { event: next.value.index, intervals: got, pages: expected },
      summary: undefined,
      disagree,
      refaults,
      sums,
    };
  }
}
