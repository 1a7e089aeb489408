/** Register plans: the fewest variable MTRRs for a wanted map. */
export type { PlannedRange } from './fewest.ts';
export type { RegisterValue } from './fixed.ts';
export { type Plan, pairOf, registersOf, stretchesOf } from './plan.ts';
export { type DefaultCount, type Fit, type FitOptions, planRegisters } from './plan-registers.ts';
export { type KvmReading, type Proof, provePlan, type Reached } from './prove-plan.ts';
export type { Discipline } from './states.ts';
export {
  type AcceptedTypes,
  ANY_TYPE,
  acceptedText,
  accepting,
  MOST_WANTED,
  type OwnMap,
  ownMap,
  type WantedMap,
  type WantedStretch,
  wantedMap,
} from './wanted.ts';
