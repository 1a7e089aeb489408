/**
 * What views keep in Wasm memory. It can be made again from the vCPU and the policy at any time, so that an
 * engine keeps only so much of it: views that nobody disposes of give way to those that are asked. By a clock:
 * who was asked since the hand last came by stays for another round.
 */
import { Lifetime } from '../vm/index.ts';
import type { WasmModule } from './wasm.ts';

/** Bytes that an engine keeps at the most: some 4,000 plans of contiguous masks, some 100 of masks with holes. */
const MOST_BYTES = 2 ** 27;

/** Makes what a view keeps: takes memory from {@link Resident.allocate}, returns the pointer that kernels want. */
type Build = (resident: Resident) => number;

/** What the views of one engine keep. */
export class Residents {
  readonly module: WasmModule;
  /** Of the engine. */
  readonly lifetime = new Lifetime('evaluator');
  readonly #mostBytes: number;
  readonly #ring: Resident[] = [];
  #hand = 0;
  #bytes = 0;

  constructor(module: WasmModule, mostBytes: number = MOST_BYTES) {
    this.module = module;
    this.#mostBytes = mostBytes;
  }

  /** Bytes that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Takes memory, after others gave theirs back where it would become too much.
   *
   * @param keeps - who must not be sent away
   */
  allocate(bytes: number, ...keeps: readonly (Resident | undefined)[]): number {
    // Two rounds: the first one may find that all have been asked.
    for (let looks = 2 * this.#ring.length; looks > 0 && this.#bytes + bytes > this.#mostBytes; looks--) {
      this.#hand = this.#hand < this.#ring.length ? this.#hand : 0;
      const resident = this.#ring[this.#hand];
      if (!resident) break;
      if (resident.isUsed || keeps.includes(resident)) {
        resident.isUsed = false;
        this.#hand++;
      } else resident.evict();
    }
    const pointer = this.module.allocate(bytes);
    this.#bytes += bytes;
    return pointer;
  }

  /** Gives back what {@link allocate} took. */
  free(pointer: number, bytes: number): void {
    this.module.free(pointer);
    this.#bytes -= bytes;
  }

  /** Puts one into the ring; gives its place. */
  enter(resident: Resident): number {
    return this.#ring.push(resident) - 1;
  }

  /** Takes one out of the ring; the last one takes its place. */
  leave(place: number): void {
    const last = this.#ring.pop();
    if (!last || place === this.#ring.length) return;
    this.#ring[place] = last;
    last.place = place;
  }

  /** Ends all views. Harmless twice. */
  dispose(): void {
    this.lifetime.end();
    for (const resident of [...this.#ring]) resident.evict();
  }
}

/** What one view keeps. */
export class Resident {
  /** Where it stands in the ring, -1 where it keeps nothing. */
  place = -1;
  /** Whether it was asked for since the hand came by. */
  isUsed = false;
  readonly lifetime: Lifetime;
  readonly #residents: Residents;
  readonly #build: Build;
  readonly #blocks: { readonly pointer: number; readonly bytes: number }[] = [];
  #pointer = 0;
  #beside: Resident | undefined;

  /**
   * @param build - called at once, and whenever the view is asked after it gave its memory back
   * @throws what `build` throws
   */
  constructor(residents: Residents, build: Build) {
    this.#residents = residents;
    this.#build = build;
    this.lifetime = new Lifetime('view', residents.lifetime);
    this.pointer();
  }

  /**
   * Where it lies, until memory is taken for another view.
   *
   * @param beside - another one that is not to be sent away for it
   * @throws EptsweepError `disposed`
   */
  pointer(beside?: Resident): number {
    this.isUsed = true;
    return this.#pointer === 0 ? this.#settle(beside) : this.#pointer;
  }

  /** Where two lie at the same time. */
  static pointers(a: Resident, b: Resident): readonly [number, number] {
    a.pointer();
    const second = b.pointer(a);
    return [a.pointer(b), second];
  }

  #settle(beside: Resident | undefined): number {
    this.lifetime.require();
    this.place = this.#residents.enter(this);
    this.#beside = beside;
    try {
      this.#pointer = this.#build(this);
    } catch (error) {
      this.evict();
      throw error;
    } finally {
      this.#beside = undefined;
    }
    return this.#pointer;
  }

  /** Whether it is one of these. */
  isOf(residents: Residents): boolean {
    return this.#residents === residents;
  }

  /** Takes memory that is given back with the rest. */
  allocate(bytes: number): number {
    const pointer = this.#residents.allocate(bytes, this, this.#beside);
    this.#blocks.push({ pointer, bytes });
    return pointer;
  }

  /** Gives the memory back. Harmless twice. */
  evict(): void {
    if (this.place < 0) return;
    this.#residents.leave(this.place);
    this.place = -1;
    this.#pointer = 0;
    for (let block = this.#blocks.pop(); block; block = this.#blocks.pop()) {
      this.#residents.free(block.pointer, block.bytes);
    }
  }

  /** Ends the view. Harmless twice. */
  dispose(): void {
    this.lifetime.end();
    this.evict();
  }
}
