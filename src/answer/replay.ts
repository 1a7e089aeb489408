/** `replay` of a scenario: its registers checked, its settings resolved, its head. */
import type { Scenario } from '../config/scenario/scenario.ts';
import type { Evaluator } from '../engine/index.ts';
import { openSafely } from '../open/open-view.ts';
import {
  type DesignRules,
  type ReplayEvent,
  type ReplayStep,
  type ReplaySummary,
  replay,
  replayAssumptions,
  replayDesigns,
  TraceFollower,
} from '../replay/index.ts';
import { vcpuGroups } from '../vm/index.ts';
import { basisOf } from '../write/json/basis.ts';
import type { ReplayHead } from '../write/replay/json.ts';

/** Scenarios up to this length are reported on after every event: the reports cost little there. */
const REPORT_EACH_UP_TO = 2000;

/** What is asked of a scenario. */
export interface ReplayQuestion {
  /** Events after which a report is made; default: what the scenario says, else each of a short one and the last. */
  readonly every?: number | undefined;
  /** Whether dirty logging splits large entries as it begins; default: what the scenario says. */
  readonly eagerSplit?: boolean | undefined;
  /** The scenario's events, in the hands of somebody who counts them; default: the scenario's own. */
  readonly events?: Iterable<ReplayEvent>;
}

/** The steps of a replay as an iterable, and its summary once they have been taken. */
export class ReplaySteps implements Iterable<ReplayStep> {
  /** Undefined until the last step has been taken. */
  summary: ReplaySummary | undefined;
  readonly #run: Generator<ReplayStep, ReplaySummary, undefined>;

  /** @param run - not begun yet */
  constructor(run: Generator<ReplayStep, ReplaySummary, undefined>) {
    this.#run = run;
  }

  /** Once: the steps are taken, not kept. */
  *[Symbol.iterator](): Generator<ReplayStep, void, undefined> {
    this.summary = yield* this.#run;
  }
}

/**
 * Opens every state of a scenario once, so that a refused register is reported before anything is replayed.
 *
 * @param scenario - as it begins
 * @param evaluator - opens the views, which are gone afterwards
 * @throws ConfigError or InputError
 * @example
 * const scenario = parseScenario(scenarioNamed('ovmf-boot').text);
 * const engine = createEvaluatorSync();
 * requireScenarioRegisters(scenario, engine); // undefined
 */
export function requireScenarioRegisters(scenario: Scenario, evaluator: Evaluator): void {
  const { vm, faultAt } = scenario;
  for (const { indexes } of vcpuGroups(vm)) {
    const opened = { vm, ...(faultAt && { faultAt }) };
    openSafely(opened, indexes[0]!, vm.policy, (vcpu) => evaluator.view(vcpu, vm.policy)).dispose();
  }
}

/**
 * What a replay is of, and what it takes on trust.
 *
 * @param scenario - what is replayed
 * @returns what writers of replays begin with
 * @example
 * const scenario = parseScenario(scenarioNamed('ovmf-boot').text);
 * replayHead(scenario).name; // 'ovmf-boot'
 */
export function replayHead(scenario: Scenario): ReplayHead {
  const { vm, name, source, assumptions } = scenario;
  const trusted = [...assumptions, ...replayAssumptions(vm.policy)];
  return { name, source, basis: basisOf(vm, vm.policy, { assumptions: trusted }) };
}

/**
 * Somebody who holds the trace of a running KVM against a scenario.
 *
 * @param scenario - what was done to the guest
 * @param evaluator - opens the views of the states that it comes to
 * @param question - what the scenario does not say, and its events in the hands of somebody who counts them
 * @returns takes the trace line by line
 * @example
 * const scenario = parseScenario(scenarioNamed('base-before-mask').text);
 * const engine = createEvaluatorSync();
 * followScenario(scenario, engine).finish().trouble.kind; // 'no-changes'
 */
export function followScenario(
  scenario: Scenario,
  evaluator: Evaluator,
  question: Pick<ReplayQuestion, 'eagerSplit' | 'events'> = {},
): TraceFollower {
  const { every: _, ...settings } = settingsOf(scenario, evaluator, question);
  return new TraceFollower(scenario.vm, question.events ?? scenario.events(), settings);
}

function settingsOf(scenario: Scenario, evaluator: Evaluator, question: ReplayQuestion) {
  const { onFault, slotZap, guestPages, start, count } = scenario;
  const every = question.every ?? scenario.every ?? (count <= REPORT_EACH_UP_TO ? 1 : 0);
  const eagerSplit = question.eagerSplit ?? scenario.eagerSplit;
  return { evaluator, every, onFault, slotZap, eagerSplit, guestPages, start };
}

/**
 * The steps of a scenario under one design.
 *
 * @param scenario - what is replayed
 * @param evaluator - opens the views of the states that it comes to
 * @param design - how vCPUs share the EPT
 * @param question - what is reported, where the scenario does not say
 * @returns the steps, taken as they are asked for
 * @example
 * const scenario = parseScenario(scenarioNamed('ovmf-boot').text);
 * const engine = createEvaluatorSync();
 * [...replaySteps(scenario, engine, designNamed('first-fault'))].length; // 1312
 */
export function replaySteps(
  scenario: Scenario,
  evaluator: Evaluator,
  design: DesignRules,
  question: ReplayQuestion = {},
): ReplaySteps {
  const settings = { ...settingsOf(scenario, evaluator, question), design };
  return new ReplaySteps(replay(scenario.vm, question.events ?? scenario.events(), settings));
}

/**
 * A scenario under several designs.
 *
 * @param scenario - what is replayed
 * @param evaluator - opens the views of the states that it comes to
 * @param designs - how vCPUs share the EPT
 * @param question - what is reported, where the scenario does not say
 * @returns what each comes to, in their order
 * @example
 * const scenario = parseScenario(scenarioNamed('ovmf-boot').text);
 * const engine = createEvaluatorSync();
 * replaySummaries(scenario, engine, [designNamed('first-fault')]).length; // 1
 */
export function replaySummaries(
  scenario: Scenario,
  evaluator: Evaluator,
  designs: readonly DesignRules[],
  question: ReplayQuestion = {},
): readonly ReplaySummary[] {
  const events = question.events ?? scenario.events();
  return replayDesigns(scenario.vm, events, designs, settingsOf(scenario, evaluator, question));
}

/**
 * Whether something is wrong at the end of a replay, or was on the way.
 *
 * @param summary - what the replay came to
 * @returns what its exit code says
 * @example
 * const scenario = parseScenario(scenarioNamed('ovmf-boot').text);
 * const engine = createEvaluatorSync();
 * isReplayFinding(replaySummaries(scenario, engine, [designNamed('first-fault')])[0]); // true
 */
export function isReplayFinding(summary: ReplaySummary): boolean {
  const { last, foreignAccesses, stoppedAt } = summary;
  return last.stale.pages > 0 || foreignAccesses > 0 || stoppedAt !== undefined;
}
