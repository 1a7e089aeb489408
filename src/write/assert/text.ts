/** Verdicts for people: a line a rule, in fwts's words; what broke, by whom, in which line, below it. */

import { type Judged, VERDICTS, type Verdict } from '../../assert/index.ts';
import { pagesText } from '../../words.ts';
import { causeText } from '../check/report.ts';
import { styled } from '../format/ansi.ts';
import {
  type AssertedMachine,
  type AssertReport,
  assertTotal,
  breachText,
  causesOf,
  countOf,
  cpusText,
  shareText,
} from './report.ts';

const COLOURS: Readonly<Record<Verdict, 'red' | 'yellow' | 'cyan' | 'green'>> = {
  FAIL: 'red',
  WARN: 'yellow',
  SKIP: 'cyan',
  PASS: 'green',
};
/** Stretches and registers that are listed; JSON has more of them. */
const MOST_LISTED = 4;
const INDENT = ' '.repeat(6);

function* listed(title: string, texts: readonly string[], isCutShort: boolean): Generator<string> {
  for (const [at, text] of texts.slice(0, MOST_LISTED).entries()) {
    yield `${INDENT}${(at === 0 ? title : '').padEnd(7)}${text}`;
  }
  const rest = texts.length - MOST_LISTED;
  if (rest > 0) yield `${INDENT}${' '.repeat(7)}and ${rest}${isCutShort ? ' or more' : ''} further`;
}

function headText(judged: Judged): string {
  const { assertion, verdict, message, pages } = judged;
  const share = verdict === 'PASS' ? (pages > 0n ? pagesText(pages) : '') : shareText(judged);
  const detail = [message, share].filter((text) => text !== '').join(', ');
  return `${assertion.title}${detail === '' ? '' : `: ${detail}`}`;
}

function* judgedLines(judged: Judged, colour: boolean): Generator<string> {
  const { assertion, verdict, breaches, isCutShort, notes, remedy, vcpus } = judged;
  const mark = styled(COLOURS[verdict], verdict, colour);
  yield `${mark}  ${headText(judged)}`;
  yield* listed('note', notes, false);
  if (verdict === 'PASS') return;
  yield* listed('where', breaches.map(breachText), isCutShort);
  yield* listed('cause', causesOf(judged).map(causeText), isCutShort);
  if (vcpus.length > 0) yield `${INDENT}cpus   ${cpusText(vcpus)}`;
  if (remedy !== '') yield `${INDENT}do     ${remedy}`;
  if (assertion.why !== undefined) yield `${INDENT}why    ${assertion.why}`;
  if (verdict !== 'SKIP') yield `${INDENT}rule   ${assertion.at.file}:${assertion.at.line}`;
}

function* machineLines(machine: AssertedMachine, colour: boolean): Generator<string> {
  if ('error' in machine) {
    yield `${machine.name}: not judged`;
    return;
  }
  const { name, maxphyaddr, cpus, judged } = machine;
  yield `${name}, ${maxphyaddr} address bits, ${cpus} CPU${cpus === 1 ? '' : 's'}`;
  for (const one of judged) yield* judgedLines(one, colour);
  const counts = VERDICTS.map((verdict) => [countOf(judged, verdict), verdict] as const);
  const words = counts.filter(([count]) => count > 0).map(([count, verdict]) => `${count} ${verdict}`);
  const isEmpty = countOf(judged, 'SKIP') === judged.length;
  yield `${words.join(', ')}${isEmpty ? ': nothing could be judged' : ''}`;
}

/** Lines for people. */
export function* assertLines(report: AssertReport, colour: boolean): Generator<string, void, undefined> {
  for (const [at, machine] of report.machines.entries()) {
    if (at > 0) yield '';
    yield* machineLines(machine, colour);
  }
  if (report.machines.length > 1) {
    yield '';
    yield assertTotal(report);
  }
}
