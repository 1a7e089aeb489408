/** Findings as JUnit XML: a test case a rule, which fails where it found anything that counts. */
import type { Finding } from '../../check/index.ts';
import { addresses } from '../../words.ts';
import { type JunitCase, junitReportLines } from '../format/junit.ts';
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

/** Lines of a JUnit report with one suite. */
export function junitLines({ basis, rules, findings }: CheckReport): Iterable<string> {
  const cases = rules.map(({ id }) =>
    caseOf(
      id,
      findings.filter(({ rule }) => rule === id),
    ),
  );
  return junitReportLines('eptsweep check', [{ name: basis.vm.name, cases }]);
}
