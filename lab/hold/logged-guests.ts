/** What the logs of guests have in common, whatever they are held against. */
import type { LoggedGuest, SerialLog } from '../log/serial-log.ts';
import type { LabCase } from '../scenario/lab-case.ts';
import type { GuestFinding } from './finding.ts';

/** Why a guest's log ends early, or cannot be trusted; undefined: it is whole. */
export function brokenOff({ errors, lost, complete }: LoggedGuest): string | undefined {
  const [error] = errors;
  if (error) return `step ${error}`;
  if (lost > 0) return `the trace buffer overflowed: ${lost} lines are lost`;
  return complete ? undefined : 'the log breaks off';
}

/** Holds each guest that the log knows of. */
export function heldGuests(
  cases: readonly LabCase[],
  log: SerialLog,
  hold: (one: LabCase, logged: LoggedGuest) => GuestFinding,
): readonly GuestFinding[] {
  const named = new Map(cases.map((one) => [one.name, one]));
  return log.guests.flatMap((logged) => {
    const one = named.get(logged.name);
    return one ? [hold(one, logged)] : [];
  });
}
