/** One answer that the model has, for some policies alike, held against every entry. */
import type { View } from '../engine/index.ts';
import { type Policy, wantsOf } from '../policy/index.ts';
import { LEAF_FRAMES } from '../ranges.ts';
import { UNDEFINED_ENTRY_TYPE } from '../vm/index.ts';
import { BATCH_ENTRIES, type EntryBatch } from './batch.ts';
import { OF_THE_MODEL, RESERVED_TYPE, TOO_LARGE, WRONG_IPAT, WRONG_TYPE } from './cause.ts';
import { IPAT, TYPE_MASK } from './entry.ts';
import { Findings } from './findings.ts';
import { LevelFinder } from './levels.ts';

/** A vCPU's state under a policy. */
export interface StateViews {
  /** Opened with one slot over the whole space: types and IPAT wherever a page may be. */
  readonly types: View;
  /** Opened with the slots of the config: levels. */
  readonly levels: View;
}

interface State {
  readonly types: View;
  readonly levels: LevelFinder;
  /** Levels where no slot limits them: of an identity map, which has devices besides slots. */
  readonly elsewhere: LevelFinder | undefined;
}

/** Leaves of a batch that lie in the guest's space, with what is wrong with them under any policy. */
export class LeafList {
  count = 0;
  /** Position in the batch. */
  readonly index = new Int32Array(BATCH_ENTRIES);
  readonly gfn = new Float64Array(BATCH_ENTRIES);
  readonly causes = new Uint16Array(BATCH_ENTRIES);
}

const UNDEFINED_BITS = UNDEFINED_ENTRY_TYPE << 3;

// What candidates need while they check; they do so one after the other.
const causes = new Uint16Array(BATCH_ENTRIES);
const wanted = new Uint8Array(BATCH_ENTRIES);
const allowed = new Uint8Array(BATCH_ENTRIES);
const positions = new Int32Array(BATCH_ENTRIES);
const gfns = new Float64Array(BATCH_ENTRIES);

/** A policy, or several that answer alike for this VM. */
export class Candidate {
  readonly findings = new Findings();
  /** Leaves whose type the model leaves undefined: nothing to hold them against. */
  undefinedTypes = 0;
  readonly #states: readonly State[];
  /** Of peers only types are known. */
  readonly #knowsLevels: boolean;

  /**
   * @param policies - that answer alike
   * @param states - of vCPUs: an entry is right if it is what one of them gives
   * @param frames - of the guest's space
   */
  constructor(
    readonly policies: readonly Policy[],
    readonly states: readonly StateViews[],
    frames: number,
  ) {
    this.#knowsLevels = wantsOf(policies[0]!).includes('levels');
    const { requiresSlots } = policies[0]!.traits;
    this.#states = states.map(({ types, levels }) => ({
      types,
      levels: new LevelFinder(levels, frames),
      elsewhere: requiresSlots ? undefined : new LevelFinder(types, frames),
    }));
  }

  /** Holds the leaves of a batch against the model. */
  check(batch: EntryBatch, leaves: LeafList): void {
    const { count } = leaves;
    for (let k = 0; k < count; k++) positions[k] = k;
    this.#compare(0, batch, leaves, count);
    let left = 0;
    for (let k = 0; k < count; k++) {
      if ((wanted[k]! & TYPE_MASK) === UNDEFINED_BITS) this.undefinedTypes += 1;
      if ((causes[k]! & OF_THE_MODEL) !== 0) positions[left++] = k;
    }
    this.#tryOtherStates(batch, leaves, left);
    for (let k = 0; k < count; k++) if (causes[k] !== 0) this.#found(batch, leaves, k);
  }

  /** Clears what another vCPU's state explains. */
  #tryOtherStates(batch: EntryBatch, leaves: LeafList, tried: number): void {
    let left = tried;
    for (let state = 1; state < this.#states.length && left > 0; state++) {
      const before = positions.slice(0, left).map((k) => causes[k]!);
      const wantedBefore = positions.slice(0, left).map((k) => wanted[k]!);
      const allowedBefore = positions.slice(0, left).map((k) => allowed[k]!);
      this.#compare(state, batch, leaves, left);
      let still = 0;
      for (let n = 0; n < left; n++) {
        const k = positions[n]!;
        if ((causes[k]! & OF_THE_MODEL) === 0) continue;
        // What the first state expects is what is reported.
        causes[k] = before[n]!;
        wanted[k] = wantedBefore[n]!;
        allowed[k] = allowedBefore[n]!;
        positions[still++] = k;
      }
      left = still;
    }
  }

  /** Fills causes, wanted and allowed for the first `count` of `positions`. */
  #compare(state: number, batch: EntryBatch, leaves: LeafList, count: number): void {
    const { types, levels, elsewhere } = this.#states[state]!;
    for (let n = 0; n < count; n++) gfns[n] = leaves.gfn[positions[n]!]!;
    const answers = types.entriesOf(gfns.subarray(0, count));
    const words = new Uint32Array(answers.buffer, answers.byteOffset, 2 * count);
    for (let n = 0; n < count; n++) {
      const k = positions[n]!;
      const bits = words[2 * n]! & (TYPE_MASK | IPAT);
      const given = leaves.causes[k]!;
      wanted[k] = bits;
      causes[k] = given | this.#wrongBits(batch.low[leaves.index[k]!]!, bits, given);
    }
    // Asking for levels overwrites the engine's answer, so it comes afterwards.
    for (let n = 0; n < count; n++) {
      const k = positions[n]!;
      const level = batch.level[leaves.index[k]!]!;
      allowed[k] = 0;
      if (level === 1 || !this.#knowsLevels) continue;
      const most = levels.at(leaves.gfn[k]!) || (elsewhere?.at(leaves.gfn[k]!) ?? 0);
      allowed[k] = most;
      if (most > 0 && level > most) causes[k]! |= TOO_LARGE;
    }
  }

  #wrongBits(low: number, bits: number, given: number): number {
    if ((bits & TYPE_MASK) === UNDEFINED_BITS) return 0;
    const different = (low ^ bits) & (TYPE_MASK | IPAT);
    const type = (different & TYPE_MASK) !== 0 && (given & RESERVED_TYPE) === 0 ? WRONG_TYPE : 0;
    return type | ((different & IPAT) !== 0 ? WRONG_IPAT : 0);
  }

  #found(batch: EntryBatch, leaves: LeafList, k: number): void {
    const i = leaves.index[k]!;
    const level = batch.level[i]!;
    const [low, high] = [batch.low[i]!, batch.high[i]!];
    const [line, gfn] = [batch.line[i]!, leaves.gfn[k]!];
    this.findings.add(causes[k]!, line, gfn, LEAF_FRAMES[level]!, low, high, level, wanted[k]!, allowed[k]!);
  }
}
