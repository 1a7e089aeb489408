/**
 * The space as a tree of aligned power-of-two blocks, cut only where the wanted map changes: what a contiguous
 * mask can match is one of these blocks (Intel SDM vol. 3A, "Variable Range MTRRs": base aligned to the size).
 */
import type { AcceptedTypes } from './wanted.ts';

/** Frames of one kind: what they may have, and whether the default type is WB there whatever the register says. */
export interface Kind {
  readonly accepted: AcceptedTypes;
  /** AMD's Tom2ForceMemTypeWB covers it. */
  readonly isForcedWb: boolean;
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
  /** Undefined for a leaf. */
  readonly halves: readonly [Block, Block] | undefined;
}

/** A tree and how many blocks it has. */
export interface BlockTree {
  readonly root: Block;
  readonly count: number;
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
    if (piece.end >= start + size) return { id, start, frames: size, kind: piece, halves: undefined };
    const half = size / 2;
    let second = first;
    while (pieces[second]!.end <= start + half) second += 1;
    const halves = [build(start, half, first), build(start + half, half, second)] as const;
    return { id, start, frames: size, kind: piece, halves };
  };
  return { root: build(0, frames, 0), count };
}
