/** All statements, in the order in which docs/proofs.md lists them. */
import type { Statement } from '../claim.ts';
import { effectiveTypes, entryTypes, leaves } from './entries.ts';
import { kvmFolds, overlaps } from './folds.ts';
import { simdIntervals, simdMasks } from './lanes.ts';
import { levels } from './levels.ts';
import { byKvm, byManual } from './lookups.ts';
import { placing, sorting } from './placing.ts';
import { contiguousMasks, convexRanges, fixedRanges } from './ranges.ts';
import { writing } from './writing.ts';

export const STATEMENTS: readonly Statement[] = [
  byManual,
  byKvm,
  writing,
  placing,
  sorting,
  contiguousMasks,
  convexRanges,
  fixedRanges,
  overlaps,
  kvmFolds,
  levels,
  simdMasks,
  simdIntervals,
  entryTypes,
  leaves,
  effectiveTypes,
];
