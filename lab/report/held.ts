/** A run held against the model: what agrees, what it reached, and what of it becomes golden answers. */
import type { Evaluator } from '../../src/engine/index.ts';
import type { Policy } from '../../src/policy/index.ts';
import type { GuestFinding } from '../hold/finding.ts';
import { holdNptRun } from '../hold/hold-npt.ts';
import { holdRun } from '../hold/hold-run.ts';
import type { SerialLog } from '../log/serial-log.ts';
import type { Abilities, LabCase } from '../scenario/lab-case.ts';
import { NptKinds, type Reached, ReachedKinds } from './reached.ts';
import { VectorWriter } from './vectors.ts';

/** What is held against what. */
export interface HeldJob {
  readonly cases: readonly LabCase[];
  readonly log: SerialLog;
  readonly evaluator: Evaluator;
  /** That the kernel is held against. */
  readonly model: Policy;
  /** The kernel's own rules. */
  readonly kernel: Policy;
  /** What the kernel says that it is. */
  readonly version: string;
  readonly abilities: Abilities;
}

/** See the head of the file. */
export interface Held {
  readonly findings: readonly GuestFinding[];
  readonly reached: readonly Reached[];
  /** Golden answers, a line each. */
  readonly vectors: string;
}

/** On an Intel processor. */
export function held({ cases, log, evaluator, model, kernel, version, abilities }: HeldJob): Held {
  const vectors = new VectorWriter(kernel, version, evaluator);
  const kinds = new ReachedKinds(kernel, abilities);
  const findings = holdRun(cases, log, {
    evaluator,
    policy: model,
    onStep: (one, step, slots) => {
      vectors.step(one, step, slots);
      kinds.step(one, step, slots);
    },
  });
  return { findings, reached: kinds.all, vectors: vectors.text() };
}

/** On an AMD processor, whose leaves are no golden answers: a request has no slots with dirty logging. */
export function heldOnAmd({ cases, log, evaluator, model, abilities }: HeldJob): Held {
  const kinds = new NptKinds(abilities);
  const findings = holdNptRun(cases, log, {
    evaluator,
    policy: model,
    onLeaf: (one, slot, { level }) => kinds.leaf(one, slot, level),
  });
  return { findings, reached: kinds.all, vectors: '' };
}
