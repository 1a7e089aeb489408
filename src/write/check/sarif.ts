/** Findings as SARIF 2.1.0, which code hosts and CI systems show beside the file. */
import type { Finding, Severity } from '../../check/index.ts';
import { addresses } from '../../words.ts';
import { sarifLog, uriOf } from '../format/sarif.ts';
import { type CheckReport, causeText } from './report.ts';

const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  HIGH: 'error',
  MEDIUM: 'error',
  LOW: 'warning',
  INFO: 'note',
};

function locationsOf(finding: Finding, report: CheckReport) {
  const at = finding.causes.find((cause) => cause.at)?.at;
  return [
    {
      physicalLocation: {
        artifactLocation: { uri: uriOf(at?.file ?? report.file) },
        region: { startLine: at?.line ?? 1 },
      },
      logicalLocations: finding.causes
        .slice(0, 8)
        .map(({ register }) => ({ name: register, kind: 'variable' })),
    },
  ];
}

function resultOf(finding: Finding, report: CheckReport) {
  const { rule, severity, message, remedy, ranges, causes } = finding;
  const where = ranges.slice(0, 4).map(addresses).join(', ');
  const who = causes.slice(0, 4).map(causeText).join('; ');
  const parts = [message, where && `where: ${where}`, who && `cause: ${who}`, `do: ${remedy}`].filter(
    Boolean,
  );
  return {
    ruleId: rule,
    ruleIndex: report.rules.findIndex(({ id }) => id === rule),
    level: LEVELS[severity],
    message: { text: `${parts.join('. ')}.` },
    locations: locationsOf(finding, report),
    properties: { severity },
  };
}

/** Lines of a SARIF log with one run, over all inputs. */
export function sarifLines(reports: readonly CheckReport[]): Iterable<string> {
  const results = reports.flatMap((report) => report.findings.map((finding) => resultOf(finding, report)));
  return sarifLog(reports[0]?.rules ?? [], { results });
}
