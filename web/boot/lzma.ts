/**
 * Unpacks LZMA (the format of `.lzma` files; Igor Pavlov, "LZMA specification", 2015). Browsers unpack deflate alone, which
 * looks back by 32 KB: of the page's programs it leaves a sixth more.
 */

const HEADER_BYTES = 13;
const PROBABILITY_BITS = 11;
const EVEN = 1 << (PROBABILITY_BITS - 1);
const ADAPTING = 5;
const LEAST_RANGE = 2 ** 24;
const STATES = 12;
const MOST_POSITION_STATES = 16;
const SHORTEST_MATCH = 2;
const ALIGN_BITS = 4;

const even = (count: number): Uint16Array => new Uint16Array(count).fill(EVEN);

/** Bits of the stream, each by what is known of its like. */
class RangeDecoder {
  readonly #bytes: Uint8Array;
  #at: number;
  #range = 2 ** 32 - 1;
  #code = 0;

  /** @param at - of the first byte, which says nothing; four bytes of the code follow */
  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at + 1;
    for (let count = 0; count < 4; count++) this.#code = this.#code * 256 + this.#next();
  }

  #next(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new RangeError('what is packed ends too early');
    return byte;
  }

  #refill(): void {
    if (this.#range >= LEAST_RANGE) return;
    this.#range *= 256;
    this.#code = this.#code * 256 + this.#next();
  }

  bit(probabilities: Uint16Array, index: number): 0 | 1 {
    const probability = probabilities[index]!;
    const bound = (this.#range >>> PROBABILITY_BITS) * probability;
    const bit = this.#code < bound ? 0 : 1;
    if (bit === 0) {
      this.#range = bound;
      probabilities[index] = probability + (((1 << PROBABILITY_BITS) - probability) >> ADAPTING);
    } else {
      this.#range -= bound;
      this.#code -= bound;
      probabilities[index] = probability - (probability >> ADAPTING);
    }
    this.#refill();
    return bit;
  }

  /** Bits that are as likely as not, the highest first. */
  plain(count: number): number {
    let value = 0;
    for (let left = count; left > 0; left--) {
      this.#range = Math.floor(this.#range / 2);
      const bit = this.#code < this.#range ? 0 : 1;
      if (bit === 1) this.#code -= this.#range;
      this.#refill();
      value = value * 2 + bit;
    }
    return value;
  }

  /** A number of some bits, the highest first: each bit decides by which probability the next one is read. */
  tree(probabilities: Uint16Array, bits: number, offset = 0): number {
    let node = 1;
    for (let left = bits; left > 0; left--) node = node * 2 + this.bit(probabilities, offset + node);
    return node - (1 << bits);
  }

  /** The same, the lowest bit first. */
  reverseTree(probabilities: Uint16Array, bits: number, offset = 0): number {
    let node = 1;
    let value = 0;
    for (let at = 0; at < bits; at++) {
      const bit = this.bit(probabilities, offset + node);
      node = node * 2 + bit;
      value += bit << at;
    }
    return value;
  }
}

/** Lengths of matches, less the shortest one. */
class Lengths {
  readonly #choice = even(2);
  readonly #low = even(MOST_POSITION_STATES << 3);
  readonly #middle = even(MOST_POSITION_STATES << 3);
  readonly #high = even(256);

