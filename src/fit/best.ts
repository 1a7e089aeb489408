/** The best plan that a number of variable ranges allows: over all default types and disciplines that may be chosen. */
import { FIXED_END } from '../msr/index.ts';
import type { MemoryType } from '../types.ts';
import type { Block, BlockTree } from './block.ts';
import { BestWithin } from './budget.ts';
import type { PlannedRange } from './fewest.ts';
import { isSmaller, type Loss, Losses } from './loss.ts';
import type { Discipline } from './states.ts';

/** A plan that loses pages. */
export interface Best {
  readonly defaultType: MemoryType;
  readonly ranges: readonly PlannedRange[];
  /** Pages that are UC and should be something else. */
  readonly lostPages: number;
  /** Pages that the search counts: also those that the fixed ranges keep cached below 1 MiB. */
  readonly countedPages: number;
  readonly discipline: Discipline;
}

/** What a search is over. */
export interface BestOptions {
  readonly tree: BlockTree;
  /** The strictest first. */
  readonly disciplines: readonly Discipline[];
  /** In the order in which they are preferred. */
  readonly types: readonly MemoryType[];
  /** Variable ranges that there are. */
  readonly budget: number;
  readonly isFixedUsed: boolean;
}

/** Of a loss, the pages from a frame on. */
function pagesFrom(start: number, block: Block, loss: Loss): number {
  if (block.start >= start) return loss.pages;
  if (!block.halves || !loss.halves) return 0;
  return (
    pagesFrom(start, block.halves[0], loss.halves[0]) + pagesFrom(start, block.halves[1], loss.halves[1])
  );
}

/** The least loss, then the strictest discipline that has it, then the first default type; undefined where there is none. */
export function bestWithin({ tree, disciplines, types, budget, isFixedUsed }: BestOptions): Best | undefined {
  const losses = new Losses();
  let best: { search: BestWithin; defaultType: MemoryType; loss: Loss; discipline: Discipline } | undefined;
  for (const discipline of [...disciplines].reverse()) {
    const search = new BestWithin(tree, discipline, { budget, losses, countsFixed: isFixedUsed });
    for (const defaultType of types) {
      const loss = search.loss(defaultType);
      if (!loss) continue;
      const isStricter = loss === best?.loss && discipline !== best.discipline;
      if (isStricter || isSmaller(loss, best?.loss)) best = { search, defaultType, loss, discipline };
    }
  }
  if (!best) return undefined;
  const { search, defaultType, loss, discipline } = best;
  return {
    defaultType,
    discipline,
    ranges: search.ranges(defaultType),
    lostPages: isFixedUsed ? pagesFrom(FIXED_END, tree.root, loss) : loss.pages,
    countedPages: loss.pages,
  };
}

/** The fewest pages that any plan loses, whichever they are. */
export function leastLost({ tree, disciplines, types, budget }: BestOptions): number {
  const losses = new Losses();
  const pages = disciplines.flatMap((discipline) => {
    const search = new BestWithin(tree, discipline, { budget, losses, countsFixed: false });
    return types.map((type) => search.loss(type)?.pages ?? Number.POSITIVE_INFINITY);
  });
  return Math.min(...pages);
}
