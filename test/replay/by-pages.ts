/**
 * The replay written a second time, one page after the other and as plainly as it can be: every page holds the
 * leaf that maps it, every rule is a sentence of the KVM sources' behaviour. It shares nothing with src/replay
 * but the events; per-page answers come from the reference engine.
 */
import { type Policy, type Quirk, type Slot, type Vcpu, type Vm, WrmsrFault } from '../../src/index.ts';
import { createReferenceEngine } from '../../src/reference/index.ts';
import type { ReplayEvent } from '../../src/replay/index.ts';
import type { PageReport } from './page-report.ts';

interface Leaf {
  readonly start: number;
  readonly pages: number;
  readonly level: number;
  readonly type: number;
  readonly ipat: number;
}

interface PageSlot extends Slot {
  dirtyLog: boolean;
  /** Frames within the slot, from its start, that are host MMIO. */
  readonly mmio: readonly { start: number; end: number }[];
}

interface Cpu {
  msrs: Map<number, bigint>;
  cd: boolean;
  readonly guestHasMtrr: boolean;
}

interface Answers {
  readonly type: Int8Array;
  readonly ipat: Int8Array;
  readonly level: Int8Array;
}

const LEAF_PAGES = [1, 1, 512, 262144];
const FIXED: readonly (readonly [number, number, number])[] = [
  [0x250, 0, 0x80],
  [0x258, 0x80, 0xa0],
  [0x259, 0xa0, 0xc0],
  [0x268, 0xc0, 0xc8],
  [0x269, 0xc8, 0xd0],
  [0x26a, 0xd0, 0xd8],
  [0x26b, 0xd8, 0xe0],
  [0x26c, 0xe0, 0xe8],
  [0x26d, 0xe8, 0xf0],
  [0x26e, 0xf0, 0xf8],
  [0x26f, 0xf8, 0x100],
];

/** A VM whose slots all lie in the first `pages` pages. */
export class PageReplay {
  readonly #engine = createReferenceEngine();
  readonly #leaves: (Leaf | undefined)[];
  readonly #cpus = new Map<number, Cpu>();
  readonly #slots: PageSlot[];
  readonly #answers = new Map<string, Answers>();
  #devices: number;
  #quirks: Quirk[];