  read(from: RangeDecoder, positionState: number): number {
    if (from.bit(this.#choice, 0) === 0) return from.tree(this.#low, 3, positionState << 3);
    if (from.bit(this.#choice, 1) === 0) return 8 + from.tree(this.#middle, 3, positionState << 3);
    return 16 + from.tree(this.#high, 8);
  }
}

/** Distances of matches, less one. */
class Distances {
  readonly #slots = even(4 << 6);
  readonly #special = even(128);
  readonly #align = even(1 << ALIGN_BITS);

  read(from: RangeDecoder, length: number): number {
    const slot = from.tree(this.#slots, 6, Math.min(length, 3) << 6);
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const high = (2 + (slot & 1)) * 2 ** bits;
    if (slot < 14) return high + from.reverseTree(this.#special, bits, high - slot);
    return high + from.plain(bits - ALIGN_BITS) * 2 ** ALIGN_BITS + from.reverseTree(this.#align, ALIGN_BITS);
  }
}

/** Bytes that no match tells, each by the one before it and, behind a match, by the one that would have continued it. */
class Literals {
  readonly #probabilities: Uint16Array;
  readonly #contextBits: number;
  readonly #positionMask: number;

  constructor(contextBits: number, positionBits: number) {
    this.#contextBits = contextBits;
    this.#positionMask = (1 << positionBits) - 1;
    this.#probabilities = even(0x300 << (contextBits + positionBits));
  }

  /** @param continuing - the byte that would have continued a match, where one has just ended */
  read(from: RangeDecoder, position: number, before: number, continuing?: number): number {
    const context =
      ((position & this.#positionMask) << this.#contextBits) + (before >> (8 - this.#contextBits));
    const offset = context * 0x300;
    let symbol = 1;
    if (continuing !== undefined) {
      for (let shift = 7; shift >= 0; shift--) {
        const expected = (continuing >> shift) & 1;
        const bit = from.bit(this.#probabilities, offset + ((1 + expected) << 8) + symbol);
        symbol = symbol * 2 + bit;
        if (bit !== expected) break;
      }
    }
    while (symbol < 0x100) symbol = symbol * 2 + from.bit(this.#probabilities, offset + symbol);
    return symbol & 0xff;
  }
}

/**
 * Unpacks.
 *
 * @param packed - with its header, in which the size stands
 * @throws RangeError for what is not whole
 */
export function unpackLzma(packed: Uint8Array): Uint8Array<ArrayBuffer> {
  const properties = packed[0]!;
  const literals = new Literals(properties % 9, Math.floor(properties / 9) % 5);
  const positionMask = (1 << Math.floor(properties / 45)) - 1;
  const size = new DataView(packed.buffer, packed.byteOffset).getUint32(5, true);
  const from = new RangeDecoder(packed, HEADER_BYTES);
  const out = new Uint8Array(size);
  const isMatch = even(STATES * MOST_POSITION_STATES);
  const isLong = even(STATES * MOST_POSITION_STATES);
  const isRepeat = even(STATES);
  const isOlder = [even(STATES), even(STATES), even(STATES)] as const;
  const lengths = new Lengths();
  const repeatLengths = new Lengths();
  const distances = new Distances();
  /** The last distances, less one. */
  const last = new Uint32Array(4);
  let state = 0;
  let at = 0;

  /** Which of the last distances comes again. */
  const whichRepeat = (): number => {
    if (from.bit(isOlder[0], state) === 0) return 0;
    if (from.bit(isOlder[1], state) === 0) return 1;
    return 2 + from.bit(isOlder[2], state);
  };
  const bringForward = (which: number, distance: number): void => {
    last.copyWithin(1, 0, which);
    last[0] = distance;
  };

  while (at < size) {
    const positionState = at & positionMask;
    const place = state * MOST_POSITION_STATES + positionState;
    if (from.bit(isMatch, place) === 0) {
      const continuing = state < 7 ? undefined : out[at - last[0]! - 1];
      out[at] = literals.read(from, at, at === 0 ? 0 : out[at - 1]!, continuing);
      at += 1;
      state = state < 4 ? 0 : state - (state < 10 ? 3 : 6);
      continue;
    }
    let length = 1;
    if (from.bit(isRepeat, state) === 0) {
      const more = lengths.read(from, positionState);
      bringForward(3, distances.read(from, more));
      length = SHORTEST_MATCH + more;
      state = state < 7 ? 7 : 10;
    } else {
      const which = whichRepeat();
      if (which === 0 && from.bit(isLong, place) === 0) {
        state = state < 7 ? 9 : 11;
      } else {
        bringForward(which, last[which]!);
        length = SHORTEST_MATCH + repeatLengths.read(from, positionState);
        state = state < 7 ? 8 : 11;
      }
    }
    for (const end = Math.min(at + length, size); at < end; at++) out[at] = out[at - last[0]! - 1]!;
  }
  return out;
}
