/**
 * The leaf entries of a running KVM as its trace shows them. A trace does not say which root an entry belongs to: where
 * several roots map a frame, their entries lie in layers, and the model's are held against all of them together.
 */
import { LEAF_FRAMES } from '../../ranges.ts';
import { IPAT, kindOfEntry, LEAF, lowOf, NON_LEAF, TYPE_MASK } from '../../trace/entry.ts';
import { RangeMap } from '../range-map.ts';
import { codeOfValue, entryValue, levelOfValue } from '../shared-ept.ts';
import type { EntryChange, EntrySplit } from './live-line.ts';
import type { EntryRun, StepJournal } from './step-journal.ts';

/** Level, type and IPAT of a leaf as one number. */
export function valueOfLeaf(entry: bigint, level: number): number {
  // IPAT stands above the type in an entry as in a code.
  return entryValue(level, (lowOf(entry) & (TYPE_MASK | IPAT)) >>> 3);
}

/** What a line did: `unknown`: it takes away what no line had shown. */
export type ChangeOutcome = 'installed' | 'replaced-table' | 'other' | 'unknown';

/** See the head of the file. */
export class LiveTable {
  readonly #layers: RangeMap[] = [];

  /** @param frames - of the space */
  constructor(readonly frames: number) {}

  /** Mapped runs of a range, an array for each layer. */
  runs(start: number, end: number): readonly (readonly EntryRun[])[] {
    return this.#layers.map((layer) => {
      const runs: EntryRun[] = [];
      layer.each(start, end, (from, to, value) => {
        if (value !== 0) runs.push({ start: from, end: to, value });
      });
      return runs;
    });
  }

  #isFree(layer: RangeMap, start: number, end: number): boolean {
    let isFree = true;
    layer.each(start, end, (_from, _to, value) => {
      if (value !== 0) isFree = false;
    });
    return isFree;
  }

  #freeLayer(start: number, end: number): RangeMap {
    const free = this.#layers.find((layer) => this.#isFree(layer, start, end));
    if (free) return free;
    const layer = new RangeMap(this.frames, 0);
    this.#layers.push(layer);
    return layer;
  }

  #layerWith(gfn: number, value: number): RangeMap | undefined {
    return this.#layers.find((layer) => layer.at(gfn) === value);
  }

  /**
   * An entry of any level becomes another.
   *
   * @param recovers - dirty logging ends: a large entry that takes the place of small ones inherits from them
   */
  change({ gfn, level, before, after }: EntryChange, journal: StepJournal, recovers: boolean): ChangeOutcome {
    // Tables of these levels hold no leaves.
    if (level > 3) return 'other';
    const frames = LEAF_FRAMES[level]!;
    const start = gfn - (gfn % frames);
    const end = Math.min(start + frames, this.frames);
    if (start >= this.frames) return 'other';
    const wasLeaf = kindOfEntry(before, level) === LEAF;
    const kind = kindOfEntry(after, level);
    const old = valueOfLeaf(before, level);
    const from = wasLeaf ? this.#layerWith(start, old) : undefined;
    if (wasLeaf && !from) return this.#wasReplaced(start, level) ? 'other' : 'unknown';
    if (kind !== LEAF) {
      if (from && kind === NON_LEAF) this.#split(from, start, end, old, journal);
      else if (from) this.#take(from, start, end, old, journal);
      return 'other';
    }
    const value = valueOfLeaf(after, level);
    // Write protection, dirty and accessed bits: it is the same entry still.
    if (wasLeaf && value === old) return 'other';
    const replacesTable = kindOfEntry(before, level) === NON_LEAF;
    const layer =
      from ??
      (replacesTable ? this.#layers.find((one) => !this.#isFree(one, start, end)) : undefined) ??
      this.#freeLayer(start, end);
    const isInherited = replacesTable && recovers;
    layer.each(start, end, (a, b, was) => {
      if (was !== 0) journal.lost(a, b, was, isInherited);
    });
    layer.set(start, end, value);
    journal.put(start, end, value, isInherited);
    return replacesTable ? 'replaced-table' : 'installed';
  }

  #take(layer: RangeMap, start: number, end: number, value: number, journal: StepJournal): void {
    journal.lost(start, end, value, false);
    layer.set(start, end, 0);
  }

  /** The children of a large entry that makes way for a table inherit from it. */
  #split(layer: RangeMap, start: number, end: number, value: number, journal: StepJournal): void {
    const small = entryValue(levelOfValue(value) - 1, codeOfValue(value));
    journal.lost(start, end, value, true);
    layer.set(start, end, small);
    journal.put(start, end, small, true);
  }

  /** Whether a small entry that goes stood below a large one that has taken its place already. */
  #wasReplaced(gfn: number, level: number): boolean {
    return this.#layers.some((layer) => {
      const value = layer.at(gfn);
      return value !== 0 && levelOfValue(value) > level;
    });
  }

  /** A large entry was split; mostly a change before it has said so. */
  split({ gfn, level, entry }: EntrySplit, journal: StepJournal): void {
    if (level < 2) return;
    const frames = LEAF_FRAMES[level]!;
    const start = gfn - (gfn % frames);
    const value = valueOfLeaf(entry, level);
    const layer = start < this.frames ? this.#layerWith(start, value) : undefined;
    if (layer) this.#split(layer, start, start + frames, value, journal);
  }
}
