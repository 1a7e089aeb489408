/** What comes of holding a kernel against the model. */
import type { DepartureKind, FollowedStep } from '../../src/replay/index.ts';

/** What did not agree in a step: the verdict of a register write, or what became of entries. */
export type Question = 'verdict' | DepartureKind;

/** A step at which the kernel left the model. */
export interface Departure {
  readonly guest: string;
  /** From 1, as `eptsweep replay` counts events. */
  readonly step: number;
  /** The event, in words. */
  readonly event: string;
  readonly question: Question;
  /** What is wrong with what, in words. */
  readonly what: string;
  /** What the model says, and what the kernel did, in words. */
  readonly expected: string;
  readonly found: string;
  /** The first page that it is about, where there is one. */
  readonly gfn?: number;
}

/** A rule of the model whose change explains what a kernel did. */
export interface Suspect {
  /** FLAG=VALUE, as policies are written. */
  readonly rule: string;
  /** Guests that leave the model still. */
  readonly left: number;
}

/** How often something was compared, and agreed. */
export interface Agreement {
  compared: number;
  agreed: number;
}

/** What one guest came to. */
export interface GuestFinding {
  readonly name: string;
  readonly verdicts: Agreement;
  readonly leaves: Agreement;
  readonly steps: Agreement;
  /** Leaves that took the place of a table, with W and D as no first fault has them: listed apart. */
  readonly replacements: readonly string[];
  /** The first step at which it left the model, if any. */
  readonly departure: Departure | undefined;
  /** That step as it was followed; undefined: there is none, or another kernel's entries kept it from being judged. */
  readonly departing: FollowedStep | undefined;
  /** Steps behind it, which say nothing. */
  readonly stepsAfter: number;
  /** Why not all of it was compared; undefined: it was. */
  readonly cut: string | undefined;
}
