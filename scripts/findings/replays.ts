/** Ready scenarios run under designs, as the sections of docs/findings.md need them. */
import { parseScenario, type Scenario } from '../../src/config/scenario/scenario.ts';
import { scenarioNamed } from '../../src/config/scenarios/index.ts';
import { createEvaluatorSync } from '../../src/index.ts';
import { designNamed, type ReplayEvent, type ReplaySummary, replayDesigns } from '../../src/replay/index.ts';
import type { Design } from '../../src/share/index.ts';

const evaluator = createEvaluatorSync();

/** A ready scenario, by its name and parameters. */
export function scenarioOf(asked: string, vcpus?: number): Scenario {
  const found = scenarioNamed(asked, vcpus);
  if (!found) throw new Error(`no scenario ${asked}`);
  return parseScenario(found.text, { file: found.name, ...(vcpus !== undefined && { vcpus }) });
}

/** What a scenario comes to under designs, by design. */
export function summariesOf(
  scenario: Scenario,
  designs: readonly Design[],
  events: Iterable<ReplayEvent> = scenario.events(),
): ReadonlyMap<Design, ReplaySummary> {
  const { vm, start, slotZap, eagerSplit } = scenario;
  const rules = designs.map(designNamed);
  const summaries = replayDesigns(vm, events, rules, { evaluator, every: 1, start, slotZap, eagerSplit });
  return new Map(designs.map((design, index) => [design, summaries[index]!]));
}

/** Zaps by registers: MTRRs and CR0.CD. */
export function zapsOf({ zaps }: ReplaySummary): number {
  return zaps
    .filter(({ reason }) => reason === 'mtrr' || reason === 'cr0cd')
    .reduce((sum, { count }) => sum + count, 0);
}
