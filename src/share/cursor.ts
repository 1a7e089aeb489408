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

/** Walks the demands of one state from the start of a range to its end. */
export class DemandCursor {
  readonly #ends = new Float64Array(CHUNK_SPANS);
  readonly #codes = new Uint8Array(CHUNK_SPANS);
  #length = 0;
  #at = 0;
  #chunks = 0;
  #view: View | undefined;
  #spans: Generator<CodeRun, void, undefined> | undefined;
  #hash = 0x811c9dc5;
  #hash2 = 0x1b873593;

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
    if (this.#chunks > 1) return `${this.#chunks}:${this.#length}:${this.#hash}:${this.#hash2}`;
    const length = this.#length;
    return `${this.#ends.subarray(0, length).join()}|${this.#codes.subarray(0, length).join()}`;
  }

  #fill(): void {
    this.#at = 0;
    this.#length = 0;
    this.#chunks += 1;
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
    for (let k = 0; k < this.#length; k++) this.#mix(this.#ends[k]!, this.#codes[k]!);
  }

  #mix(end: number, code: number): void {
    const low = end >>> 0;
    const high = Math.floor(end / 2 ** 32);
    this.#hash = Math.imul(this.#hash ^ low, 0x01000193) ^ Math.imul(high * 16 + code, 0x85ebca6b);
    this.#hash2 = Math.imul(this.#hash2 ^ (code * 8191 + high), 0xc2b2ae35) ^ Math.imul(low, 0x27d4eb2f);
  }

  /** Gives the view's memory back. Harmless twice. */
  close(): void {
    this.#spans?.return();
    this.#spans = undefined;
    this.#view?.dispose();
    this.#view = undefined;
  }
}
