/** Findings as JUnit XML: a test case a rule, which fails where it found anything that counts. */
import type { Finding } from '../../check/index.ts';
import { addresses } from '../../words.ts';
import { type JunitCase, type JunitSuite, junitReportLines } from '../format/junit.ts';
import { type CheckReport, causeText } from './report.ts';

function detailOf({ ranges, rangeCount, causes, remedy }: Finding): string {
  const where = ranges.slice(0, 4).map(addresses).join(', ');
  const more = rangeCount > 4 ? ` and ${rangeCount - 4} further` : '';
  return [
    ...(where === '' ? [] : [`where: ${where}${more}`]),
    ...causes.slice(0, 4).map((cause) => `cause: ${causeText(cause)}`),
    `do: ${remedy}`,
  ].join('; ');
}

function caseOf(name: string, findings: readonly Finding[]): JunitCase {
  // One failure a case is what readers expect: the worst, the others in its text.
  const counting = findings.filter(({ severity }) => severity !== 'INFO');
  const notes = findings.filter(({ severity }) => severity === 'INFO');
  const [first] = counting;
  const lines = counting.map((one) => `${one.severity} ${one.message}; ${detailOf(one)}`);
  return {
    name,
    ...(first && {
      problem: { kind: 'failure' as const, type: first.severity, message: first.message, lines },
    }),
    out: notes.map((one) => `${one.message}; ${detailOf(one)}`),
  };
}

/**
 * The suite of one input.
 *
 * @param report - of `check`
 * @param name - of the suite
 * @returns a case for each rule, which fails where the rule found something
 */
export function junitSuite({ basis, rules, findings }: CheckReport, name = basis.vm.name): JunitSuite {
  const cases = rules.map(({ id }) =>
    caseOf(
      id,
      findings.filter(({ rule }) => rule === id),
    ),
  );
  return { name, cases };
}

/**
 * Lines of a JUnit report.
 *
 * @param suites - one for each input
 * @returns XML, without newlines at the lines' ends
 */
export function junitLines(suites: readonly JunitSuite[]): Iterable<string> {
  return junitReportLines('eptsweep check', suites);
}
