/** What `verify` found, for each of its formats. */
import type { Policy } from '../../policy/index.ts';
import type { GfnRange } from '../../types.ts';
import type { Verified } from '../../verify/index.ts';
import type { Evidence, Vm } from '../../vm/index.ts';

/** What came of it. */
export interface VerifyReport {
  readonly vm: Vm;
  /** What had to be assumed to read the config. */
  readonly assumptions: readonly string[] | undefined;
  /** How each thing is known that a dump's machine is made of. */
  readonly evidence: readonly Evidence[] | undefined;
  /** Ids of the vCPUs whose pages these are, all in one state. */
  readonly ids: readonly number[];
  readonly policy: Policy;
  readonly against: Policy | undefined;
  readonly range: GfnRange;
  readonly threads: number;
  readonly verified: Verified;
  /** Pages that an earlier run had visited. */
  readonly earlier: number;
  readonly seconds: number;
}

const TYPE_OF_COUNTER = [0, 1, 2, 3, 4, 5, 6, -1];

/** Pages of each type that there is: -1 is undefined. */
export function typeRows({ direct, auto }: Verified): { type: number; direct: number; auto: number }[] {
  return TYPE_OF_COUNTER.map((type, i) => ({ type, direct: direct.pages[i]!, auto: auto.pages[i]! })).filter(
    (row) => row.direct !== 0 || row.auto !== 0,
  );
}

/** Pages a second of this run. */
export function rateOf({ verified, range, earlier, seconds }: VerifyReport): number {
  return (verified.end - range.start - earlier) / Math.max(seconds, 1e-9);
}
