/**
 * The leaf entries of a VM as the kernel's trace tells of them: what each change of an entry installs, takes away,
 * splits or replaces.
 */

import { LEAF_FRAMES } from '../../src/ranges.ts';
import { decodeEntry } from '../../src/trace/entry.ts';
import type { EntryChange } from '../log/serial-log.ts';

/** A leaf entry and where it stands. */
export interface TableLeaf {
  readonly gfn: number;
  readonly level: number;
  readonly entry: bigint;
}

/** What one step did to the leaves. */
export interface TableEffects {
  /** By faults, or in the place of smaller ones; `overWritable`: what was there could be written through. */
  readonly installed: readonly (TableLeaf & {
    readonly overWritable: boolean;
    readonly overTable: boolean;
  })[];
  /** That went away; not those that gave way to others. */
  readonly zapped: readonly TableLeaf[];
  /** Large ones that became 512 of their kind. */
  readonly split: readonly TableLeaf[];
  /** Small ones that a large one took the place of. */
  readonly displaced: readonly TableLeaf[];
  /** Whose permissions changed, type and frame staying. */
  readonly adjusted: readonly TableLeaf[];
}

const WRITE = 2n;
const LARGE = 0x80n;
/** Address, type and IPAT. */
const LASTING = 0x000ffffffffff078n;

function keyOf(gfn: number, level: number): number {
  return gfn * 4 + level;
}

/** Entries by level, type and IPAT, as text that sorts. */
export function kindOfLeaf(level: number, entry: bigint): string {
  return `${level} ${Number((entry >> 3n) & 7n)} ${Number((entry >> 6n) & 1n)}`;
}

type Effects = { -readonly [Key in keyof TableEffects]: TableEffects[Key][number][] };

/** See the head of the file. */
export class EntryTable {
  readonly #leaves = new Map<number, TableLeaf>();

  get leaves(): Iterable<TableLeaf> {
    return this.#leaves.values();
  }

  /** How many leaves of each kind there are. */
  counts(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { level, entry } of this.#leaves.values()) {
      const kind = kindOfLeaf(level, entry);
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    return counts;
  }

  at(gfn: number, level: number): TableLeaf | undefined {
    return this.#leaves.get(keyOf(gfn, level));
  }

  /** Takes away what is below an entry of a level; returns it. */
  #takeBelow(gfn: number, level: number): TableLeaf[] {
    const end = gfn + LEAF_FRAMES[level]!;
    const gone: TableLeaf[] = [];
    for (const [key, leaf] of this.#leaves) {
      if (leaf.level >= level || leaf.gfn < gfn || leaf.gfn >= end) continue;
      gone.push(leaf);
      this.#leaves.delete(key);
    }
    return gone;
  }

  #put(leaf: TableLeaf): void {
    this.#leaves.set(keyOf(leaf.gfn, leaf.level), leaf);
  }

  #split({ gfn, level, entry }: TableLeaf): void {
    this.#leaves.delete(keyOf(gfn, level));
    const step = LEAF_FRAMES[level - 1]!;
    const below = level - 1 > 1 ? entry : entry & ~LARGE;
    for (let k = 0; k < 512; k++) {
      const frame = BigInt(k * step) << 12n;
      this.#put({ gfn: gfn + k * step, level: level - 1, entry: (below + frame) & ~WRITE });
    }
  }

  #change({ gfn, level, old, now }: EntryChange, effects: Effects): void {
    const [before, after] = [decodeEntry(old, level), decodeEntry(now, level)];
    const known = this.at(gfn, level);
    if (after.kind === 'leaf') {
      const leaf = { gfn, level, entry: now };
      const below = before.kind === 'non-leaf' ? this.#takeBelow(gfn, level) : [];
      effects.displaced.push(...below);
      this.#put(leaf);
      const lasts = before.kind === 'leaf' && known && (old & LASTING) === (now & LASTING);
      // A write to a page whose large entry it has just split maps it anew, of its old type or of another.
      const becomesWritable = (now & ~old & WRITE) !== 0n;
      const isOfSplit = effects.split.some(
        (one) => one.gfn <= gfn && gfn < one.gfn + LEAF_FRAMES[one.level]!,
      );
      if (lasts && !(isOfSplit && becomesWritable)) effects.adjusted.push(leaf);
      else {
        const overTable = before.kind === 'non-leaf';
        effects.installed.push({ ...leaf, overTable, overWritable: overTable && before.write });
      }
      return;
    }
    if (after.kind === 'non-leaf') {
      if (known) {
        effects.split.push(known);
        this.#split(known);
      }
      return;
    }
    if (known) {
      effects.zapped.push(known);
      this.#leaves.delete(keyOf(gfn, level));
    }
    if (before.kind === 'non-leaf') effects.zapped.push(...this.#takeBelow(gfn, level));
  }

  /** Lets the changes of one step happen. */
  apply(changes: readonly EntryChange[]): TableEffects {
    const effects: Effects = { installed: [], zapped: [], split: [], displaced: [], adjusted: [] };
    for (const change of changes) this.#change(change, effects);
    return effects;
  }
}
