/** Runs a replay to its end, with a report after each event. */
import type { Evaluator } from '../../src/engine/index.ts';
import type { Vm } from '../../src/index.ts';
import { policyFromText } from '../../src/policy/index.ts';
import {
  type ReplayEvent,
  type ReplayOptions,
  type ReplayStep,
  type ReplaySummary,
  replay,
} from '../../src/replay/index.ts';

/** What came of it. */
export interface Ran {
  readonly steps: readonly ReplayStep[];
  readonly last: ReplayStep;
  readonly summary: ReplaySummary;
}

/** See the head of the file. */
export function ran(
  vm: Vm,
  events: readonly ReplayEvent[],
  release: string,
  evaluator: Evaluator,
  more: Partial<ReplayOptions> = {},
): Ran {
  const generator = replay(vm, events, { evaluator, policy: policyFromText(release), every: 1, ...more });
  const steps: ReplayStep[] = [];
  for (;;) {
    const next = generator.next();
    if (next.done) return { steps, last: steps.at(-1)!, summary: next.value };
    steps.push(next.value);
  }
}
