/** Mutants that change no behaviour, each with the reason: scripts/mutate/equivalent.json. */
import { readFileSync } from 'node:fs';
import type { Mutant } from './operators.ts';
import { linesOf } from './report.ts';

/** What tells an entry's mutants from all others, wherever in the file they stand. */
export interface Equivalent {
  readonly file: string;
  readonly operator: string;
  /** The lines that change, without what stands before and behind them. */
  readonly before: string;
  readonly after: string;
  readonly reason: string;
}

export const EQUIVALENT = JSON.parse(
  readFileSync(new URL('equivalent.json', import.meta.url), 'utf8'),
) as readonly Equivalent[];

/** Whether an entry is about a mutant. */
export function isAbout(entry: Equivalent, mutant: Mutant, whole: string): boolean {
  if (entry.file !== mutant.file || entry.operator !== mutant.operator) return false;
  const { before, after } = linesOf(whole, mutant);
  return entry.before === before.trim() && entry.after === after.trim();
}

/** Why a mutant is equivalent, where the list says so. */
export const reasonFor = (mutant: Mutant, whole: string): string | undefined =>
  EQUIVALENT.find((entry) => isAbout(entry, mutant, whole))?.reason;
