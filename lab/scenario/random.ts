/** Random guests: each from a seed and its number alone, so that any can be made again. */
import { Random } from '../../src/fuzz/random.ts';
import type { Policy } from '../../src/policy/index.ts';
import { Inventory, type ReplayEvent } from '../../src/replay/index.ts';
import type { GfnRange } from '../../src/types.ts';
import { type MsrWrite, type SlotInit, type Vm, vm } from '../../src/vm/index.ts';
import { type Abilities, ADDRESS_BITS, type LabCase, MMIO_FRAMES } from './lab-case.ts';
import { randomState, randomWrites } from './random-registers.ts';
import { systemGfn, withRuns, withSystemSlot } from './system-slot.ts';

const MIB = 256;
const GIB = 1024 * MIB;

/** A slot, and whether it is host MMIO. */
interface Memory {
  readonly slot: SlotInit;
  readonly mmio: boolean;
}

/** Memory as guests have it: low, around the hole below 4G, above 4G. */
function randomMemory(random: Random, { largeMmio }: Abilities): readonly Memory[] {
  const places = [
    { gfn: 0, counts: [160, 256, 4 * MIB, 16 * MIB] },
    { gfn: 16 * MIB, counts: [2 * MIB, 8 * MIB, 8 * MIB + 3] },
    { gfn: 3 * GIB - 16 * MIB, counts: [16 * MIB, 32 * MIB, 10 * MIB] },
    { gfn: 4 * GIB - 32 * MIB, counts: [1, 16 * MIB, 7 * MIB + 100] },
    { gfn: 4 * GIB, counts: [4 * MIB, 24 * MIB, 32 * MIB] },
    { gfn: 64 * GIB - MIB, counts: [3 * MIB, 4 * MIB] },
  ];
  const chosen = places.filter(() => random.chance(50));
  const used = chosen.length > 0 ? chosen : places.slice(0, 1);
  return used.map(({ gfn, counts }, index): Memory => {
    const wanted = random.pick(counts);
    const shift = random.chance(10) ? random.between(1, 511) : 0;
    const next = used[index + 1]?.gfn ?? Number.POSITIVE_INFINITY;
    const count = Math.min(wanted, next - gfn - shift);
    const readonly = random.chance(15);
    if (random.chance(12)) {
      const pfn = MMIO_FRAMES.start;
      const maxLevel = largeMmio && random.chance(70) ? 2 : 1;
      const most = maxLevel === 2 ? 8 * MIB : 2 * MIB;
      return { slot: { gfn: gfn + shift, count: Math.min(count, most), pfn, maxLevel }, mmio: true };
    }
    const pfn = 16 * GIB + gfn + (random.chance(15) ? random.between(1, 511) : 0);
    const maxLevel = random.chance(15) ? 1 : 2;
    return {
      slot: {
        gfn: gfn + shift,
        count: Math.min(count, maxLevel === 1 ? 8 * MIB : count),
        pfn,
        readonly,
        maxLevel,
      },
      mmio: false,
    };
  });
}

/** Makes the events of one guest. */
class Story {
  readonly events: ReplayEvent[] = [];
  readonly #inventory: Inventory;
  readonly #areas: readonly GfnRange[];
  /** Slots that were there and may come back. */
  readonly #gone: Memory[] = [];

  constructor(
    readonly random: Random,
    readonly machine: Vm,
    readonly policy: Policy,
    readonly abilities: Abilities,
  ) {
    this.#inventory = new Inventory(machine);
    this.#areas = areasOf(machine);
  }

  #add(event: ReplayEvent): boolean {
    if (this.#inventory.problemOf(event)) return false;
    this.#inventory.apply(event);
    this.events.push(event);
    return true;
  }

