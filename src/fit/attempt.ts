/** The ways to hold a map: with the fixed ranges below 1 MiB, and without them. */
import { FIXED_END } from '../msr/index.ts';
import { FOUR_GIB } from '../ranges.ts';
import { type MemoryType, UC } from '../types.ts';
import { frameCount } from '../vm/index.ts';
import { type BlockTree, blockTree, type Piece } from './block.ts';
import { FewestRanges } from './fewest.ts';
import { fixedFor, type RegisterValue } from './fixed.ts';
import type { Discipline } from './states.ts';
import { ANY_TYPE, accepts, type WantedMap } from './wanted.ts';

/** What the fixed ranges may be used for, and what is WB by default; see `FitOptions`. */
interface AttemptOptions {
  readonly fixed?: 'needed' | 'always' | 'never';
  readonly forcedWbEnd?: number;
}

/** One way, with the fewest ranges under each discipline. */
export interface Attempt {
  readonly pieces: readonly Piece[];
  readonly tree: BlockTree;
  readonly fixed: readonly RegisterValue[] | undefined;
  readonly counts: Readonly<Record<Discipline, number>>;
  readonly searches: Readonly<Record<Discipline, FewestRanges>>;
}

/** The stretches cut where the forced default begins and ends, and where the fixed ranges end if they are used. */
function piecesOf({ stretches }: WantedMap, forcedWbEnd: number, isFixedUsed: boolean): readonly Piece[] {
  const edges = forcedWbEnd > FOUR_GIB ? [FOUR_GIB, forcedWbEnd] : [];
  if (isFixedUsed) edges.unshift(FIXED_END);
  return stretches.flatMap(({ start, end, accepted }) => {
    const cuts = [start, ...edges.filter((edge) => edge > start && edge < end), end];
    return cuts.slice(1).map((cutEnd, index): Piece => {
      const cutStart = cuts[index]!;
      const isForcedWb = cutStart >= FOUR_GIB && cutStart < forcedWbEnd;
      if (!isFixedUsed || cutEnd > FIXED_END) return { start: cutStart, end: cutEnd, accepted, isForcedWb };
      const isCachedByFixed = !accepts(accepted, UC);
      return { start: cutStart, end: cutEnd, accepted: ANY_TYPE, isForcedWb, isCachedByFixed };
    });
  });
}

/** The default type that needs the fewest ranges; the first among equals. */
export function leastOf(search: FewestRanges, types: readonly MemoryType[]): MemoryType {
  return types.reduce((best, type) => (search.cost(type) < search.cost(best) ? type : best));
}

function attempt(
  wanted: WantedMap,
  fixed: readonly RegisterValue[] | undefined,
  types: readonly MemoryType[],
  forcedWbEnd: number,
): Attempt {
  const pieces = piecesOf(wanted, forcedWbEnd, fixed !== undefined);
  const tree = blockTree(pieces, frameCount(wanted.maxphyaddr));
  const searches = {
    manual: new FewestRanges(tree, 'manual'),
    kvm: new FewestRanges(tree, 'kvm'),
    disjoint: new FewestRanges(tree, 'disjoint'),
  };
  const count = (discipline: Discipline) => searches[discipline].count(leastOf(searches[discipline], types));
  const counts = { manual: count('manual'), kvm: count('kvm'), disjoint: count('disjoint') };
  return { pieces, tree, fixed, counts, searches };
}

/** With fixed ranges and without, the one to take where both do equally well first. */
export function attempts(
  wanted: WantedMap,
  { fixed = 'needed', forcedWbEnd = 0 }: AttemptOptions,
  types: readonly MemoryType[],
): readonly Attempt[] {
  const registers = fixed === 'never' ? undefined : fixedFor(wanted);
  const withFixed = registers && attempt(wanted, registers, types, forcedWbEnd);
  if (withFixed && fixed === 'always') return [withFixed];
  const without = attempt(wanted, undefined, types, forcedWbEnd);
  return withFixed ? [without, withFixed] : [without];
}
