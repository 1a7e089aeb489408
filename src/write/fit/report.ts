/** What every format of a register plan is written from. */
import type { Fit, Proof } from '../../fit/index.ts';
import type { Basis } from '../json/basis.ts';

/** A plan with its proof, and what it is to replace. */
export interface FitReport {
  /** The machine whose registers the plan replaces; undefined for a wanted map alone. */
  readonly basis: Basis | undefined;
  /** Name of the machine or the wanted map. */
  readonly name: string;
  /** Where the wanted map comes from: the registers, a text, or what is said to be RAM. */
  readonly source: 'own' | 'given' | 'ram';
  readonly fit: Fit;
  readonly proof: Proof;
  /** Variable ranges that are on now; undefined where there is no machine. */
  readonly used: number | undefined;
  /** How many of them have masks with holes. */
  readonly usedWithHoles: number;
  /** Pages that the manual leaves undefined now. */
  readonly undefinedPages: number;
  /** Whether the text itself said what the rest may have. */
  readonly isRestStated: boolean;
  /** Whether fixed ranges were refused. */
  readonly isFixedRefused: boolean;
  /** Whether the number of variable ranges is stated. */
  readonly isCountStated: boolean;
  /** What had to be assumed, a sentence each. */
  readonly assumptions: readonly string[];
}

/** A count for people; there may be no such plan. */
export function countOf(ranges: number): string {
  return Number.isFinite(ranges) ? String(ranges) : 'none';
}