  get #vcpu(): number {
    return this.random.below(this.machine.vcpus.length);
  }
  get #slot() {
    const { slots } = this.#inventory;
    return slots.length > 0 ? this.random.pick(slots) : undefined;
  }

  /** A frame where something may change: at an end of a slot, of an area, of a large page; or anywhere in a slot. */
  #frame(): number {
    const { random } = this;
    const slot = this.#slot;
    if (!slot || random.chance(5)) return random.below(5 * GIB);
    const anywhere = slot.gfn + random.below(slot.count);
    const edges = [slot.gfn, slot.gfn + slot.count - 1, anywhere - (anywhere % 512)];
    const inside = this.#areas
      .flatMap(({ start, end }) => [start, end - 1, end])
      .filter((gfn) => gfn >= slot.gfn && gfn < slot.gfn + slot.count);
    return random.chance(40) ? anywhere : random.pick([...edges, ...inside]);
  }

  #touch(): void {
    const { random } = this;
    const start = this.#frame();
    const length = random.chance(75)
      ? 1
      : random.chance(50)
        ? random.between(2, 40)
        : random.between(400, 1200);
    const access = random.chance(60) ? 'write' : 'read';
    this.#add({ kind: 'touch', vcpu: this.#vcpu, range: { start, end: start + length }, access });
  }

  #write(): void {
    const vcpu = this.#vcpu;
    const by = this.random.chance(35) ? ('vmm' as const) : ('guest' as const);
    for (const { msr, value } of randomWrites(this.random, this.#areas)) {
      this.#add({ kind: 'wrmsr', vcpu, by, msr, value });
    }
  }

  #slotEvent(): void {
    const slot = this.#slot;
    const { random } = this;
    const back = this.#gone.pop();
    if (back && random.chance(80)) {
      this.#add({ kind: 'slot-add', ...back });
      return;
    }
    if (!slot) return;
    const mmio = slot.mmio.length > 0;
    if (random.chance(60)) {
      const { gfn, count, pfn, readonly, maxLevel } = slot;
      this.#gone.push({ slot: { gfn, count, pfn, readonly, maxLevel }, mmio });
      this.#add({ kind: 'slot-remove', gfn });
    } else
      this.#add({
        kind: 'slot-move',
        gfn: slot.gfn,
        to: 8 * GIB + random.below(4) * 512 * MIB + random.pick([0, 0, 5]),
      });
  }

  /** A touch in a slot, of a page or a few. */
  #touchIn({ gfn, count }: SlotInit, access: 'read' | 'write'): void {
    const { random } = this;
    const start = gfn + random.below(count);
    const end = Math.min(start + random.pick([1, 1, 1, 3, 600]), gfn + count);
    this.#add({ kind: 'touch', vcpu: this.#vcpu, range: { start, end }, access });
  }

  /** Dirty logging around accesses to its slot: what is large before, is written through, and comes back. */
  #dirtyLog(): void {
    const { random } = this;
    const slot = this.#slot;
    if (!slot || slot.readonly || slot.mmio.length > 0) return;
    const switched = (on: boolean) => this.#add({ kind: 'dirty-log', gfn: slot.gfn, on });
    if (slot.dirtyLog) {
      switched(false);
      if (random.chance(60)) this.#touchIn(slot, 'read');
      return;
    }
    for (let more = random.below(3); more > 0; more--) this.#touchIn(slot, random.pick(['read', 'write']));
    if (!switched(true)) return;
    if (random.chance(30)) this.#write();
    for (let more = random.between(0, 3); more > 0; more--)
      this.#touchIn(slot, random.pick(['write', 'write', 'read']));
    if (!random.chance(65)) return;
    switched(false);
    if (random.chance(60)) this.#touchIn(slot, 'write');
  }

  #event(): void {
    const { random } = this;
    const roll = random.below(100);
    if (roll < 42) this.#touch();
    else if (roll < 66) this.#write();
    else if (roll < 72)
      this.#add({
        kind: 'cr0cd',
        vcpu: this.#vcpu,
        on: random.chance(50),
        by: random.pick(['guest', 'guest', 'vmm']),
      });
    else if (roll < 80) {
      if (this.abilities.dma) this.#add({ kind: 'dma', on: random.chance(60) });
    } else if (roll < 93) this.#dirtyLog();
    else if (roll < 98) this.#slotEvent();
    else if (this.policy.defaultQuirks.length > 0)
      this.#add({ kind: 'quirk', quirk: random.pick(this.policy.defaultQuirks), on: random.chance(30) });
  }

  tell(length: number): void {
    for (let tries = 0; this.events.length < length && tries < 10 * length; tries++) this.#event();
  }
}

/** Where ranges are worth having: slots, and the first MiB. */
function areasOf({ slots }: Vm): readonly GfnRange[] {
  return [{ start: 0, end: MIB }, ...slots.map(({ gfn, count }) => ({ start: gfn, end: gfn + count }))];
}

/** Each register once, as it is left: a map of registers has no two of a name. */
function once(writes: readonly MsrWrite[]): readonly MsrWrite[] {
  return [...new Map(writes.map(({ msr, value }) => [msr, value]))].map(([msr, value]) => ({ msr, value }));
}

/**
 * A random guest.
 *
 * @param seed - of the run
 * @param index - which of its guests
 * @param policy - of the kernel, for the quirks that it lists
 */
export function randomCase(seed: number, index: number, policy: Policy, abilities: Abilities): LabCase {
  const random = new Random(seed, index);
  const memory = randomMemory(random, abilities);
  const areas = memory.map(({ slot: { gfn, count } }) => ({ start: gfn, end: gfn + count }));
  const shared = once(randomState(random, [{ start: 0, end: MIB }, ...areas]));
  const count = random.pick([1, 1, 2, 2, 3, 4]);
  const machine = vm({
    name: `seed-${seed}-${index}`,
    maxphyaddr: ADDRESS_BITS,
    slots: memory.map(({ slot }) => slot),
    mmio: memory
      .filter(({ mmio }) => mmio)
      .map(({ slot: { gfn, count } }) => ({ start: gfn, end: gfn + count })),
    noncoherentDma: abilities.dma && random.chance(75),
    ...(policy.defaultQuirks.length > 0 && random.chance(35) && { quirks: [] }),
    policy,
    vcpus: Array.from({ length: count }, () => ({
      msrs: random.chance(75) ? shared : once(randomState(random, areas)),
      cr0cd: random.chance(15),
    })),
  });
  const story = new Story(random, machine, policy, abilities);
  story.tell(random.between(12, 24));
  const gfn = systemGfn(machine, story.events);
  return {
    name: machine.name,
    vm: withSystemSlot(machine, gfn),
    events: withRuns(story.events, gfn),
    eagerSplit: random.pick([undefined, undefined, true, false, false]),
    nxHugePages: random.chance(10),
    systemGfn: gfn,
  };
}
