/**
 * Makes a disagreement small: takes out of the VM, one by one, all that it does not hang on, and narrows it down
 * to one page. Whatever is tried is evaluated again; a change stays only if the two sides still disagree.
 */

import {
  DEF_TYPE_FE,
  FIXED_MSRS,
  isFixedMsr,
  isMaskMsr,
  LOW_BYTE,
  MSR_DEF_TYPE,
  PAGE_BITS,
  variableIndex,
} from '../msr/index.ts';
import type { GfnRange, PatType } from '../types.ts';
import { frameCount, registerValues, type Slot, type Vcpu, withRegisters } from '../vm/index.ts';
import type { Disagreement, Subject } from './question.ts';

/** A disagreement and what shows it. */
export interface Shrunk {
  readonly subject: Subject;
  readonly disagreement: Disagreement;
  /** How many VMs were evaluated on the way. */
  readonly tried: number;
}

/** Asks both sides the same question again, of frames of a changed VM; undefined where they agree. */
export type AskAgain = (subject: Subject, range: GfnRange) => Promise<Disagreement | undefined>;

function* withoutGroups(vcpu: Vcpu): Generator<Vcpu> {
  const values = registerValues(vcpu);
  const groups = new Map<string, number[]>();
  for (const msr of values.keys()) {
    const name = `${variableIndex(msr) ?? `msr ${msr}`}`;
    groups.set(name, [...(groups.get(name) ?? []), msr]);
  }
  const without = (gone: readonly number[]) =>
    withRegisters(vcpu, new Map([...values].filter(([msr]) => !gone.includes(msr))));
  yield without(FIXED_MSRS);
  yield without([...values.keys()].filter((msr) => msr !== MSR_DEF_TYPE));
  for (const msrs of groups.values()) yield without(msrs);
}

/** Variable ranges renumbered from 0 on, so that no more than are left need to exist. */
function* renumbered(vcpu: Vcpu): Generator<Vcpu> {
  const indexes = [...new Set(vcpu.msrs.map(({ msr }) => variableIndex(msr)).filter((n) => n !== undefined))];
  indexes.sort((a, b) => a - b);
  if (indexes.every((index, position) => index === position)) return;
  const msrs = vcpu.msrs.map(({ msr, value }) => {
    const index = variableIndex(msr);
    return index === undefined ? { msr, value } : { msr: msr - 2 * (index - indexes.indexOf(index)), value };
  });
  yield { ...vcpu, msrs };
}

function* simplerValues(vcpu: Vcpu): Generator<Vcpu> {
  const values = registerValues(vcpu);
  const set = (msr: number, value: bigint): Vcpu => withRegisters(vcpu, new Map(values).set(msr, value));
  const space = 1n << BigInt(vcpu.maxphyaddr);
  for (const [msr, value] of values) {
    if (msr === MSR_DEF_TYPE) {
      yield set(msr, value & ~DEF_TYPE_FE);
      if ((value & LOW_BYTE) !== 0n) yield set(msr, value & ~LOW_BYTE);
    } else if (isMaskMsr(msr)) {
      const mask = value & ~PAGE_BITS;
      const base = values.get(msr - 1) ?? 0n;
      // The same lowest compared bit without holes, then a base without bits that the mask ignores.
      if (mask !== 0n && mask < space) yield set(msr, (space - (mask & -mask)) | (value & PAGE_BITS));
      yield set(msr - 1, (base & mask) | (base & LOW_BYTE));
    } else if (isFixedMsr(msr)) {
      for (let byte = 0n; byte < 8n; byte++) yield set(msr, value & ~(0xffn << (8n * byte)));
    }
  }
}

function* simplerSwitches(vcpu: Vcpu): Generator<Vcpu> {
  if (vcpu.quirks) yield { ...vcpu, quirks: undefined };
  if (vcpu.vcnt !== undefined) yield { ...vcpu, vcnt: undefined };
  if (vcpu.cr0cd) yield { ...vcpu, cr0cd: false };
  if (!vcpu.guestHasMtrr) yield { ...vcpu, guestHasMtrr: true };
  if (vcpu.hostMsrs) {
    yield { ...vcpu, hostMsrs: undefined };
    for (const index of vcpu.hostMsrs.keys()) yield { ...vcpu, hostMsrs: vcpu.hostMsrs.toSpliced(index, 1) };
  }
  if (vcpu.vendor !== 'intel') yield { ...vcpu, vendor: 'intel' };
  if (!vcpu.selfSnoop) yield { ...vcpu, selfSnoop: true };
  if (vcpu.noncoherentDma) yield { ...vcpu, noncoherentDma: false };
}

