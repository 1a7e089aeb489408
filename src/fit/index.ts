/** Register plans: the fewest variable MTRRs for a wanted map. */
export type { PlannedRange } from './fewest.ts';
export { type DefaultCount, type Fit, type FitOptions, fit } from './fit.ts';
export type { RegisterValue } from './fixed.ts';
export { type Plan, pairOf, registersOf } from './plan.ts';
export { type KvmReading, type Miss, type Proof, prove, vcpuOfPlan } from './prove.ts';
export type { Discipline } from './states.ts';
export {
  type Accepted,
  ANY,
  acceptedText,
  accepting,
  accepts,
  MOST_WANTED,
  type OwnMap,
  ownMap,
  type Stretch,
  type WantedMap,
  wantedMap,
} from './wanted.ts';
