/** Random VMs and events whose slots lie in the first pages of the space, where registers meet each other. */
import {
  type GfnRange,
  MEMORY_TYPES,
  type Policy,
  policy as policyNamed,
  type Vm,
  vm,
} from '../../src/index.ts';
import {
  DESIGN_FLAG_VALUES,
  type DesignRules,
  designNamed,
  Inventory,
  type ReplayEvent,
  type StartState,
} from '../../src/replay/index.ts';
import { DESIGNS } from '../../src/share/index.ts';
import type { Rng } from '../generators/rng.ts';

const MAXPHYADDR = 36;
const SPACE = (1n << BigInt(MAXPHYADDR)) - 1n;
const FIXED_MSRS = [0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f];

/** The policies that replays are drawn from: a release for each set of flags. */
export const REPLAY_POLICIES = [
  'kvm-4.19',
  'kvm-5.2',
  'kvm-5.2.11',
  'kvm-5.15',
  'kvm-5.17',
  'kvm-5.18',
  'kvm-5.19',
  'kvm-6.0',
  'kvm-6.1.176',
  'kvm-6.6',
  'kvm-6.8',
  'kvm-6.11-rc3',
  'kvm-6.12',
  'kvm-6.12.78',
  'kvm-6.14',
  'kvm-6.16',
  'kvm-7.1',
].map((name) => policyNamed(name));

/** What a replay starts from. */
export interface ReplayCase {
  readonly vm: Vm;
  readonly policy: Policy;
  readonly design: DesignRules;
  readonly slotZap: 'all' | 'slot' | undefined;
  readonly eagerSplit: boolean | undefined;
  readonly start: StartState;
}

/** A scenario that any replay can run. */
export interface RandomScenario extends ReplayCase {
  readonly events: readonly ReplayEvent[];
}

function randomDesign(rng: Rng): DesignRules {
  if (rng.chance(0.7)) return designNamed(rng.pick(DESIGNS));
  const flags = Object.entries(DESIGN_FLAG_VALUES).map(
    ([flag, values]) => `${flag}=${rng.pick<string>(values)}`,
  );
  return designNamed(flags.join(','));
}

function range(rng: Rng, pages: number): GfnRange {
  const start = rng.below(pages);
  const length = rng.chance(0.3) ? 1 : rng.chance(0.5) ? rng.between(1, 64) : rng.between(1, pages);
  return { start, end: Math.min(pages, start + length) };
}

function randomWrite(rng: Rng, pages: number): readonly [number, bigint] {
  const type = BigInt(rng.chance(0.7) ? rng.pick([0, 6]) : rng.pick(MEMORY_TYPES));
  switch (rng.below(10)) {
    case 0:
    case 1:
      return [0x2ff, type | rng.pick([0x800n, 0x800n, 0xc00n, 0xc00n, 0n, 0x400n])];
    case 2:
    case 3:
    case 4: {
      const frame = rng.below(pages);
      const aligned = rng.chance(0.7) ? frame - (frame % 2 ** rng.between(0, 9)) : frame;
      return [0x200 + 2 * rng.below(4), (BigInt(aligned) << 12n) | type];
    }
    case 5:
    case 6:
    case 7: {
      const bits = BigInt(rng.between(12, 12 + Math.ceil(Math.log2(pages)) + 1));
      const hole = rng.chance(0.1) ? 1n << BigInt(rng.between(12, 24)) : 0n;
      return [
        0x201 + 2 * rng.below(4),
        (SPACE & ~((1n << bits) - 1n) & ~hole) | (rng.chance(0.8) ? 0x800n : 0n),
      ];
    }
    case 8: {
      const bytes = Array.from({ length: 8 }, () => BigInt(rng.pick([0, 5, 6, 6])));
      return [rng.pick(FIXED_MSRS), bytes.reduce((sum, byte, k) => sum | (byte << BigInt(8 * k)), 0n)];
    }
    default:
      return rng.pick<readonly [number, bigint]>([
        [0x2ff, 0x802n],
        [0x200, 0x106n],
        [0x201, 0x400n],
        [0x210, 6n],
        [0xfe, 0x508n],
        [0x277, 0x0007040600070406n],
        [0x277, 2n],
        [0x26f, 0x0300000000000000n],
        [0x201, 0n],
      ]);
  }
}

function randomSlots(rng: Rng, pages: number) {
  const slots = [];
  const mmio: GfnRange[] = [];
  for (let gfn = rng.chance(0.6) ? 0 : rng.below(64); gfn < pages; ) {
    const count = Math.min(
      pages - gfn,
      rng.chance(0.5) ? rng.between(1, pages) : rng.pick([256, 512, 1024, 64]),
    );
    const pfn = gfn + rng.pick([0, 0, 512, 1, 1 << 18]);
    slots.push({ gfn, count, pfn, readonly: rng.chance(0.15), maxLevel: rng.pick([1, 2, 3, 3] as const) });
    if (rng.chance(0.2))
      mmio.push(
        rng.chance(0.5) ? { start: gfn, end: gfn + count } : { start: gfn, end: gfn + 1 + rng.below(count) },
      );
    gfn += count + (rng.chance(0.6) ? 0 : rng.between(1, 100));
    if (slots.length === 4) break;
  }
  return { slots, mmio };
}

