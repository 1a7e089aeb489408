/** What ends a run of the lab early: one line for people, and how the program ends. */

/** Exit codes: agreement, a departure, no run possible, a run that broke off. */
export const EXIT = { agrees: 0, departs: 1, unable: 2, broken: 3 } as const;

/** Why there is no run, with the remedy behind it. */
export class LabError extends Error {
  override readonly name = 'LabError';
}
