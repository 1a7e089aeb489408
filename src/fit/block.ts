/**
 * The space as a tree of aligned power-of-two blocks, cut only where the wanted map changes: what a contiguous
 * mask can match is one of these blocks (Intel SDM vol. 3A, "Variable Range MTRRs": base aligned to the size).
 */
import { MEMORY_TYPES, type MemoryType, UC, WB, WT } from '../types.ts';
import type { AcceptedTypes } from './wanted.ts';

/** Frames of one kind: what they may have, and whether the default type is WB there whatever the register says. */
export interface Kind {
  readonly accepted: AcceptedTypes;
  /** AMD's Tom2ForceMemTypeWB covers it. */
  readonly isForcedWb: boolean;
  /** The fixed ranges hold it, and are wanted to cache it. */
  readonly isCachedByFixed?: boolean;
}

/** Frames `start <= gfn < end` of one kind. */
export interface Piece extends Kind {
  readonly start: number;
  readonly end: number;
}

/** An aligned block: a leaf of one kind, or two halves. */
export interface Block {
  /** Position among all blocks, from 0. */
  readonly id: number;
  readonly start: number;
  readonly frames: number;
  readonly kind: Kind;
  /** Types, as bits, of ranges that may enclose the block: each of its frames can have what it may inside them. */
  readonly reachable: number;
  /** Undefined for a leaf. */
  readonly halves: readonly [Block, Block] | undefined;
}

/** A tree and how many blocks it has. */
export interface BlockTree {
  readonly root: Block;
  readonly count: number;
}

/** Types that a frame can have inside a range of a type: its own, what it yields to, and UC. */
function typesInside(type: MemoryType): number {
  return (1 << type) | (1 << UC) | (type === WB ? 1 << WT : 0);
}

function enclosing(accepted: AcceptedTypes): number {
  return MEMORY_TYPES.reduce<number>(
    (bits, type) => ((typesInside(type) & accepted) === 0 ? bits : bits | (1 << type)),
    0,
  );
}

/**
 * Builds the tree.
 *
 * @param pieces - ascending, without gaps, from 0 to `frames`
 * @param frames - a power of two
 */
export function blockTree(pieces: readonly Piece[], frames: number): BlockTree {
  let count = 0;
  /** The piece with index `first` holds `start`. */
  const build = (start: number, size: number, first: number): Block => {
    const piece = pieces[first]!;
    const id = count;
    count += 1;
    if (piece.end >= start + size) {
      const reachable = enclosing(piece.accepted);
      return { id, start, frames: size, kind: piece, reachable, halves: undefined };
    }
    const half = size / 2;
    let second = first;
    while (pieces[second]!.end <= start + half) second += 1;
    const halves = [build(start, half, first), build(start + half, half, second)] as const;
    const reachable = halves[0].reachable & halves[1].reachable;
    return { id, start, frames: size, kind: piece, reachable, halves };
  };
  return { root: build(0, frames, 0), count };
}
