/**
 * What all vCPUs together demand, frame by frame: runs of equal counts by demand. A vCPU whose state changes
 * alters the runs only where its old and its new demand differ.
 */
import { DEMAND_CODES, type DemandCode } from '../share/demand.ts';
import type { GfnRange } from '../types.ts';
import { RangeMap } from './range-map.ts';
import type { Runs } from './registers.ts';

/** How many vCPUs demand each code. */
interface Profile {
  readonly counts: readonly number[];
  /** Bit `code` is set where somebody demands it. */
  readonly present: number;
}

const NOBODY: Profile = { counts: new Array(DEMAND_CODES).fill(0), present: 0 };
/** More than there are changes of a count, by up to 4096 vCPUs more or fewer. */
const CHANGES = 1 << 14;
/** Profiles, and changes of them, that are remembered before those that no page has are forgotten. */
const MOST_REMEMBERED = 1 << 14;

/** The profiles that there are or were, and which leads to which. */
class Profiles {
  readonly #profiles: Profile[] = [NOBODY];
  readonly #ids = new Map<string, number>();
  readonly #changes = new Map<number, number>();

  get(id: number): Profile {
    return this.#profiles[id]!;
  }
  get size(): number {
    return this.#profiles.length + this.#changes.size;
  }

  /** The profile in which more vCPUs (or fewer) demand a code. */
  changed(id: number, code: DemandCode, vcpus: number): number {
    const key = (id * DEMAND_CODES + code) * CHANGES + vcpus;
    const known = this.#changes.get(key);
    if (known !== undefined) return known;
    const counts = this.#profiles[id]!.counts.slice();
    counts[code]! += vcpus;
    const next = this.idOf(counts);
    this.#changes.set(key, next);
    return next;
  }

  /** The number of a profile, a new one if need be. */
  idOf(counts: readonly number[]): number {
    const key = String(counts);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const present = counts.reduce((set, count, code) => (count > 0 ? set | (1 << code) : set), 0);
    const id = this.#profiles.push({ counts, present }) - 1;
    this.#ids.set(key, id);
    return id;
  }
}

/** Pages of ascending ranges below a frame, by bisection. */
class PageCounter {
  #starts: number[] = [];
  #before: number[] = [];
  #lengths: number[] = [];

  constructor(ranges: readonly GfnRange[]) {
    let sum = 0;
    for (const { start, end } of ranges) {
      this.#starts.push(start);
      this.#before.push(sum);
      this.#lengths.push(end - start);
      sum += end - start;
    }
  }

  #below(gfn: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#starts[middle]! < gfn) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return 0;
    return this.#before[low - 1]! + Math.min(this.#lengths[low - 1]!, gfn - this.#starts[low - 1]!);
  }

  count(start: number, end: number): number {
    return this.#below(end) - this.#below(start);
  }
}

/** See the head of the file. */
export class Agreement {
  readonly #frames: number;
  #runs: RangeMap;
  #profiles = new Profiles();
  #mostRemembered = MOST_REMEMBERED;
  #mapped: PageCounter;
  /** Pages in slots on which vCPUs disagree. */
  disagree = 0;

  /**
   * @param frames - of the guest's space
   * @param mapped - what slots map, ascending: other pages do not count
   */
  constructor(frames: number, mapped: readonly GfnRange[]) {
    this.#frames = frames;
    this.#runs = new RangeMap(frames, 0);
    this.#mapped = new PageCounter(mapped);
  }

  /** Starts anew with what each vCPU demands; equal objects are taken together. */
  restart(demands: Iterable<Runs>): void {
    this.#runs = new RangeMap(this.#frames, 0);
    this.disagree = 0;
    const groups = new Map<Runs, number>();
    for (const runs of demands) groups.set(runs, (groups.get(runs) ?? 0) + 1);
    for (const [runs, vcpus] of groups) this.add(runs, vcpus);
  }

  /** Slots have changed. */
  set mapped(ranges: readonly GfnRange[]) {
    this.#mapped = new PageCounter(ranges);
    this.disagree = 0;
    this.#runs.each(0, this.#frames, (start, end, id) => {
      if (this.#isMixed(id)) this.disagree += this.#mapped.count(start, end);
    });
  }

  /** vCPUs come (or go, where negative) that demand this. */
  add(runs: Runs, vcpus: number): void {
    this.#forget();
    let start = 0;
    for (const [index, end] of runs.ends.entries()) {
      const code = runs.values[index]!;
      this.#update(start, end, (id) => this.#profiles.changed(id, code, vcpus));
      start = end;
    }
  }

  /** One vCPU demands something else. */
  change(before: Runs, after: Runs): void {
    if (before === after) return;
    this.#forget();
    let start = 0;
    // Both end with the space.
    for (let a = 0, b = 0; a < before.ends.length; ) {
      const end = Math.min(before.ends[a]!, after.ends[b]!);
      const [old, now] = [before.values[a]!, after.values[b]!];
      if (old !== now) {
        this.#update(start, end, (id) => this.#profiles.changed(this.#profiles.changed(id, old, -1), now, 1));
      }
      if (before.ends[a] === end) a += 1;
      if (after.ends[b] === end) b += 1;
      start = end;
    }
  }

  /** Visits runs of a range with how many vCPUs demand each code, and which codes occur. */
  each(
    start: number,
    end: number,
    visit: (start: number, end: number, counts: readonly number[], present: number) => void,
  ): void {
    this.#runs.each(start, end, (from, to, id) => {
      const { counts, present } = this.#profiles.get(id);
      visit(from, to, counts, present);
    });
  }

  #isMixed(id: number): boolean {
    const { present } = this.#profiles.get(id);
    return (present & (present - 1)) !== 0;
  }

  #update(start: number, end: number, next: (id: number) => number): void {
    const runs: number[] = [];
    this.#runs.each(start, end, (from, to, id) => runs.push(from, to, id));
    for (let k = 0; k < runs.length; k += 3) {
      const [from, to, id] = [runs[k]!, runs[k + 1]!, runs[k + 2]!];
      const after = next(id);
      this.#runs.set(from, to, after);
      const mixed = Number(this.#isMixed(after)) - Number(this.#isMixed(id));
      if (mixed !== 0) this.disagree += mixed * this.#mapped.count(from, to);
    }
  }

  /** Forgets profiles that no page has any more, once there are many. */
  #forget(): void {
    if (this.#profiles.size < this.#mostRemembered) return;
    const before = this.#profiles;
    const runs = new RangeMap(this.#frames, 0);
    this.#profiles = new Profiles();
    this.#runs.each(0, this.#frames, (start, end, id) => {
      runs.set(start, end, this.#profiles.idOf(before.get(id).counts));
    });
    this.#runs = runs;
    this.#mostRemembered = Math.max(MOST_REMEMBERED, 2 * this.#profiles.size);
  }
}
