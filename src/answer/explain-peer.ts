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
 * @throws ConfigError or InputError where a register write is refused
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

/** The document of a report, `eptsweep/explain@2`. */
export function peerDocument(
  { told, moreSpans }: PeerReport,
  opened: OpenedConfig,
  { engine }: Evaluator,
  { policy }: ExplainQuestion,
): JsonObject {
  return explainJson({
    basis: explainedBasis(
      opened,
      policy,
      told.map(({ vcpus }) => vcpus),
    ),
    engine,
    pat: undefined,
    explanations: told.map(peerJson),
    moreSpans,
    statesLeft: 0,
  });
}

/** The same for people. */
export function peerReportLines(
  { told, moreSpans }: PeerReport,
  { limit }: ExplainQuestion,
  colour: boolean,
): readonly string[] {
  const lines = told.flatMap((one, index) => [...(index > 0 ? [''] : []), ...peerLines(one, colour)]);
  if (moreSpans) lines.push('', `... there are more stretches; --limit ${limit * 4} tells more of them`);
  return lines;
}
