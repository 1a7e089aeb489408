/** Verdicts as a table for a pull request or a job summary, an input after the other. */
import { type Judged, VERDICTS } from '../../assert/index.ts';
import { causeText } from '../check/report.ts';
import type { Column } from '../format/column.ts';
import { markdownTable, markdownText } from '../format/markdown.ts';
import {
  type AssertedMachine,
  type AssertReport,
  assertTotal,
  breachText,
  causesOf,
  countOf,
  shareText,
} from './report.ts';

/** Stretches and registers that a cell lists. */
const MOST_LISTED = 4;

function cell(lines: readonly string[]): string {
  const rest = lines.length - MOST_LISTED;
  return [...lines.slice(0, MOST_LISTED), ...(rest > 0 ? [`and ${rest} more`] : [])].join('\n');
}

function column(title: string, text: (judged: Judged) => string): Column<Judged> {
  return { name: title, title, text, value: text };
}

const isBroken = ({ verdict }: Judged) => verdict === 'FAIL' || verdict === 'WARN';

const COLUMNS: readonly Column<Judged>[] = [
  column('verdict', ({ verdict }) => verdict),
  column('rule', ({ assertion }) => assertion.title),
  column('what', (judged) => [judged.message, shareText(judged)].filter((text) => text !== '').join(', ')),
  column('where', (judged) => (isBroken(judged) ? cell(judged.breaches.map(breachText)) : '')),
  column('cause', (judged) => (isBroken(judged) ? cell(causesOf(judged).map(causeText)) : '')),
];

function* machineLines(machine: AssertedMachine): Generator<string> {
  if ('error' in machine) {
    yield `**${markdownText(`${machine.name}: not judged`)}**`;
    yield '';
    yield markdownText(machine.error);
    return;
  }
  const { name, judged } = machine;
  const counts = VERDICTS.map((verdict) => [countOf(judged, verdict), verdict] as const);
  const words = counts.filter(([count]) => count > 0).map(([count, verdict]) => `${count} ${verdict}`);
  yield `**${markdownText(`${name}: ${words.join(', ')}`)}**`;
  const told = judged.filter(({ verdict }) => verdict !== 'PASS');
  if (told.length === 0) return;
  yield '';
  yield* markdownTable(COLUMNS, told);
}

/** Lines of Markdown: what did not pass, of each input, and how many inputs bear the rules out. */
export function* assertMarkdownLines(report: AssertReport): Generator<string, void, undefined> {
  for (const machine of report.machines) {
    yield* machineLines(machine);
    yield '';
  }
  yield markdownText(assertTotal(report));
}