  constructor(
    readonly vm: Vm,
    readonly policy: Policy,
    readonly pages: number,
    readonly slotZap: 'all' | 'slot',
  ) {
    this.#leaves = new Array(pages).fill(undefined);
    this.#devices = vm.noncoherentDma ? 1 : 0;
    this.#quirks = [...(vm.quirks ?? policy.defaultQuirks)];
    for (const { id, state } of vm.vcpus) {
      const msrs = new Map<number, bigint>();
      for (const { msr, value } of state.msrs) msrs.set(msr, value);
      this.#cpus.set(id, { msrs, cd: state.cr0cd, guestHasMtrr: state.guestHasMtrr });
    }
    this.#slots = vm.slots.map((slot) => {
      const mmio: { start: number; end: number }[] = [];
      for (const range of vm.mmio) {
        const start = Math.max(range.start - slot.gfn, 0);
        const end = Math.min(range.end - slot.gfn, slot.count);
        if (start < end) mmio.push({ start, end });
      }
      return { ...slot, dirtyLog: false, mmio };
    });
  }

  #vcpuOf(cpu: Cpu): Vcpu {
    const slots = [...this.#slots].sort((a, b) => a.gfn - b.gfn);
    return {
      maxphyaddr: this.vm.maxphyaddr,
      msrs: [...cpu.msrs].map(([msr, value]) => ({ msr, value })),
      vcnt: undefined,
      vendor: 'intel',
      hostMsrs: undefined,
      cr0cd: cpu.cd,
      guestHasMtrr: cpu.guestHasMtrr,
      noncoherentDma: this.#devices > 0,
      selfSnoop: this.vm.host.selfSnoop,
      quirks: this.#quirks,
      slots,
      mmio: slots.flatMap((slot) =>
        slot.mmio.map(({ start, end }) => ({ start: slot.gfn + start, end: slot.gfn + end })),
      ),
    };
  }

  #answersOf(cpu: Cpu): Answers {
    const vcpu = this.#vcpuOf(cpu);
    const key = JSON.stringify(vcpu, (_, value) => (typeof value === 'bigint' ? value.toString() : value));
    const known = this.#answers.get(key);
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
    this.#answers.set(key, answers);
    return answers;
  }

  #slotOf(page: number): PageSlot | undefined {
    return this.#slots.find(({ gfn, count }) => page >= gfn && page < gfn + count);
  }

  /** Zaps the leaves that any of these pages belongs to. */
  #zap(isZapped: (page: number) => boolean): number {
    const leaves = new Set<Leaf>();
    this.#leaves.forEach((leaf, page) => {
      if (leaf && isZapped(page)) leaves.add(leaf);
    });
    for (const leaf of leaves) this.#drop(leaf);
    return leaves.size;
  }

  #drop(leaf: Leaf): void {
    for (let page = leaf.start; page < leaf.start + leaf.pages; page++) {
      if (this.#leaves[page] === leaf) this.#leaves[page] = undefined;
    }
  }

  #isBefore(major: number, minor: number): boolean {
    const found = /^kvm-(\d+)\.(\d+)/.exec(this.policy.name)!;
    const [own, ownMinor] = [Number(found[1]), Number(found[2])];
    return own < major || (own === major && ownMinor < minor);
  }

  #has616Quirk(): boolean {
    return this.policy.row === 'kvm-6.16';
  }

  /** What a register write zaps: a predicate, or nothing. */
  #mtrrZap(cpu: Cpu, msr: number): ((page: number) => boolean) | undefined {
    if (!this.#isBefore(6, 11) || this.#devices === 0) return undefined;
    if (msr === 0x2ff) return () => true;
    const defType = cpu.msrs.get(0x2ff) ?? 0n;
    if ((defType & 0x800n) === 0n) return undefined;
    const fixed = FIXED.find(([number]) => number === msr);
    if (fixed) {
      if ((defType & 0x400n) === 0n) return undefined;
      return (page) => page >= fixed[1] && page < fixed[2];
    }
    if (msr < 0x200 || msr > 0x20f) return undefined;
    const index = msr >> 1;
    const base = cpu.msrs.get(index * 2) ?? 0n;
    const mask = cpu.msrs.get(index * 2 + 1);
    if (mask === undefined) return () => false;
    const space = (1n << BigInt(this.vm.maxphyaddr)) - 1n;
    const first = base >> 12n;
    const last = ((base & ~0xfffn) | (space & ~(mask & ~0xfffn))) >> 12n;
    return (page) => BigInt(page) >= first && BigInt(page) <= last;
  }

  #setCacheDisable(cpu: Cpu, on: boolean): number | undefined {
    if (cpu.cd === on) return undefined;
    cpu.cd = on;
    if (!this.#isBefore(6, 11) || this.#devices === 0 || this.#quirks.includes('cd-nw-cleared'))
      return undefined;
    return this.#zap(() => true);
  }

  #isRefused(msr: number, value: bigint): boolean {
    if (msr === 0xfe) return true;
    try {
      const bare: Vcpu = {
        ...this.#vcpuOf({ msrs: new Map(), cd: false, guestHasMtrr: true }),
        slots: [],
        mmio: [],
      };
      this.#engine.open({ ...bare, msrs: [{ msr, value }] }, this.policy);
      return false;
    } catch (error) {
      if (error instanceof WrmsrFault) return true;
      throw error;
    }
  }

  /** Lets an event happen. */
  apply(event: ReplayEvent): PageReport {
    let verdict = 'done';
    let lost: number | undefined;
    const touched = { installed: 0, replaced: 0, foreign: 0 };
    switch (event.kind) {
      case 'wrmsr': {
        const cpu = this.#cpus.get(event.vcpu)!;
        if (this.#isRefused(event.msr, event.value)) {
          verdict = '#GP';
          break;
        }
        cpu.msrs.set(event.msr, event.value);
        const isZapped = this.#mtrrZap(cpu, event.msr);
        if (isZapped) lost = this.#zap(isZapped);
        break;
      }
      case 'cr0cd':
        lost = this.#setCacheDisable(this.#cpus.get(event.vcpu)!, event.on);
        break;
      case 'reset':
        lost = this.#setCacheDisable(this.#cpus.get(event.vcpu)!, true);
        break;
      case 'dma':
        lost = this.#dma(event.on);
        break;
      case 'quirk':
        verdict = this.#quirk(event.quirk, event.on);
        break;
      case 'touch':
        this.#touchAll(event, touched);
        break;
      case 'slot-add': {
        const { gfn, count, pfn, readonly = false, maxLevel = 3 } = event.slot;
        // Host frames 0xa0-0xff are no MMIO to KVM, page by page.
        const mmio: { start: number; end: number }[] = [];
        for (let page = 0; event.mmio && page < count; page++) {
          if (pfn + page >= 0xa0 && pfn + page <= 0xff) continue;
          const last = mmio.at(-1);
          if (last?.end === page) last.end = page + 1;
          else mmio.push({ start: page, end: page + 1 });
        }
        this.#slots.push({ gfn, count, pfn, readonly, maxLevel, dirtyLog: false, mmio });
        break;
      }
      case 'slot-move':
      case 'slot-remove': {
        const at = this.#slots.findIndex(({ gfn }) => gfn === event.gfn);
        const [slot] = this.#slots.splice(at, 1);
        if (event.kind === 'slot-move') this.#slots.push({ ...slot!, gfn: event.to });
        lost = this.#zap(
          (page) => this.slotZap === 'all' || (page >= slot!.gfn && page < slot!.gfn + slot!.count),
        );
        break;
      }
      case 'dirty-log':
        lost = this.#dirtyLog(event.gfn, event.on);
        break;
      case 'hotplug':
        this.#cpus.set(event.vcpu, {
          msrs: new Map(),
          cd: true,
          guestHasMtrr: [...this.#cpus.values()][0]!.guestHasMtrr,
        });
        break;
      case 'unplug':
        this.#cpus.delete(event.vcpu);
        break;
      default:
        break;
    }
    return this.#report(verdict, lost, touched);
  }

  #dma(on: boolean): number | undefined {
    const before = this.#devices > 0;
    this.#devices += on ? 1 : -1;
    if (before === this.#devices > 0 || this.#isBefore(6, 7)) return undefined;
    const patIsIgnored = !this.vm.host.selfSnoop || this.#quirks.includes('ignore-guest-pat');
    if (this.#has616Quirk() && !patIsIgnored) return undefined;
    if (/^kvm-6\.11-rc/.test(this.policy.name) && this.vm.host.selfSnoop) return undefined;
    return this.#zap(() => true);
  }

  #quirk(quirk: Quirk, on: boolean): string {
    if (this.#quirks.includes(quirk) === on) return 'done';
    if (quirk === 'ignore-guest-pat') {
      if (!this.#has616Quirk() || !this.vm.host.selfSnoop) return 'ignored';
    }
    if (on && this.#has616Quirk()) return 'refused';
    this.#quirks = on ? [...this.#quirks, quirk] : this.#quirks.filter((one) => one !== quirk);
    return 'done';
  }

  #dirtyLog(gfn: number, on: boolean): number | undefined {
    const slot = this.#slots.find((one) => one.gfn === gfn)!;
    const before = slot.dirtyLog;
    slot.dirtyLog = on;
    if (on || !before) return undefined;
    return this.#zap((page) => {
      const leaf = this.#leaves[page];
      if (!leaf || page < slot.gfn || page >= slot.gfn + slot.count) return false;
      return [2, 3].some((level) => level > leaf.level && this.#fits(slot, page, level));
    });
  }

  /** Whether the slot alone lets a page be mapped at a level; host MMIO stays as it is. */
  #fits(slot: PageSlot, page: number, level: number): boolean {
    const pages = LEAF_PAGES[level]!;
    const start = page - (page % pages);
    if (level > slot.maxLevel || slot.gfn % pages !== slot.pfn % pages) return false;
    if (start < slot.gfn || start + pages > slot.gfn + slot.count) return false;
    return !slot.mmio.some((one) => slot.gfn + one.start < start + pages && slot.gfn + one.end > start);
  }

  #touchAll(
    { vcpu, range, access }: Extract<ReplayEvent, { kind: 'touch' }>,
    touched: { installed: number; replaced: number; foreign: number },
  ): void {
    const answers = this.#answersOf(this.#cpus.get(vcpu)!);
    for (let page = range.start; page < Math.min(range.end, this.pages); page++) {
      this.#touch(answers, page, access === 'write', touched);
    }
  }

  #touch(
    answers: Answers,
    page: number,
    isWrite: boolean,
    touched: { installed: number; replaced: number; foreign: number },
  ): void {
    const slot = this.#slotOf(page);
    if (!slot || (isWrite && slot.readonly)) return;
    const leaf = this.#leaves[page];
    if (leaf && slot.dirtyLog && isWrite && leaf.level > 1) {
      this.#drop(leaf);
      touched.replaced += 1;
    } else if (leaf) {
      if (leaf.type !== answers.type[page] || leaf.ipat !== answers.ipat[page]) touched.foreign += 1;
      return;
    }
    const level = slot.dirtyLog ? 1 : answers.level[page]!;
    const pages = LEAF_PAGES[level]!;
    const start = page - (page % pages);
    const smaller = new Set(this.#leaves.slice(start, start + pages).filter((one) => one !== undefined));
    touched.replaced += smaller.size;
    touched.installed += 1;
    const made: Leaf = { start, pages, level, type: answers.type[page]!, ipat: answers.ipat[page]! };
    this.#leaves.fill(made, start, start + pages);
  }

  #report(
    verdict: string,
    lost: number | undefined,
    touched: { installed: number; replaced: number; foreign: number },
  ): PageReport {
    const states = [...this.#cpus.values()].map((cpu) => this.#answersOf(cpu));
    const kinds = new Map<string, Set<Leaf>>();
    const pagesOf = new Map<string, number>();
    const [stale, foreign] = [new Set<Leaf>(), new Set<Leaf>()];
    const sums = { stale: 0, foreign: 0, vcpus: 0, disagree: 0 };
    for (let page = 0; page < this.pages; page++) {
      const [first] = states;
      const isMixed = states.some(
        (one) => one.type[page] !== first!.type[page] || one.ipat[page] !== first!.ipat[page],
      );
      if (isMixed && this.#slotOf(page)) sums.disagree += 1;
      const leaf = this.#leaves[page];
      if (!leaf) continue;
      const kind = `${leaf.level} ${leaf.type} ${leaf.ipat}`;
      if (!kinds.has(kind)) kinds.set(kind, new Set());
      kinds.get(kind)!.add(leaf);
      pagesOf.set(kind, (pagesOf.get(kind) ?? 0) + 1);
      const others = states.filter(
        (one) => one.type[page] !== leaf.type || one.ipat[page] !== leaf.ipat,
      ).length;
      sums.vcpus += others;
      if (others > 0) {
        foreign.add(leaf);
        sums.foreign += 1;
      }
      if (others === states.length) {
        stale.add(leaf);
        sums.stale += 1;
      }
    }
    return {
      verdict,
      lostEntries: lost,
      installed: touched.installed,
      replaced: touched.replaced,
      foreignTouched: touched.foreign,
      entries: [...kinds].map(([kind, leaves]) => `${kind}: ${leaves.size} ${pagesOf.get(kind)}`).sort(),
      stale: { entries: stale.size, pages: sums.stale },
      foreign: { entries: foreign.size, pages: sums.foreign, vcpuPages: sums.vcpus },
      disagree: sums.disagree,
    };
  }
}
