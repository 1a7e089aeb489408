/** `explain` of an opened machine: each stretch with one reason, told once for all vCPUs that share it. */
import type { Evaluator, View } from '../engine/index.ts';
import { type Explanation, explain, explainedStretches } from '../explain/index.ts';
import { byState } from '../open/chosen-vcpus.ts';
import { hostFacts } from '../open/host-facts.ts';
import { knownRegisters } from '../open/known-registers.ts';
import { openView } from '../open/open-view.ts';
import { isMachine, type OpenedConfig } from '../open/opened-config.ts';
import type { Policy } from '../policy/index.ts';
import type { GfnRange, PatType } from '../types.ts';
import { type VcpuGroup, type Vm, vcpuGroups, vcpuOf } from '../vm/index.ts';
import { idsText } from '../words.ts';
import { explainJson, explanationJson } from '../write/explain/json.ts';
import { explainLines } from '../write/explain/text.ts';
import { type Basis, basisOf } from '../write/json/basis.ts';
import type { JsonObject } from '../write/json/vocabulary.ts';

/** What is asked. */
export interface ExplainQuestion {
  readonly policy: Policy;
  readonly range: GfnRange;
  /** Position of a vCPU, positions of several, or all. */
  readonly vcpu: number | readonly number[] | 'all';
  readonly pat: PatType;
  /** Stretches that are told, at most, of each state. */
  readonly limit: number;
  /** Whether to compute what would change the answer. */
  readonly changes: boolean;
  /** Whether the machine's own Linux is told; default: of a dump under the manual's rules. */
  readonly linux?: boolean | undefined;
}

/** A stretch with its explanation, and the vCPUs that share it. */
export interface Told {
  readonly span: GfnRange;
  readonly explanation: Explanation;
  /** Ids. */
  ids: readonly number[];
}

/** What is told, and what was left out. */
export interface ExplainReport {
  readonly told: readonly Told[];
  /** There are more stretches than the limit. */
  readonly moreSpans: boolean;
  /** States of vCPUs that were not looked at. */
  readonly statesLeft: number;
}

/** States of vCPUs that are told; those behind them are counted. */
export const MOST_STATES = 16;

function idsOf(vm: Vm, group: VcpuGroup): readonly number[] {
  return group.indexes.map((index) => vm.vcpus[index]!.id);
}

/** Explains the stretches of a range for one group of vCPUs. */
function toldFor(view: View, opened: OpenedConfig, group: VcpuGroup, question: ExplainQuestion) {
  const { vm } = opened;
  const others = vcpuGroups(vm).filter((other) => other.state !== group.state);
  const siblings = others.map((other) => ({ ids: idsOf(vm, other), vcpu: vcpuOf(vm, other.indexes[0]!) }));
  const told: Told[] = [];
  let moreSpans = false;
  for (const span of explainedStretches(view, question.range)) {
    if (told.length === question.limit) {
      moreSpans = true;
      break;
    }
    const { pat, changes, linux = isMachine(opened, view.policy) } = question;
    const explanation = explain(view, span.start, { pat, changes, siblings, hostLinux: linux });
    told.push({ span, explanation, ids: idsOf(vm, group) });
  }
  return { told, moreSpans };
}

/** The vCPUs that are asked about, by state. */
export function askedGroups(vm: Vm, { vcpu }: Pick<ExplainQuestion, 'vcpu'>): readonly VcpuGroup[] {
  return vcpu === 'all' ? vcpuGroups(vm) : byState(vm, typeof vcpu === 'number' ? [vcpu] : vcpu);
}

/** Two vCPUs share an explanation if it reads the same for both. */
function keyOf({ span, explanation }: Told): string {
  return JSON.stringify(explanationJson(explanation, span, []));
}

function merged(told: readonly Told[]): readonly Told[] {
  const byKey = new Map<string, Told>();
  for (const one of told) {
    const key = keyOf(one);
    const known = byKey.get(key);
    if (known) known.ids = [...known.ids, ...one.ids];
    else byKey.set(key, one);
  }
  return [...byKey.values()].sort((a, b) => a.span.start - b.span.start);
}

