/** Overlapping ranges (Intel SDM vol. 3A, "MTRR Precedences"). */
import { TYPE_UNDEFINED } from '../layout';
import { UC, UC_BIT, WB_BIT, WT, WT_BIT } from './types';

/** What overlapping ranges of these types (a bit each, at least one) give: TYPE_UNDEFINED where nothing is said. */
export function typeOfOverlap(types: u32): u32 {
  if ((types & (types - 1)) == 0) return ctz(types);
  if (types & UC_BIT) return UC;
  if (types == (WB_BIT | WT_BIT)) return WT;
  return TYPE_UNDEFINED;
}
