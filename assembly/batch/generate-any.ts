/** Ranges as nobody should write them: of any type anywhere, crowded, unaligned, with holes in their masks. */
import {
  BATCH_LAYOUT,
  BATCH_SEED,
  BATCH_WORDS,
  KIND_FIXED,
  KIND_MASKS_WITH_HOLES,
  KIND_OVERLAPPING,
  KIND_TOM2,
  KIND_UNALIGNED,
} from './batch-layout';
import { maskOf, putPair } from './pairs';
import { BLOCKS, below, writeBlocks } from './philox';
import { putDefType, putTom2 } from './switches';

/** UC, WC, WT, WP, WB; and 16 of them, UC and WB five times each: a nibble a type. */
const TYPES: u64 = 0x65410;
const LIKELY_TYPES: u64 = 0x5511446666600000;
/** First block of the words that bases under masks with holes take. */
const BASE_BLOCK: u32 = 14;
/** Orders of the place that ranges crowd into: 4 MiB about the fixed ranges, up to 16 GiB elsewhere. */
const CROWD_FIXED: u64 = 10;
const CROWD_LEAST: u64 = 4;
const CROWD_MOST: u64 = 22;

function likelyType(word: u64): u64 {
  return (LIKELY_TYPES >> ((word & 15) << 2)) & 15;
}

/** On in 15 of 16 cases. */
function isValid(word: u64): bool {
  return ((word >> 4) & 15) != 0;
}

/** Aligned ranges of up to 2^order frames within a place of that size. */
function writeCrowd(layout: usize, words: usize, pairs: u32, bits: u64, place: u64, order: u64): void {
  const within = ((<u64>1) << order) - 1;
  for (let pair: u32 = 0; pair < pairs; pair++) {
    const word = load<u64>(words + (pair << 3), 16);
    const size = below(word, 8, order + 1);
    const base = place | ((word >> 24) & within & maskOf(size, bits));
    putPair(layout, pair, base, maskOf(size, bits), likelyType(word), isValid(word));
  }
}

/** Bases with bits that their masks do not look at, below 16 GiB or anywhere. */
function writeUnaligned(layout: usize, words: usize, pairs: u32, bits: u64): void {
  const isAnywhere = ((load<u64>(words) >> 57) & 1) != 0;
  const order = isAnywhere ? bits : min(bits, CROWD_MOST);
  for (let pair: u32 = 0; pair < pairs; pair++) {
    const word = load<u64>(words + (pair << 3), 16);
    const base = (word >> 24) & (((<u64>1) << order) - 1);
    putPair(layout, pair, base, maskOf(below(word, 8, order + 1), bits), likelyType(word), isValid(word));
  }
}

/** Contiguous masks with one to three bits cleared. */
function writeHoles(batch: usize, index: u64, pairs: u32, bits: u64): void {
  const words = batch + BATCH_WORDS;
  const bases = words + (BASE_BLOCK << 4);
  for (let block: u32 = 0; block < (pairs + 1) >> 1; block += BLOCKS) {
    writeBlocks(
      load<u64>(batch, BATCH_SEED),
      index,
      BASE_BLOCK + block,
      KIND_MASKS_WITH_HOLES,
      bases + (block << 4),
    );
  }
  for (let pair: u32 = 0; pair < pairs; pair++) {
    const word = load<u64>(words + (pair << 3), 16);
    let mask = maskOf(below(word, 8, bits + 1), bits);
    mask &= ~((<u64>1) << below(word, 24, bits));
    if (word & 0x20) mask &= ~((<u64>1) << below(word, 32, bits));
    if (word & 0x40) mask &= ~((<u64>1) << below(word, 40, bits));
    const base = load<u64>(bases + (pair << 3)) & (((<u64>1) << bits) - 1);
    putPair(batch + BATCH_LAYOUT, pair, word & 0x80 ? base : base & mask, mask, likelyType(word), true);
  }
}

/** Writes the layout of a kind that no firmware writes, its words being there. */
export function writeScattered(batch: usize, index: u64, kind: u32, pairs: u32, bits: u64): void {
  const layout = batch + BATCH_LAYOUT;
  const words = batch + BATCH_WORDS;
  const head = load<u64>(words);
  const second = load<u64>(words, 8);
  putDefType(batch, index, kind, head, (TYPES >> (below(head, 16, 5) << 2)) & 15);
  putTom2(layout, kind == KIND_TOM2, head, second, bits);
  if (kind == KIND_MASKS_WITH_HOLES) writeHoles(batch, index, pairs, bits);
  else if (kind == KIND_UNALIGNED) writeUnaligned(layout, words, pairs, bits);
  else if (kind == KIND_FIXED) writeCrowd(layout, words, pairs, bits, 0, CROWD_FIXED);
  else if (kind == KIND_TOM2) writeCrowd(layout, words, pairs, bits, 0, min(bits, CROWD_MOST));
  else if (kind == KIND_OVERLAPPING) {
    const order = CROWD_LEAST + below(head, 32, min(bits, CROWD_MOST) - CROWD_LEAST + 1);
    writeCrowd(layout, words, pairs, bits, (second >> 24) & maskOf(order, bits), order);
  } else writeCrowd(layout, words, pairs, bits, 0, bits);
}
