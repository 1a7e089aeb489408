/** What a run came to, as data. */

import type { Agreement, Departure, GuestFinding, Suspect } from '../hold/finding.ts';
import type { Reached } from './reached.ts';

/** A departure that was made small. */
export interface SmallDeparture extends Departure {
  /** Events of the smallest guest that still departs. */
  readonly events: number;
  /** Boots that it took. */
  readonly boots: number;
  /** File of its scenario. */
  readonly file: string;
  /** What `explain` says of the page. */
  readonly explanation: readonly string[];
}

/** See the head of the file. */
export interface LabReport {
  readonly kernel: string;
  /** What the kernel says that it is. */
  readonly version: string;
  readonly policy: string;
  /** Row of the rules. */
  readonly row: string;
  /** Maker of the processor. */
  readonly processor: 'Intel' | 'AMD';
  readonly seed: number | undefined;
  readonly scenario: string | undefined;
  readonly guests: number;
  /** Of these, those that were compared to their end. */
  readonly whole: number;
  readonly seconds: number | undefined;
  readonly verdicts: Agreement;
  readonly leaves: Agreement;
  readonly steps: Agreement;
  readonly replacements: readonly string[];
  readonly departures: readonly Departure[];
  /** Steps behind a departure, which say nothing. */
  readonly stepsAfter: number;
  readonly smallest: SmallDeparture | undefined;
  /** What the steps that agree reached, and how often. */
  readonly reached: readonly Reached[];
  /** Rules of the model whose change explains departures, the best first. */
  readonly suspects: readonly Suspect[];
  /** What was left out, and why. */
  readonly left: readonly string[];
  /** Why the run broke off; undefined: it did not. */
  readonly broken: string | undefined;
}

function sum(findings: readonly GuestFinding[], of: 'verdicts' | 'leaves' | 'steps'): Agreement {
  return findings.reduce(
    (total, { [of]: one }) => ({
      compared: total.compared + one.compared,
      agreed: total.agreed + one.agreed,
    }),
    { compared: 0, agreed: 0 },
  );
}

/** What the findings of a run add up to. */
export function totals(findings: readonly GuestFinding[]) {
  return {
    whole: findings.filter(({ cut }) => cut === undefined).length,
    verdicts: sum(findings, 'verdicts'),
    leaves: sum(findings, 'leaves'),
    steps: sum(findings, 'steps'),
    replacements: findings.flatMap(({ replacements }) => replacements),
    departures: findings.flatMap(({ departure }) => departure ?? []),
    stepsAfter: findings.reduce((total, { stepsAfter }) => total + stepsAfter, 0),
  };
}
