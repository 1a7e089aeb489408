/** A guest as commands for the lab's program (guest/lab.c). */

import type { Policy, Quirk } from '../../src/policy/index.ts';
import type { ReplayEvent } from '../../src/replay/index.ts';
import type { Slot } from '../../src/vm/index.ts';
import { disabledQuirks, isMmio, type LabCase, MMIO_FRAMES, POOL_FRAMES } from './lab-case.ts';

const PAGE = 4096n;
const hex = (value: bigint | number): string => value.toString(16);
const address = (frame: number): string => hex(BigInt(frame) * PAGE);

/** Hands out frames, congruent to what the guest has within 2M; begins again where it is at its end. */
class Pool {
  #next: number;
  constructor(
    readonly start: number,
    readonly end: number,
  ) {
    this.#next = start;
  }
  take({ pfn, count }: Pick<Slot, 'pfn' | 'count'>): number {
    const from = Math.ceil(this.#next / 512) * 512 + (pfn % 512);
    const frame = from + count <= this.end ? from : this.start + (pfn % 512);
    this.#next = frame + count;
    return frame;
  }
}

/** Writes the commands of one guest. */
class Writer {
  readonly lines: string[] = [];
  readonly #pools = {
    large: new Pool(0, POOL_FRAMES.large),
    small: new Pool(0, POOL_FRAMES.small),
    mmio: new Pool(MMIO_FRAMES.start, MMIO_FRAMES.end),
  };
  #quirks: readonly Quirk[];

  constructor(
    readonly one: LabCase,
    readonly policy: Policy,
  ) {
    this.#quirks = one.vm.quirks ?? policy.defaultQuirks;
  }

  #slot(slot: Pick<Slot, 'gfn' | 'count' | 'pfn' | 'readonly' | 'maxLevel'>, mmio: boolean): string {
    const pool = mmio ? this.#pools.mmio : slot.maxLevel === 1 ? this.#pools.small : this.#pools.large;
    const frame = pool.take(slot);
    const kind = mmio
      ? slot.maxLevel === 1
        ? 'mmio'
        : 'mmio2m'
      : `${slot.maxLevel === 1 ? 's' : ''}${slot.readonly ? 'ro' : 'ram'}`;
    return `${address(slot.gfn)} ${address(slot.count)} ${kind} ${address(frame)}`;
  }

  #head(): void {
    const { name, vm, eagerSplit, nxHugePages, systemGfn } = this.one;
    const eager = eagerSplit ?? this.policy.zaps!.dirtyLogStart === 'split';
    this.lines.push(`guest ${name} ${address(systemGfn)} ${vm.maxphyaddr}`);
    this.lines.push(`param eager_page_split ${eager ? 'Y' : 'N'}`);
    this.lines.push(`param nx_huge_pages ${nxHugePages ? 'force' : 'off'}`);
    const mask = disabledQuirks(this.policy, this.#quirks);
    if (mask) this.lines.push(`quirks ${hex(mask)}`);
    for (const slot of vm.slots) {
      if (slot.gfn !== systemGfn) this.lines.push(`slot ${this.#slot(slot, isMmio(vm, slot))}`);
    }
    this.lines.push(`vcpus ${vm.vcpus.length}`);
    vm.vcpus.forEach(({ state }, index) => {
      for (const { msr, value } of state.msrs) this.lines.push(`init ${index} ${hex(msr)} ${hex(value)}`);
      if (state.cr0cd) this.lines.push(`cd ${index} 1`);
    });
    if (vm.noncoherentDma) this.lines.push('dma 1');
  }

  #command(event: ReplayEvent): string {
    switch (event.kind) {
      case 'touch': {
        const { vcpu, range, access } = event;
        return `touch ${vcpu} ${address(range.start)} ${hex(range.end - range.start)} ${access}`;
      }
      case 'wrmsr':
        return `wrmsr ${event.vcpu} ${hex(event.msr)} ${hex(event.value)} ${event.by ?? 'guest'}`;
      case 'cr0cd':
        return `cr0 ${event.vcpu} ${event.on ? 1 : 0} ${event.by ?? 'guest'}`;
      case 'cr0':
        return event.cd === undefined
          ? 'nothing'
          : `cr0 ${event.vcpu} ${event.cd ? 1 : 0} ${event.by ?? 'guest'}`;
      case 'reset':
        return `cr0 ${event.vcpu} 1 vmm`;
      case 'dma':
        return `dma ${event.on ? 1 : 0}`;
      case 'slot-add': {
        const { gfn, count, pfn, readonly = false, maxLevel = 3 } = event.slot;
        return `slotadd ${this.#slot({ gfn, count, pfn, readonly, maxLevel }, event.mmio ?? false)}`;
      }
      case 'slot-move':
        return `slotmove ${address(event.gfn)} ${address(event.to)}`;
      case 'slot-remove':
        return `slotdel ${address(event.gfn)}`;
      case 'dirty-log':
        return `dirty ${address(event.gfn)} ${event.on ? 1 : 0}`;
      case 'quirk': {
        const others = this.#quirks.filter((quirk) => quirk !== event.quirk);
        this.#quirks = event.on ? [...others, event.quirk] : others;
        return `quirks ${hex(disabledQuirks(this.policy, this.#quirks))}`;
      }
      default:
        return 'nothing';
    }
  }

  write(): readonly string[] {
    this.#head();
    this.one.events.forEach((event, index) => {
      this.lines.push(`step ${index + 1} ${this.#command(event)}`);
    });
    this.lines.push(`end ${this.one.name}`);
    return this.lines;
  }
}

/**
 * The script of a run.
 *
 * @param policy - of the kernel: which quirks it lists
 */
export function scriptOf(cases: readonly LabCase[], policy: Policy): string {
  const pool = `pool ${address(POOL_FRAMES.large)} ${address(POOL_FRAMES.small)}`;
  return `${[pool, ...cases.flatMap((one) => new Writer(one, policy).write())].join('\n')}\n`;
}
