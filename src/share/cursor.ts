/**
 * One group of vCPUs in an equal state, as a merge walks it: the spans of what it demands, a chunk at a time.
 * A view whose spans fit into one chunk is closed at once, so that thousands of groups hold no Wasm memory.
 */
import { leafTypes, type View } from '../engine/index.ts';
import type { GfnRange } from '../types.ts';
import type { DemandCode } from './demand.ts';
import { type CodeRun, demandRuns } from './mapped.ts';

/** Contiguous masks make at most 109 spans (17 above 1 MiB, 88 fixed ranges and joints). */
const CHUNK_SPANS = 256;

/** One hash of 32 bits for each: two states of thousands that differ agree in both by a chance of one in 10^12. */
const FACTORS = [0x85ebca6b, 0xc2b2ae35];

/** Each bit of the word changes bits above it and below it: a product alone lets no bit go downwards. */
function scrambled(word: number, factor: number): number {
  const product = Math.imul(word, factor);
  return product ^ (product >>> 15);
}

/** Walks the demands of one state from the start of a range to its end. */
export class DemandCursor {
  readonly #ends = new Float64Array(CHUNK_SPANS);
  readonly #codes = new Uint8Array(CHUNK_SPANS);
  #length = 0;
  #at = 0;
  #view: View | undefined;
  #spans: Generator<CodeRun, void, undefined> | undefined;
  /** Of the chunks that are gone. */
  readonly #hashes = new Int32Array(FACTORS.length);

  /**
   * @param view - is closed by the cursor
   * @param range - frames to walk, not empty
   * @param mapped - ranges in it in which entries can exist, ascending and disjoint
   */
  constructor(view: View, range: GfnRange, mapped: readonly GfnRange[]) {
    this.#view = view;
    this.#spans = demandRuns(leafTypes(view, range), mapped);
    this.#fill();
  }

  /** Where the current span ends. */
  get end(): number {
    return this.#ends[this.#at]!;
  }
  /** What the state demands there. */
  get code(): DemandCode {
    return this.#codes[this.#at]!;
  }

  /** Goes on to the next span; false behind the last one. */
  advance(): boolean {
    this.#at += 1;
    if (this.#at < this.#length) return true;
    if (!this.#spans) return false;
    this.#fill();
    return this.#length > 0;
  }

  /** Equal for two states that demand the same everywhere, once both have walked to the end. */
  get fingerprint(): string {
    const [ends, codes] = [this.#ends, this.#codes].map((one) => one.subarray(0, this.#length).join());
    return `${this.#hashes}:${ends}:${codes}`;
  }

  #fill(): void {
    this.#ends.subarray(0, this.#length).forEach((end, k) => {
      this.#mix(end, this.#codes[k]!);
    });
    this.#at = 0;
    this.#length = 0;
    while (this.#spans && this.#length < CHUNK_SPANS) {
      const next = this.#spans.next();
      if (next.done) {
        this.close();
        break;
      }
      this.#ends[this.#length] = next.value.end;
      this.#codes[this.#length] = next.value.code;
      this.#length += 1;
    }
  }

  #mix(end: number, code: number): void {
    for (const word of [end, Math.floor(end / 2 ** 32), code]) {
      for (const [k, factor] of FACTORS.entries())
        this.#hashes[k] = scrambled(this.#hashes[k]! ^ word, factor);
    }
  }

  /** Gives the view's memory back. Harmless twice. */
  close(): void {
    this.#spans?.return();
    this.#spans = undefined;
    this.#view?.dispose();
    this.#view = undefined;
  }
}
