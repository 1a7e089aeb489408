/** Verdicts as JUnit XML: a suite an input, a case a rule; an input that cannot be read is an error. */
import type { Judged } from '../../assert/index.ts';
import { causeText } from '../check/report.ts';
import { type JunitCase, type JunitSuite, junitReportLines } from '../format/junit.ts';
import { type AssertedMachine, type AssertReport, breachText, causesOf, shareText } from './report.ts';

/** Stretches and registers that a case lists. */
const MOST_LISTED = 8;

function linesOf(judged: Judged): readonly string[] {
  const { assertion, breaches, isCutShort, remedy, notes } = judged;
  const share = shareText(judged);
  return [
    ...(share === '' ? [] : [`wrong: ${share}`]),
    ...breaches.slice(0, MOST_LISTED).map((breach) => `where: ${breachText(breach)}`),
    ...(breaches.length > MOST_LISTED || isCutShort ? ['where: and more'] : []),
    ...causesOf(judged)
      .slice(0, MOST_LISTED)
      .map((cause) => `cause: ${causeText(cause)}`),
    ...notes.map((note) => `note: ${note}`),
    ...(remedy === '' ? [] : [`do: ${remedy}`]),
    ...(assertion.why === undefined ? [] : [`why: ${assertion.why}`]),
    `rule: ${assertion.at.file}:${assertion.at.line}`,
  ];
}

function caseOf(judged: Judged): JunitCase {
  const { assertion, verdict, message, notes } = judged;
  const name = assertion.title;
  switch (verdict) {
    case 'PASS':
      return { name, out: [message, ...notes].filter((text) => text !== '') };
    case 'WARN':
      // Readers know no warnings: the case passes and says it.
      return { name, out: [`WARN: ${message}`, ...linesOf(judged)] };
    case 'SKIP':
      return { name, problem: { kind: 'skipped', type: verdict, message, lines: [] }, out: notes };
    default:
      return {
        name,
        problem: { kind: 'failure', type: verdict, message, lines: linesOf(judged) },
        out: [],
      };
  }
}

function suiteOf(machine: AssertedMachine): JunitSuite {
  const { name } = machine;
  if ('judged' in machine) return { name, cases: machine.judged.map(caseOf) };
  const problem = { kind: 'error', type: 'input', message: machine.error, lines: [] } as const;
  return { name, cases: [{ name: 'input can be read', problem, out: [] }] };
}

/** Lines of a JUnit report. */
export function assertJunitLines({ assertions, machines }: AssertReport): Iterable<string> {
  return junitReportLines(`eptsweep assert ${assertions}`, machines.map(suiteOf));
}
