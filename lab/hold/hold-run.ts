/** All guests of a run against the model, and which rule of it would explain what departs. */
import type { Evaluator } from '../../src/engine/index.ts';
import { InputError } from '../../src/errors.ts';
import { CUSTOM_FLAG_VALUES, type Policy, policyFromText } from '../../src/policy/index.ts';
import type { SerialLog } from '../log/serial-log.ts';
import type { LabCase } from '../scenario/lab-case.ts';
import type { GuestFinding, Suspect } from './finding.ts';
import { type HoldOptions, holdGuest } from './hold-guest.ts';
import { heldGuests } from './logged-guests.ts';

/** Holds each guest that the log knows of. */
export function holdRun(
  cases: readonly LabCase[],
  log: SerialLog,
  options: HoldOptions,
): readonly GuestFinding[] {
  return heldGuests(cases, log, (one, logged) => holdGuest(one, logged, options));
}

/** Flags by name, those that decide answers and those that say what becomes of entries. */
function flagOf(policy: Policy, flag: string): string | undefined {
  return { ...policy.flags, ...policy.zaps }[flag as keyof Policy['flags']];
}

/** A policy with another rule; undefined: nothing can be so. */
function changedPolicy(policy: Policy, rule: string): Policy | undefined {
  try {
    return policyFromText(`${policy.name}+${rule}`);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** The policies that differ from one in a single rule. */
function neighbours(policy: Policy): readonly (readonly [rule: string, policy: Policy])[] {
  return Object.entries(CUSTOM_FLAG_VALUES).flatMap(([flag, values]) =>
    values
      .filter((value) => value !== flagOf(policy, flag))
      .flatMap((value) => {
        // Without MTRRs there is nothing to check levels by.
        const rule = `${flag}=${value}${value === 'none' && flag === 'mtrr' ? '+levelCheck=none' : ''}`;
        const changed = changedPolicy(policy, rule);
        return changed ? [[rule, changed] as const] : [];
      }),
  );
}

function departing(findings: readonly GuestFinding[]): number {
  return findings.filter(({ departure }) => departure).length;
}

/** Most suspects that are named. */
const MOST = 3;

/**
 * Single rules whose change makes fewer guests depart.
 *
 * @returns the best alone if it explains all, else up to three
 */
export function suspectsOf(
  cases: readonly LabCase[],
  log: SerialLog,
  findings: readonly GuestFinding[],
  evaluator: Evaluator,
  policy: Policy,
): readonly Suspect[] {
  const before = departing(findings);
  if (before === 0) return [];
  const names = new Set(findings.filter(({ departure }) => departure).map(({ name }) => name));
  const some = cases.filter(({ name }) => names.has(name));
  const tried = neighbours(policy).map(([rule, changed]) => {
    // Those that depart first: most rules explain none of them.
    const left = departing(holdRun(some, log, { evaluator, policy: changed }));
    return left === before
      ? { rule, left }
      : { rule, left: departing(holdRun(cases, log, { evaluator, policy: changed })) };
  });
  const better = tried.filter(({ left }) => left < before).sort((a, b) => a.left - b.left);
  const whole = better.filter(({ left }) => left === 0);
  return whole.length > 0 ? whole : better.slice(0, MOST);
}
