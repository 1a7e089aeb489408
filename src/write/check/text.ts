/** Findings for people: a paragraph each, the worst first, and a line that counts them. */

import { type Finding, SEVERITIES, type Severity } from '../../check/index.ts';
import { addresses, countText, pagesText } from '../../words.ts';
import { styled } from '../format/ansi.ts';
import { type CheckReport, causeText } from './report.ts';

const COLOURS: Readonly<Record<Severity, 'red' | 'yellow' | 'cyan' | 'dim'>> = {
  HIGH: 'red',
  MEDIUM: 'yellow',
  LOW: 'cyan',
  INFO: 'dim',
};
/** Stretches and registers that a paragraph lists; JSON has more of them. */
const MOST_LISTED = 4;
const INDENT = ' '.repeat(8);

function* rangeLines({ ranges, rangeCount, pages, isCutShort }: Finding): Generator<string> {
  for (const range of ranges.slice(0, MOST_LISTED)) {
    yield `${addresses(range)}  ${pagesText(range.end - range.start)}`;
  }
  const rest = rangeCount - Math.min(ranges.length, MOST_LISTED);
  if (rest <= 0) return;
  const more = `${countText(rest)}${isCutShort ? ' or more' : ''} further`;
  yield `and ${more}; ${countText(pages)}${isCutShort ? ' or more' : ''} pages in all`;
}

function* paragraph(finding: Finding, colour: boolean): Generator<string> {
  const { severity, rule, message, remedy, causes } = finding;
  const mark = severity.padEnd(6);
  const painted = styled(COLOURS[severity], mark, colour);
  yield `${painted}  ${rule}: ${message}`;
  for (const [at, text] of [...rangeLines(finding)].entries()) {
    yield `${INDENT}${at === 0 ? 'where  ' : '       '}${text}`;
  }
  for (const [at, cause] of causes.slice(0, MOST_LISTED).entries()) {
    yield `${INDENT}${at === 0 ? 'cause  ' : '       '}${causeText(cause)}`;
  }
  if (causes.length > MOST_LISTED)
    yield `${INDENT}       and ${causes.length - MOST_LISTED} further registers`;
  yield `${INDENT}do     ${remedy}`;
}

/** How many findings of each severity, in a line. */
export function checkSummary({ findings, basis, isRamKnown }: CheckReport): string {
  const { name, maxphyaddr } = basis.vm;
  const cpus = basis.vcpus.length;
  const machine =
    cpus === 0 ? 'no registers shown' : `${maxphyaddr} address bits, ${cpus} CPU${cpus === 1 ? '' : 's'}`;
  const counts = SEVERITIES.map((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count > 0 ? `${count} ${severity}` : '';
  }).filter((text) => text !== '');
  const what = counts.length > 0 ? counts.join(', ') : 'nothing found';
  const ram = isRamKnown ? '' : '; nothing says what is RAM (--ram FILE)';
  return `${name}, ${machine}: ${what}${cpus === 0 ? '' : ram}`;
}

/** Lines for people. */
export function* checkLines(report: CheckReport, colour: boolean): Generator<string, void, undefined> {
  for (const finding of report.findings) {
    yield* paragraph(finding, colour);
    yield '';
  }
  yield checkSummary(report);
}
