import { WANT_EFFECTIVE, WANT_EPT, WANT_LEAF, WANT_LEVELS, WANT_MTRR } from '../../assembly/layout.ts';
import type { Want } from '../types.ts';

/** How a want is called on the Wasm side. */
export const WANT_CODES: Readonly<Record<Want, number>> = {
  mtrr: WANT_MTRR,
  ept: WANT_EPT,
  effective: WANT_EFFECTIVE,
  levels: WANT_LEVELS,
  leaf: WANT_LEAF,
};
