/** Why a page has its type, in one lane: the program's explanation, and lanes that show what would change it. */
import {
  explainDocument,
  explainReport,
  explainReportLines,
  peerDocument,
  peerReport,
  peerReportLines,
} from '../../src/answer/index.ts';
import { type Evaluator, WB } from '../../src/index.ts';
import { restingOn } from '../../src/open/index.ts';
import type { OpenLane } from './machine.ts';
import type { Questions, Why } from './protocol.ts';
import { lanesOfChanges } from './would-change.ts';

/** Why a page has its type. */
export function whyOf(
  evaluator: Evaluator,
  open: OpenLane,
  { lane, gfn, pat = WB }: Questions['explain']['ask'],
): Why {
  const { opened: input, policy, index } = open;
  const { opened } = restingOn(input, [policy], ['effective', 'leaf']);
  const range = { start: gfn, end: gfn + 1 };
  const question = { policy, range, vcpu: index, pat, limit: 16, changes: true };
  if (policy.peer) {
    const report = peerReport(opened, evaluator, question);
    const document = peerDocument(report, opened, evaluator, question);
    return { document, lines: peerReportLines(report, question, false), lanes: [] };
  }
  const report = explainReport(opened, evaluator, question);
  const document = explainDocument(report, opened, evaluator, question);
  const lines = [...explainReportLines(report, opened, question, false)];
  return { document, lines, lanes: lanesOfChanges(document, lane, open) };
}
