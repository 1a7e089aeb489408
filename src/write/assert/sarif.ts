/** Verdicts as SARIF 2.1.0: what is broken at the line that gives the guilty register, the rule's line beside it. */
import type { Judged } from '../../assert/index.ts';
import { causeText } from '../check/report.ts';
import { sarifLog, uriOf } from '../format/sarif.ts';
import { type AssertedMachine, type AssertReport, breachText, causesOf, shareText } from './report.ts';

const LEVELS = { FAIL: 'error', WARN: 'warning', SKIP: 'note' } as const;

function isTold(judged: Judged): judged is Judged & { readonly verdict: keyof typeof LEVELS } {
  return judged.verdict !== 'PASS';
}

function place(file: string, line: number, column?: number) {
  return {
    physicalLocation: {
      artifactLocation: { uri: uriOf(file) },
      region: { startLine: line, ...(column !== undefined && { startColumn: column }) },
    },
  };
}

function resultOf(
  judged: Judged & { readonly verdict: keyof typeof LEVELS },
  machine: AssertedMachine,
  rules: readonly string[],
) {
  const { assertion, verdict, message, breaches, remedy } = judged;
  const causes = causesOf(judged);
  const at = causes.find((cause) => cause.at)?.at;
  const parts = [
    `${machine.name}: ${assertion.title}: ${message}`,
    shareText(judged) && `wrong: ${shareText(judged)}`,
    breaches.length > 0 && `where: ${breaches.slice(0, 4).map(breachText).join(', ')}`,
    causes.length > 0 && `cause: ${causes.slice(0, 4).map(causeText).join('; ')}`,
    remedy !== '' && `do: ${remedy}`,
    assertion.why,
  ];
  const { file, line, column } = assertion.at;
  return {
    ruleId: assertion.key,
    ruleIndex: rules.indexOf(assertion.key),
    kind: verdict === 'SKIP' ? 'notApplicable' : 'fail',
    level: verdict === 'SKIP' ? 'none' : LEVELS[verdict],
    message: { text: `${parts.filter(Boolean).join('. ')}.` },
    locations: [
      {
        ...place(at?.file ?? machine.file, at?.line ?? 1),
        logicalLocations: causes.slice(0, 8).map(({ register }) => ({ name: register, kind: 'variable' })),
      },
    ],
    relatedLocations: [{ id: 1, ...place(file, line, column), message: { text: 'the rule' } }],
    properties: { verdict, input: machine.name },
  };
}

/** Lines of a SARIF log with one run. */
export function assertSarifLines({ machines }: AssertReport): Iterable<string> {
  const judged = machines.flatMap((machine) => ('judged' in machine ? machine.judged : []));
  const titles = new Map(judged.map(({ assertion }) => [assertion.key, assertion.title]));
  const ids = [...titles.keys()];
  const unread = machines.flatMap((machine) => ('error' in machine ? [machine] : []));
  return sarifLog(
    ids.map((id) => ({ id, title: titles.get(id) })),
    {
      invocations: [
        {
          executionSuccessful: unread.length === 0,
          toolExecutionNotifications: unread.map(({ file, error }) => ({
            level: 'error',
            message: { text: error },
            locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(file) } } }],
          })),
        },
      ],
      results: machines.flatMap((machine) =>
        'judged' in machine ? machine.judged.filter(isTold).map((one) => resultOf(one, machine, ids)) : [],
      ),
    },
  );
}
