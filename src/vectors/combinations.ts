/** The golden table of MTRR and PAT types: all thirty pairs. */
import { MSR_DEF_TYPE } from '../msr/index.ts';
import { policy } from '../policy/index.ts';
import { MEMORY_TYPES, type MemoryType, type MtrrType, PAT_TYPES, type PatType } from '../types.ts';
import { vcpu } from '../vm/index.ts';
import type { TableOptions } from './pages.ts';
import { settledAnswer } from './settled.ts';

/** What an access gets through a page-table entry of a type where the MTRRs have another. */
export interface CombinationRow {
  readonly mtrr: MemoryType;
  readonly pat: PatType;
  readonly effective: MtrrType;
}

const ENABLED = 0x800n;

/**
 * Every pair, MTRR types ascending, then PAT types.
 *
 * @param options - of these the engines count: the table is the architecture's
 * @throws EptsweepError `internal` where two engines differ
 */
export function combinationRows({ evaluators }: Pick<TableOptions, 'evaluators'>): readonly CombinationRow[] {
  return MEMORY_TYPES.flatMap((mtrr) =>
    PAT_TYPES.map((pat): CombinationRow => {
      const machine = vcpu({ maxphyaddr: 36, msrs: [[MSR_DEF_TYPE, ENABLED | BigInt(mtrr)]] });
      const effective = settledAnswer(
        evaluators,
        machine,
        policy('sdm'),
        (view) => {
          const [span] = view.spansOf('effective', { range: { start: 0, end: 1 }, pat });
          return span!.type;
        },
        `MTRR type ${mtrr} with PAT type ${pat}`,
      );
      return { mtrr, pat, effective: effective! };
    }),
  );
}
