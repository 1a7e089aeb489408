/** Findings as JSON, `eptsweep/check@2`. */
import type { Cause, Finding } from '../../check/index.ts';
import { documentLines } from '../format/json.ts';
import { headJson } from '../json/basis.ts';
import { exactJson, msrJson, policyJson, rangeJson } from '../json/vocabulary.ts';
import type { CheckReport } from './report.ts';

export type { CheckReport } from './report.ts';

/** A register that is to blame, as a JSON object. */
export function causeJson({ register, msr, value, at, set }: Cause) {
  return {
    register,
    ...msrJson({ msr, value }),
    ...(at && { file: at.file, line: at.line }),
    ...(set !== undefined && { set }),
  };
}

/** A finding as a JSON object. */
function findingJson(finding: Finding) {
  const { rule, severity, message, remedy, ranges, rangeCount, pages, isCutShort, causes, vcpus, restsOn } =
    finding;
  return {
    rule,
    severity,
    message,
    remedy,
    ranges: ranges.map((range) => rangeJson(range)),
    rangeCount,
    pages: exactJson(pages),
    ...(isCutShort && { truncated: true }),
    causes: causes.map(causeJson),
    ...(vcpus.length > 0 && { vcpus }),
    ...(restsOn && { restsOn }),
  };
}

/** A report as a JSON object. */
export function checkJson(report: CheckReport) {
  const { basis, kvm, isRamKnown, rules, findings } = report;
  return {
    ...headJson('check', basis),
    kvm: policyJson(kvm),
    ramKnown: isRamKnown,
    rules: rules.map(({ id }) => id),
    findings: findings.map(findingJson),
  };
}

/** Lines of one JSON object. */
export function checkJsonLines(report: CheckReport): Iterable<string> {
  return documentLines(checkJson(report));
}
