/** `check` of an opened machine: the report that every format of it is written from. */
import { check, RULES, type RuleId, type Severity, USUAL_KVM } from '../check/index.ts';
import type { Evaluator } from '../engine/index.ts';
import { checkInput } from '../open/check-input.ts';
import { openRegisters } from '../open/open-view.ts';
import type { OpenedConfig } from '../open/opened-config.ts';
import { type Policy, policy as policyNamed } from '../policy/index.ts';
import type { CheckReport } from '../write/check/report.ts';
import { basisOf } from '../write/json/basis.ts';

/** What is asked. */
export interface CheckQuestion {
  /** The input as the user named it. */
  readonly file: string;
  /** Default: all. */
  readonly rules?: ReadonlySet<RuleId> | undefined;
  /** Default: INFO, which is all. */
  readonly minSeverity?: Severity | undefined;
  /** The KVM release that the layout is held against; default: the usual one of `check`. */
  readonly policy?: Policy | undefined;
}

/**
 * Checks an opened machine.
 *
 * @param opened - opened `forComplaints`, where a log without registers is to be checked too
 * @param evaluator - opens the views
 * @param question - whose rules, and what the report is of
 * @returns findings with what they rest on
 * @throws ConfigError or InputError where a register write is refused
 * @example
 * const report = checkReport(await presetOrConfig('precision-t3600'), createEvaluatorSync(), { file: 'precision-t3600' });
 * report.findings.length > 0; // true
 */
export function checkReport(
  opened: OpenedConfig,
  evaluator: Evaluator,
  question: CheckQuestion,
): CheckReport {
  const { file, policy, minSeverity = 'INFO' } = question;
  const rules = question.rules ?? new Set(RULES.map(({ id }) => id));
  const input = checkInput(opened);
  const findings = check(input, evaluator, (index) => openRegisters(evaluator, opened, index), {
    rules,
    minSeverity,
    ...(policy && { policy }),
  });
  const { vm, assumptions, evidence, hasRegisters = true } = opened;
  return {
    basis: basisOf(vm, policyNamed('sdm'), {
      assumptions,
      evidence,
      ...(!hasRegisters && { vcpus: [] }),
    }),
    kvm: policy ?? policyNamed(USUAL_KVM),
    file,
    isRamKnown: input.memory.ram !== undefined,
    rules: RULES.filter(({ id }) => rules.has(id)),
    findings,
  };
}
