/** What comes of holding a kernel against the model. */

/** What did not agree in a step. */
export type Question = 'verdict' | 'installs' | 'leaf' | 'zap' | 'split' | 'mapped';

/** A step at which the kernel left the model. */
export interface Departure {
  readonly guest: string;
  /** From 1, as `eptsweep replay` counts events. */
  readonly step: number;
  readonly question: Question;
  /** What the model says, and what the kernel did, in words. */
  readonly expected: string;
  readonly found: string;
  /** The page that it is about, where there is one. */
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

/** A leaf and the request that it answers, for the project's own vectors. */
export interface LeafAnswer {
  readonly guest: string;
  readonly step: number;
  readonly vcpu: number;
  readonly gfn: number;
  readonly level: number;
  readonly entry: bigint;
}

/** A register write that was judged as the model judges it. */
export interface VerdictAnswer {
  readonly guest: string;
  readonly step: number;
  readonly msr: number;
  readonly value: bigint;
  readonly refused: boolean;
}

/** What one guest came to. */
export interface GuestFinding {
  readonly name: string;
  readonly verdicts: Agreement;
  readonly leaves: Agreement;
  readonly steps: Agreement;
  /** Leaves that took the place of a table which could be written through: no first faults, listed apart. */
  readonly replacements: readonly string[];
  /** The first step at which it left the model, if any. */
  readonly departure: Departure | undefined;
  /** Steps behind it, which say nothing. */
  readonly stepsAfter: number;
  /** Why not all of it was compared; undefined: it was. */
  readonly cut: string | undefined;
}
