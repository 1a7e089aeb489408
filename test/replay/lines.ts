/** Lines of a trace as a KVM of 6.10 and later would print them, for tests that write one by hand. */
import type { LiveLine } from '../../src/replay/index.ts';

/** Software bits of a writable first fault, 6.10 to 7.1: R W X A D, MMU-present, 57, 58, 63. */
export const LEAF = 0x8600000000000b07n;
const LARGE = 0x80n;
const IPAT = 0x40n;
/** A table at a made-up frame. */
export const TABLE = 0x8000000001234907n;
/** `SPTE_MMU_PRESENT` clear, suppress #VE set: an entry that was never there. */
export const NONE = 0x8000000000000000n;
export const REMOVED = 0x80000000000005a0n;

/** A leaf of a host frame that lies 1 GiB above the guest's. */
export function leaf(gfn: number, level: number, type: number, ipat = 0, bits = LEAF): bigint {
  return (
    bits |
    (BigInt(gfn + 0x40000) << 12n) |
    (BigInt(type) << 3n) |
    (ipat ? IPAT : 0n) |
    (level > 1 ? LARGE : 0n)
  );
}

/** Writes lines one by one, numbered. */
export class Lines {
  readonly all: LiveLine[] = [];
  get #line(): number {
    return this.all.length + 1;
  }

  step(step: number): this {
    this.all.push({ kind: 'step', step, line: this.#line });
    return this;
  }
  end(): this {
    this.all.push({ kind: 'end', line: this.#line });
    return this;
  }
  lost(events?: number): this {
    this.all.push({ kind: 'lost', events, line: this.#line });
    return this;
  }
  change(gfn: number, level: number, before: bigint, after: bigint, space = 0): this {
    this.all.push({ kind: 'change', space, gfn, level, before, after, line: this.#line });
    return this;
  }
  split(gfn: number, level: number, entry: bigint): this {
    this.all.push({ kind: 'split', gfn, level, entry, line: this.#line });
    return this;
  }
}
