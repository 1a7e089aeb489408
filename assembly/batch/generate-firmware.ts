/** Ranges as firmware writes them: a default and what departs from it. */
import { putRange } from './pairs';
import { below } from './philox';

const UC: u64 = 0;
const WC: u64 = 1;
const WB: u64 = 6;
/** WC, WP, WT, UC: what stolen memory is now and then, a nibble each. */
const ODD_TYPES: u64 = 0x0451;
/** Orders of ranges, in frames: 1 MiB, 64 MiB, 1 GiB. */
const ORDER_1M: u64 = 8;
const ORDER_64M: u64 = 14;
const ORDER_1G: u64 = 18;
const FOUR_GIB: u64 = 1 << 20;
/** Where what has no place of its own lies at the most: below 64 GiB, below 256 GiB. */
const CHAIN_FRAMES: u64 = 1 << 24;
const BAR_FRAMES: u64 = 1 << 26;

function wordOf(words: usize, pair: u32): u64 {
  return load<u64>(words + (pair << 3), 16);
}

function aligned(frame: u64, order: u64): u64 {
  return (frame >> order) << order;
}

/** Order of the hole below 4 GiB, 64 MiB to 2 GiB. */
function holeOrder(words: usize): u64 {
  return ORDER_64M + below(load<u64>(words, 8), 16, 6);
}

/** What graphics and firmware took from below the hole: 1 MiB to 128 MiB, mostly UC. */
function putStolen(layout: usize, pair: u32, word: u64, hole: u64, bits: u64): void {
  const order = ORDER_1M + ((word >> 2) & 7);
  const places = 1 + ((word >> 5) & 3);
  const base = aligned(FOUR_GIB - ((<u64>1) << hole) - (places << order), order);
  const type = ((word >> 8) & 7) == 0 ? (ODD_TYPES >> (((word >> 11) & 3) << 2)) & 15 : UC;
  putRange(layout, pair, base, order, type, bits);
}

/** The order of the next range of a chain: the same, smaller, or larger where the place allows it. */
function nextOrder(order: u64, base: u64, word: u64, bits: u64): u64 {
  const step = word & 7;
  if (step < 3) return order;
  if (step < 5) return max(order - 1, ORDER_1M);
  if (step < 6) return max(order - 2, ORDER_1M);
  const larger = order + 1;
  return larger <= bits && aligned(base, larger) == base ? larger : order;
}

/** A chain of WB ranges from 0, the hole below 4 GiB, then what was stolen below it and holes in the chain. */
export function writeUcDefault(layout: usize, words: usize, pairs: u32, bits: u64): void {
  const space = ((<u64>1) << bits) - 1;
  const chain = 1 + u32(below(load<u64>(words), 32, u64(pairs)));
  let order = min(ORDER_1G + (load<u64>(words, 8) & 3), bits);
  let base: u64 = 0;
  let pair: u32 = 0;
  for (; pair < min<u32>(chain, pairs); pair++) {
    putRange(layout, pair, base, order, WB, bits);
    base = (base + ((<u64>1) << order)) & space;
    order = nextOrder(order, base, wordOf(words, pair), bits);
  }
  const hole = holeOrder(words);
  for (; pair < pairs; pair++) {
    const word = wordOf(words, pair);
    if (pair == chain) putRange(layout, pair, FOUR_GIB - ((<u64>1) << hole), hole, UC, bits);
    else if ((word & 3) != 0) putStolen(layout, pair, word, hole, bits);
    else {
      const inChain = ORDER_1M + below(word, 16, 12);
      const place = (word >> 32) & (CHAIN_FRAMES - 1) & space;
      putRange(layout, pair, aligned(place, inChain), inChain, UC, bits);
    }
  }
}

/** The hole below 4 GiB, then what was stolen below it and BARs above 4 GiB. */
export function writeWbDefault(layout: usize, words: usize, pairs: u32, bits: u64): void {
  const space = ((<u64>1) << bits) - 1;
  const hole = holeOrder(words);
  for (let pair: u32 = 0; pair < pairs; pair++) {
    const word = wordOf(words, pair);
    if (pair == 0) putRange(layout, pair, FOUR_GIB - ((<u64>1) << hole), hole, UC, bits);
    else if ((word & 3) == 0) putStolen(layout, pair, word, hole, bits);
    else {
      const order = ORDER_1M + below(word, 16, 13);
      const place = (FOUR_GIB + ((word >> 32) & (BAR_FRAMES - 1))) & space;
      putRange(layout, pair, aligned(place, order), order, ((word >> 8) & 3) == 0 ? WC : UC, bits);
    }
  }
}
