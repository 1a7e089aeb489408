/** `explain` under a peer's policy, of which types are known and nothing else. */
import type { Evaluator } from '../engine/index.ts';
import { explainPeer } from '../explain/index.ts';
import { knownRegisters } from '../open/known-registers.ts';
import { openView } from '../open/open-view.ts';
import type { OpenedConfig } from '../open/opened-config.ts';
import { idsText } from '../words.ts';
import { explainJson } from '../write/explain/json.ts';
import { peerJson, peerLines, type ToldPeer } from '../write/explain/peer.ts';
import type { JsonObject } from '../write/json/vocabulary.ts';
import { askedGroups, type ExplainQuestion, explainedBasis, MOST_STATES } from './explain.ts';

/** What is told, and whether there is more. */
export interface PeerReport {
  readonly told: readonly ToldPeer[];
  readonly moreSpans: boolean;
}

/**
 * Tells each stretch of one type, for each state of the vCPUs that are asked for.
 *
 * @param opened - of what
 * @param evaluator - opens the views, which are gone afterwards
 * @param question - which pages, of which vCPUs, under which peer's rules
 * @returns each stretch with the peer's reasons
 * @throws ConfigError or InputError where a register write is refused
 * @example
 * const opened = await presetOrConfig('ovmf-q35');
 * const engine = createEvaluatorSync();
 * const range = { start: 0xa0, end: 0xa1 };
 * const question = { policy: policy('peer-hyperdbg'), range, vcpu: 0, pat: 6, limit: 1, changes: false };
 * peerReport(opened, engine, question).moreSpans; // false
 */
export function peerReport(
  opened: OpenedConfig,
  evaluator: Evaluator,
  question: ExplainQuestion,
): PeerReport {
  const { policy, range, limit } = question;
  const { vm } = opened;
  const groups = askedGroups(vm, question);
  const told: ToldPeer[] = [];
  let moreSpans = groups.length > MOST_STATES;
  for (const { indexes } of groups.slice(0, MOST_STATES)) {
    const view = openView(evaluator, opened, indexes[0]!, policy);
    const vcpus = indexes.map((index) => vm.vcpus[index]!.id);
    const subject = vm.vcpus.length === 1 ? vm.name : `${vm.name} vCPU ${idsText(vcpus)}`;
    const known = knownRegisters(opened, vcpus[0]!);
    let count = 0;
    for (const { start, end } of view.spansOf(policy.flags.ept === 'xen' ? 'ept' : 'mtrr', { range })) {
      if (count === limit) {
        moreSpans = true;
        break;
      }
      count += 1;
      const story = explainPeer(view, start);
      told.push({ story, policy, span: { start, end }, subject, vcpus, known });
    }
    view.dispose();
  }
  return { told, moreSpans };
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
 * const question = { policy: policy('peer-hyperdbg'), range, vcpu: 0, pat: 6, limit: 1, changes: false };
 * peerDocument(peerReport(opened, engine, question), opened, engine, question).engine; // 'auto'
 */
export function peerDocument(
  report: PeerReport,
  opened: OpenedConfig,
  evaluator: Evaluator,
  question: ExplainQuestion,
): JsonObject {
  const { told, moreSpans } = report;
  return explainJson({
    basis: explainedBasis(
      opened,
      question.policy,
      told.map(({ vcpus }) => vcpus),
    ),
    engine: evaluator.engine,
    pat: undefined,
    explanations: told.map(peerJson),
    moreSpans,
    statesLeft: 0,
  });
}

/**
 * A report for people.
 *
 * @param report - what was told
 * @param question - what was asked
 * @param colour - whether to use terminal colours
 * @returns lines without their ends
 * @example
 * const opened = await presetOrConfig('ovmf-q35');
 * const engine = createEvaluatorSync();
 * const range = { start: 0xa0, end: 0xa1 };
 * const question = { policy: policy('peer-hyperdbg'), range, vcpu: 0, pat: 6, limit: 1, changes: false };
 * peerReportLines(peerReport(opened, engine, question), question, false).length > 0; // true
 */
export function peerReportLines(
  report: PeerReport,
  question: ExplainQuestion,
  colour: boolean,
): readonly string[] {
  const { told, moreSpans } = report;
  const lines = told.flatMap((one, index) => [...(index > 0 ? [''] : []), ...peerLines(one, colour)]);
  if (moreSpans)
    lines.push('', `... there are more stretches; --limit ${question.limit * 4} tells more of them`);
  return lines;
}
