/** What each vCPU's state demands of each page: the reference engine's answers, written out page by page. */
import { type Policy, type Quirk, type Slot, type Vcpu, type Vm, WrmsrFault } from '../../src/index.ts';
import { createReferenceEngine } from '../../src/reference/index.ts';
import type { PageCpu } from './page-vcpus.ts';

/** A slot of the second replay. */
export interface PageSlot extends Slot {
  dirtyLog: boolean;
  /** Frames within the slot, from its start, that are host MMIO. */
  readonly mmio: readonly { start: number; end: number }[];
}

/** Answers by page. */
export interface Answers {
  readonly type: Int8Array;
  readonly ipat: Int8Array;
  readonly level: Int8Array;
}

/** What of the VM around the vCPUs the answers depend on. */
export interface Surround {
  readonly slots: readonly PageSlot[];
  readonly noncoherentDma: boolean;
  readonly quirks: readonly Quirk[];
}

/** See the head of the file. */
export class PageAnswers {
  readonly #engine = createReferenceEngine();
  readonly #known = new Map<string, Answers>();

  constructor(
    readonly vm: Vm,
    readonly policy: Policy,
    readonly pages: number,
  ) {}

  #vcpuOf(
    { msrs, guestHasMtrr }: Pick<PageCpu, 'msrs' | 'guestHasMtrr'>,
    cd: boolean,
    around: Surround,
  ): Vcpu {
    const slots = [...around.slots].sort((a, b) => a.gfn - b.gfn);
    return {
      maxphyaddr: this.vm.maxphyaddr,
      msrs: [...msrs].map(([msr, value]) => ({ msr, value })),
      vcnt: undefined,
      vendor: 'intel',
      hostMsrs: undefined,
      cr0cd: cd,
      guestHasMtrr,
      noncoherentDma: around.noncoherentDma,
      selfSnoop: this.vm.host.selfSnoop,
      quirks: around.quirks,
      slots,
      mmio: slots.flatMap((slot) =>
        slot.mmio.map(({ start, end }) => ({ start: slot.gfn + start, end: slot.gfn + end })),
      ),
    };
  }

  of(cpu: PageCpu, cd: boolean, around: Surround): Answers {
    const vcpu = this.#vcpuOf(cpu, cd, around);
    const key = JSON.stringify(vcpu, (_, value) => (typeof value === 'bigint' ? value.toString() : value));
    const known = this.#known.get(key);
    if (known) return known;
    const view = this.#engine.open(vcpu, this.policy);
    const range = { start: 0, end: this.pages };
    const answers = {
      type: new Int8Array(this.pages),
      ipat: new Int8Array(this.pages),
      level: new Int8Array(this.pages),
    };
    for (const { start, end, type, ipat } of view.spans('ept', { range })) {
      answers.type.fill(type!, start, end);
      answers.ipat.fill(ipat!, start, end);
    }
    for (const { start, end, level } of view.spans('levels', { range }))
      answers.level.fill(level!, start, end);
    this.#known.set(key, answers);
    return answers;
  }

  isRefused(msr: number, value: bigint, around: Surround): boolean {
    if (msr === 0xfe) return true;
    try {
      const bare = this.#vcpuOf({ msrs: new Map([[msr, value]]), guestHasMtrr: true }, false, around);
      this.#engine.open({ ...bare, slots: [], mmio: [] }, this.policy);
      return false;
    } catch (error) {
      if (error instanceof WrmsrFault) return true;
      throw error;
    }
  }
}