function wholeSpace(vcpu: Vcpu): Slot {
  return { gfn: 0, count: frameCount(vcpu.maxphyaddr), pfn: 0, readonly: false, maxLevel: 3 };
}

function* simplerMemory(vcpu: Vcpu): Generator<Vcpu> {
  const whole = wholeSpace(vcpu);
  if (JSON.stringify(vcpu.slots) !== JSON.stringify([whole])) {
    yield { ...vcpu, slots: [whole] };
    for (const [index, slot] of vcpu.slots.entries()) {
      const replaced = (simpler: Slot[]): Vcpu => ({
        ...vcpu,
        slots: vcpu.slots.toSpliced(index, 1, ...simpler),
      });
      yield replaced([]);
      if (slot.pfn !== slot.gfn) yield replaced([{ ...slot, pfn: slot.gfn }]);
      if (slot.readonly) yield replaced([{ ...slot, readonly: false }]);
      if (slot.maxLevel !== 3) yield replaced([{ ...slot, maxLevel: 3 }]);
    }
  }
  if (vcpu.mmio.length > 0) yield { ...vcpu, mmio: [] };
  if (vcpu.mmio.length > 1) {
    for (const index of vcpu.mmio.keys()) yield { ...vcpu, mmio: vcpu.mmio.toSpliced(index, 1) };
  }
}

const SIMPLIFICATIONS = [withoutGroups, simplerMemory, simplerSwitches, renumbered, simplerValues];

function isChanged(before: Vcpu, after: Vcpu): boolean {
  return JSON.stringify(after, bigints) !== JSON.stringify(before, bigints);
}

function bigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString(16) : value;
}

function sizeOf({ start, end }: GfnRange): number {
  return end - start;
}

class Shrinker {
  tried = 0;
  readonly #askAgain: AskAgain;
  #subject: Subject;
  #disagreement: Disagreement;

  constructor(askAgain: AskAgain, subject: Subject, disagreement: Disagreement) {
    this.#askAgain = askAgain;
    this.#subject = subject;
    this.#disagreement = disagreement;
  }

  /** Takes over a change if the two sides still disagree. */
  async #keeps(subject: Subject, range: GfnRange): Promise<boolean> {
    this.tried++;
    const disagreement = await this.#askAgain(subject, range);
    if (!disagreement) return false;
    this.#subject = subject;
    this.#disagreement = disagreement;
    return true;
  }

  /** Frames that have to be asked for. */
  get #asked(): GfnRange {
    return this.#disagreement.asked ?? this.#disagreement.range;
  }

  /** Asks for fewer frames as long as they still show the disagreement, down to one page. */
  async #narrow(): Promise<void> {
    for (let isSmaller = true; isSmaller && sizeOf(this.#asked) > 1; ) {
      isSmaller = false;
      const { start, end } = this.#asked;
      const { range } = this.#disagreement;
      const middle = start + Math.floor((end - start) / 2);
      const fewer = [
        { start: range.start, end: range.start + 1 },
        range,
        { start, end: middle },
        { start: middle, end },
        { start, end: end - 1 },
        { start: start + 1, end },
      ].filter((one) => sizeOf(one) < end - start);
      for (const one of fewer) {
        if (!(await this.#keeps(this.#subject, one))) continue;
        isSmaller = true;
        break;
      }
    }
  }

  /** One round over all simplifications; whether any was taken over. */
  async #round(): Promise<boolean> {
    let isSmaller = false;
    for (const simplify of SIMPLIFICATIONS) {
      for (let progress = true; progress; ) {
        progress = false;
        for (const vcpu of simplify(this.#subject.vcpu)) {
          if (!isChanged(this.#subject.vcpu, vcpu)) continue;
          if (await this.#keeps({ ...this.#subject, vcpu }, this.#asked)) {
            progress = true;
            isSmaller = true;
            break;
          }
        }
      }
    }
    return isSmaller;
  }

  async run(): Promise<Shrunk> {
    await this.#narrow();
    while (await this.#round()) await this.#narrow();
    const pat: PatType = 6;
    if (this.#subject.pat !== pat) await this.#keeps({ ...this.#subject, pat }, this.#asked);
    return { subject: this.#subject, disagreement: this.#disagreement, tried: this.tried };
  }
}

/**
 * Shrinks a disagreement.
 *
 * @param subject - what showed it
 * @param askAgain - see {@link AskAgain}; it may take a change of the answers, but not of the question
 * @returns the smallest VM and range that were found to show it
 */
export function shrink(subject: Subject, disagreement: Disagreement, askAgain: AskAgain): Promise<Shrunk> {
  return new Shrinker(askAgain, subject, disagreement).run();
}
