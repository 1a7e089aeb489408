/** A fuzzer's report in words. */
import type { Disagreement, Finding, FuzzReport, RuleCount } from '../../fuzz/index.ts';
import { countText, hexText } from '../../words.ts';

/** How many rules that were never reached are named. */
const MISSED_SHOWN = 16;

/** What was asked when two sides disagreed: `ept`, `totals of leaf`, `wrmsr`. */
export function questionText({ question }: Disagreement): string {
  if (!('want' in question)) return question.what;
  return question.what === 'spans' ? question.want : `${question.what} of ${question.want}`;
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '0' : ((100 * part) / whole).toFixed(2);
}

function placeText({ range: { start, end } }: Disagreement): string {
  if (start === end) return '';
  return end - start === 1 ? ` at GFN ${hexText(start)}` : ` in GFNs ${hexText(start)}-${hexText(end - 1)}`;
}

/** A disagreement in a line: `mtrr at GFN 0x100: reference UC, oracle WB`. */
export function disagreementText(disagreement: Disagreement): string {
  const { left, right } = disagreement;
  const question = `${questionText(disagreement)}${placeText(disagreement)}`;
  return `${question}: ${left.who} ${left.says}, ${right.who} ${right.says}`;
}

/** A finding in a line: `case 12 (holes): mtrr at GFN 0x100: reference UC, oracle WB`. */
export function findingText({ index, kind, disagreement }: Finding): string {
  return `case ${index} (${kind}): ${disagreementText(disagreement)}`;
}

function vmsText(count: number): string {
  return count === 1 ? '1 VM' : `${countText(count)} VMs`;
}

/** Rules that were never reached; few are named unless all are listed anyway. */
function missedText(missed: readonly RuleCount[], showsRules: boolean): string {
  const named = missed.slice(0, showsRules ? missed.length : MISSED_SHOWN).map(({ rule }) => rule);
  const rest = missed.length - named.length;
  return [...named, ...(rest > 0 ? [`and ${rest} more (--rules lists them)`] : [])].join('; ');
}

/** What a run compared, what it met, what it found. */
export function* fuzzReportLines(
  report: FuzzReport,
  engines: readonly string[],
  showsRules: boolean,
): Generator<string, void, undefined> {
  const { tally, external, rules } = report;
  const [first, ...others] = engines;
  const against = [...others, ...(external ? ['oracle'] : [])].join(', ');
  yield `seed ${report.seed}: ${vmsText(report.cases)}, ${first} against ${against}`;
  yield `kinds: ${report.kinds.map(({ kind, cases }) => `${kind} ${countText(cases)}`).join(', ')}`;
  yield `policies: ${report.policies.map(({ row, cases }) => `${row} ${countText(cases)}`).join(', ')}`;
  yield `refused by #GP: ${vmsText(report.refused)}`;
  yield `compared: ${countText(tally.pages)} pages in ${countText(tally.ranges)} ranges, ${countText(tally.spaces)} whole spaces, ${countText(tally.singles)} pages one by one`;
  yield `undefined: ${percent(tally.undefinedSingles, tally.singles)} % of the pages one by one, somewhere in ${percent(tally.undefinedRanges, tally.ranges)} % of the ranges`;
  yield `unsupported: ${countText(tally.unsupported)} questions that the policy has no answer to, ${countText(tally.givenUp)} given up`;
  if (external) {
    yield `oracle: ${countText(external.questions)} questions, ${countText(external.pages)} pages compared, ${countText(external.notComparable)} that it cannot answer, ${countText(external.failed)} without an answer`;
  }
  const missed = rules.filter(({ count }) => count === 0);
  yield `rules: ${rules.length - missed.length} of ${rules.length} reached on ${countText(report.explained)} sampled pages`;
  if (missed.length > 0) yield `never reached: ${missedText(missed, showsRules)}`;
  if (showsRules) for (const { rule, count } of rules) yield `  ${countText(count).padStart(9)}  ${rule}`;
  yield report.disagreeing === 0
    ? 'disagreements: none'
    : `disagreements: ${vmsText(report.disagreeing)}, ${report.findings.length} made small:`;
}
