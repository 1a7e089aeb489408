/** Findings as JSON, `eptsweep/check@1`. */
import type { Cause, Finding } from '../../check/index.ts';
import type { CheckReport } from './report.ts';

export type { CheckReport } from './report.ts';

import { hexText } from '../../words.ts';

/** The address of a frame, or the last byte below it. */
export function address(gfn: number, below = 0n): string {
  return hexText((BigInt(gfn) << 12n) - below);
}

/** A register that is to blame, as a JSON object. */
export function causeJson({ register, msr, value, at }: Cause) {
  return {
    register,
    msr: hexText(msr),
    value: hexText(value),
    ...(at && { file: at.file, line: at.line }),
  };
}

/** A finding as a JSON object; addresses inclusive, as hex strings. */
function findingJson(finding: Finding) {
  const { rule, severity, message, remedy, ranges, rangeCount, pages, isCutShort, causes, vcpus } = finding;
  return {
    rule,
    severity,
    message,
    remedy,
    ranges: ranges.map(({ start, end }) => ({ first: address(start), last: address(end, 1n) })),
    rangeCount,
    pages: hexText(pages),
    ...(isCutShort && { truncated: true }),
    causes: causes.map(causeJson),
    ...(vcpus.length > 0 && { vcpus }),
  };
}

/** Lines of one JSON object. */
export function checkJsonLines(report: CheckReport): Iterable<string> {
  const { name, maxphyaddr, cpus, isRamKnown, assumptions, rules, findings } = report;
  const document = {
    schema: 'eptsweep/check@1',
    config: name,
    maxphyaddr,
    vcpus: cpus,
    ramKnown: isRamKnown,
    assumptions,
    rules: rules.map(({ id }) => id),
    findings: findings.map(findingJson),
  };
  return JSON.stringify(document, null, 2).split('\n');
}
