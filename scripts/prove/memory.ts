/** Linear memory as bytes at known addresses; what nobody wrote has no value, and reading it is an error. */
import { concat, equal, extract, ite } from './bitvectors.ts';
import { or } from './conditions.ts';
import { bits, type Term } from './term.ts';

/** Overlays deeper than this are flattened. */
const DEPTH_MOST = 12;

/** Bytes that may be read or written at an address that depends on values: a table. */
export interface Window {
  readonly start: number;
  readonly end: number;
  /** Bytes from one entry to the next. */
  readonly stride: number;
}

export class Memory {
  readonly #below: Memory | undefined;
  readonly #depth: number;
  readonly #bytes = new Map<number, Term>();

  constructor(below?: Memory) {
    if (below !== undefined && below.#depth >= DEPTH_MOST) {
      for (const [address, byte] of below.#all()) this.#bytes.set(address, byte);
      this.#below = undefined;
      this.#depth = 0;
    } else {
      this.#below = below;
      this.#depth = below === undefined ? 0 : below.#depth + 1;
    }
  }

  #all(): Map<number, Term> {
    const all = this.#below === undefined ? new Map<number, Term>() : this.#below.#all();
    for (const [address, byte] of this.#bytes) all.set(address, byte);
    return all;
  }

  byte(address: number): Term | undefined {
    for (let memory: Memory | undefined = this; memory !== undefined; memory = memory.#below) {
      const byte = memory.#bytes.get(address);
      if (byte !== undefined) return byte;
    }
    return undefined;
  }

  /** Whether so many bytes have values. */
  has(address: number, count: number): boolean {
    for (let at = 0; at < count; at++) if (this.byte(address + at) === undefined) return false;
    return true;
  }

  /** `count` bytes, little endian. */
  load(address: number, count: number): Term {
    let value: Term | undefined;
    for (let at = 0; at < count; at++) {
      const byte = this.byte(address + at);
      if (byte === undefined) throw new Error(`reads 0x${(address + at).toString(16)}, which nobody wrote`);
      value = value === undefined ? byte : concat(byte, value);
    }
    return value!;
  }

  store(address: number, value: Term): void {
    for (let at = 0; at * 8 < value.width; at++) {
      this.#bytes.set(address + at, extract(value, at * 8 + 7, at * 8));
    }
  }

  /** Writes where `condition` holds, and leaves what was there elsewhere. */
  storeWhere(condition: Term, address: number, value: Term): void {
    this.store(address, ite(condition, value, this.load(address, value.width / 8)));
  }

  fill(address: number, byte: Term, count: number): void {
    for (let at = 0; at < count; at++) this.#bytes.set(address + at, byte);
  }

  /** What holds of two memories that come from one: `a` where `condition` does. */
  static merged(condition: Term, a: Memory, b: Memory): Memory {
    const [left, right] = [a.#all(), b.#all()];
    const memory = new Memory();
    for (const [address, byte] of left) {
      const other = right.get(address);
      // Where only one of them wrote, the byte has no value on the other way: nothing may read it after this.
      if (other !== undefined)
        memory.#bytes.set(address, byte === other ? byte : ite(condition, byte, other));
    }
    return memory;
  }
}

/** The value at an address that depends on values, within a window; and when it lies there. */
export function loadFrom(
  memory: Memory,
  window: Window,
  address: Term,
  count: number,
): { value: Term; inside: Term } {
  let value: Term | undefined;
  const hits: Term[] = [];
  for (let at = window.start; at + count <= window.end; at += window.stride) {
    const hit = equal(address, bits(at, 32));
    const here = memory.load(at, count);
    value = value === undefined ? here : ite(hit, here, value);
    hits.push(hit);
  }
  return { value: value!, inside: or(...hits) };
}

/** As {@link loadFrom} for a store. */
export function storeInto(memory: Memory, window: Window, address: Term, value: Term): Term {
  const hits: Term[] = [];
  for (let at = window.start; at + value.width / 8 <= window.end; at += window.stride) {
    const hit = equal(address, bits(at, 32));
    memory.storeWhere(hit, at, value);
    hits.push(hit);
  }
  return or(...hits);
}