/**
 * Tells why the pages of a range get their types.
 *
 * @param opened - with the evidence that answers of the policy rest on (`restingOn`)
 * @param evaluator - opens the views, which are gone afterwards
 * @param question - which pages, of which vCPUs, under whose rules
 * @returns each stretch of one type, with why
 * @throws ConfigError or InputError where a register write is refused
 * @example
 * const opened = await presetOrConfig('ovmf-q35');
 * const engine = createEvaluatorSync();
 * const range = { start: 0xa0, end: 0xa1 };
 * const question = { policy: policy('sdm'), range, vcpu: 0, pat: 6, limit: 1, changes: false };
 * explainReport(opened, engine, question).told[0].ids; // [0]
 */
export function explainReport(
  opened: OpenedConfig,
  evaluator: Evaluator,
  question: ExplainQuestion,
): ExplainReport {
  const { vm } = opened;
  const groups = askedGroups(vm, question);
  const parts = groups.slice(0, MOST_STATES).map((group) => {
    const view = openView(evaluator, opened, group.indexes[0]!, question.policy);
    const part = toldFor(view, opened, group, question);
    view.dispose();
    return part;
  });
  const told = parts.flatMap((part) => part.told);
  return {
    told: merged(told),
    moreSpans: parts.some((part) => part.moreSpans),
    statesLeft: Math.max(0, groups.length - MOST_STATES),
  };
}

/** The vCPUs of all explanations, each once. */
export function explainedBasis(
  { vm, assumptions, evidence }: OpenedConfig,
  policy: Policy,
  ids: readonly (readonly number[])[],
): Basis {
  const vcpus = [...new Set(ids.flat())].sort((a, b) => a - b);
  return basisOf(vm, policy, { vcpus, assumptions, evidence, wants: ['effective', 'leaf'] });
}

/**
 * The document of a report.
 *
 * @param report - what was told
 * @param opened - of what
 * @param evaluator - who answered
 * @param question - what was asked
 * @returns `eptsweep/explain@2`
 * @example
 * const opened = await presetOrConfig('ovmf-q35');
 * const engine = createEvaluatorSync();
 * const range = { start: 0xa0, end: 0xa1 };
 * const question = { policy: policy('sdm'), range, vcpu: 0, pat: 6, limit: 1, changes: false };
 * explainDocument(explainReport(opened, engine, question), opened, engine, question).engine; // 'auto'
 */
export function explainDocument(
  report: ExplainReport,
  opened: OpenedConfig,
  evaluator: Evaluator,
  question: ExplainQuestion,
): JsonObject {
  const { told, moreSpans, statesLeft } = report;
  const { policy, pat } = question;
  return explainJson({
    host: hostFacts(opened),
    basis: explainedBasis(
      opened,
      policy,
      told.map(({ ids }) => ids),
    ),
    engine: evaluator.engine,
    pat,
    explanations: told.map(({ span, explanation, ids }) =>
      explanationJson(explanation, span, ids, knownRegisters(opened, ids[0]!)),
    ),
    moreSpans,
    statesLeft,
  });
}

/**
 * A report for people.
 *
 * @param report - what was told
 * @param opened - of what
 * @param question - what was asked
 * @param colour - whether to use terminal colours
 * @returns lines without their ends
 * @example
 * const opened = await presetOrConfig('ovmf-q35');
 * const engine = createEvaluatorSync();
 * const range = { start: 0xa0, end: 0xa1 };
 * const question = { policy: policy('sdm'), range, vcpu: 0, pat: 6, limit: 1, changes: false };
 * const report = explainReport(opened, engine, question);
 * [...explainReportLines(report, opened, question, false)][0].startsWith('GPA 0xa0000 (gfn 0xa0)'); // true
 */
export function* explainReportLines(
  report: ExplainReport,
  opened: OpenedConfig,
  question: ExplainQuestion,
  colour: boolean,
): Generator<string, void, undefined> {
  const { vm } = opened;
  for (const [index, { span, explanation, ids }] of report.told.entries()) {
    if (index > 0) yield '';
    const subject = vm.vcpus.length === 1 ? vm.name : `${vm.name} vCPU ${idsText(ids)}`;
    const known = knownRegisters(opened, ids[0]!);
    yield* explainLines(explanation, { span, subject, colour, host: hostFacts(opened), known });
  }
  if (report.moreSpans)
    yield `\n... there are more stretches; --limit ${question.limit * 4} tells more of them`;
  if (report.statesLeft > 0) yield `\n... ${report.statesLeft} further states of vCPUs were not looked at`;
}