function randomEvent(rng: Rng, pages: number, ids: readonly number[], inventory: Inventory): ReplayEvent {
  const vcpu = rng.pick(ids);
  const slot = inventory.slots.length > 0 ? rng.pick(inventory.slots) : undefined;
  const roll = rng.below(100);
  const by = rng.chance(0.2) ? ({ by: 'vmm' } as const) : {};
  if (roll < 32) {
    const [msr, value] = randomWrite(rng, pages);
    return { kind: 'wrmsr', vcpu, ...by, msr, value };
  }
  if (roll < 62)
    return { kind: 'touch', vcpu, range: range(rng, pages), access: rng.pick(['read', 'write']) };
  if (roll < 68) return { kind: 'cr0cd', vcpu, ...by, on: rng.chance(0.4) };
  if (roll < 72) return randomPaging(rng, vcpu, by);
  if (roll < 77) return randomMode(rng, vcpu);
  if (roll < 80) return { kind: 'dma', on: rng.chance(0.6) };
  if (roll < 82)
    return { kind: 'quirk', quirk: rng.pick(['cd-nw-cleared', 'ignore-guest-pat']), on: rng.chance(0.4) };
  if (roll < 86) return randomReset(rng, vcpu);
  if (roll < 88)
    return rng.chance(0.5)
      ? { kind: 'hotplug', vcpu: rng.below(12), ...(rng.chance(0.4) && { waits: rng.chance(0.7) }) }
      : { kind: 'unplug', vcpu };
  if (roll < 94 && slot) return { kind: 'dirty-log', gfn: slot.gfn, on: rng.chance(0.5) };
  if (roll < 95 && slot) return { kind: 'slot-remove', gfn: slot.gfn };
  if (roll < 96 && slot)
    return { kind: 'slot-move', gfn: slot.gfn, to: rng.below(8) > 0 ? rng.below(pages) : slot.gfn };
  if (roll < 99) {
    const { start, end } = range(rng, pages);
    const pfn = start + rng.pick([0, 512, 3]);
    return {
      kind: 'slot-add',
      slot: { gfn: start, count: end - start, pfn, readonly: rng.chance(0.2) },
      mmio: rng.chance(0.2),
    };
  }
  return { kind: 'report' };
}

function randomPaging(rng: Rng, vcpu: number, by: { readonly by?: 'vmm' }): ReplayEvent {
  if (rng.chance(0.3)) return { kind: 'efer', vcpu, ...by, nx: rng.chance(0.6) };
  const bits = (['pg', 'wp', 'cd', 'nw'] as const).filter(() => rng.chance(0.4));
  return { kind: 'cr0', vcpu, ...by, ...Object.fromEntries(bits.map((name) => [name, rng.chance(0.6)])) };
}

function randomMode(rng: Rng, vcpu: number): ReplayEvent {
  const kind = rng.pick(['smi', 'rsm', 'nested', 'sipi', 'stop', 'start'] as const);
  return kind === 'nested' ? { kind, vcpu, on: rng.chance(0.5) } : { kind, vcpu };
}

function randomReset(rng: Rng, vcpu: number): ReplayEvent {
  return {
    kind: rng.pick(['reset', 'init'] as const),
    vcpu,
    ...(rng.chance(0.3) && { waits: rng.chance(0.7) }),
    ...(rng.chance(0.5) && { paging: rng.pick(['off', 'kept'] as const) }),
  };
}

/**
 * A random scenario.
 *
 * @param pages - slots lie in `0..pages-1`
 * @param count - events
 */
export function randomScenario(rng: Rng, pages: number, count: number): RandomScenario {
  const { slots, mmio } = randomSlots(rng, pages);
  const registers = Array.from({ length: rng.below(6) }, () => randomWrite(rng, pages)).filter(
    ([msr, value]) =>
      ![0x210, 0xfe].includes(msr) &&
      !(msr === 0x2ff && value === 0x802n) &&
      value !== 0x106n &&
      value !== 0x400n &&
      value !== 2n &&
      value >> 56n !== 3n,
  );
  const guest = vm({
    maxphyaddr: MAXPHYADDR,
    slots,
    mmio,
    noncoherentDma: rng.chance(0.8),
    selfSnoop: rng.chance(0.8),
    ...(rng.chance(0.4) && { quirks: rng.chance(0.5) ? [] : ['ignore-guest-pat' as const] }),
    vcpus: Array.from({ length: rng.between(1, 5) }, () => ({
      msrs: rng.chance(0.7) ? registers : [],
      cr0cd: rng.chance(0.2),
      guestHasMtrr: rng.chance(0.95),
    })),
  });
  const waiting = guest.vcpus.map(({ id }) => id).filter((id) => id > 0 && rng.chance(0.2));
  const start: StartState = { waiting, paging: rng.chance(0.7), smm: true };
  const inventory = new Inventory(guest, start);
  const ids = new Set(guest.vcpus.map(({ id }) => id));
  const events: ReplayEvent[] = [];
  while (events.length < count) {
    const event = randomEvent(rng, pages, [...ids], inventory);
    const leavesPages =
      event.kind === 'slot-move' && event.to + (inventory.slotStartingAt(event.gfn)?.count ?? 0) > pages;
    if (leavesPages || inventory.problemOf(event)) continue;
    inventory.apply(event);
    if (event.kind === 'hotplug') ids.add(event.vcpu);
    if (event.kind === 'unplug') ids.delete(event.vcpu);
    events.push(event);
  }
  return {
    vm: guest,
    policy: rng.pick(REPLAY_POLICIES),
    design: randomDesign(rng),
    slotZap: rng.pick([undefined, undefined, 'all', 'slot']),
    eagerSplit: rng.pick([undefined, undefined, true, false]),
    start,
    events,
  };
}
