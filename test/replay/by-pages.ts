/**
 * The replay written a second time, one page after the other and as plainly as it can be: every page holds the
 * leaf that maps it, every rule is a sentence of the KVM sources' behaviour. It shares nothing with src/replay
 * but the events, a design's rules and the policies' flags; per-page answers come from the reference engine.
 */
import type { Policy, Quirk, Vm } from '../../src/index.ts';
import type { DesignRules, ReplayEvent } from '../../src/replay/index.ts';
import { type Answers, PageAnswers, type PageSlot, type Surround } from './page-answers.ts';
import { recoverPages, regionsOf } from './page-recovery.ts';
import type { PageRecovery, PageReport } from './page-report.ts';
import { reportPages } from './page-reporting.ts';
import { PageRoots } from './page-roots.ts';
import { changeCpu, cpusOf, type PageCpu, pluggedIn, roleOf, runs } from './page-vcpus.ts';
import { type Zapped, zappedByMtrr } from './page-zaps.ts';
import type { ReplayCase } from './random-scenario.ts';

/** What an event did. */
interface Done {
  verdict: string;
  lost: number | undefined;
  readonly touched: { installed: number; replaced: number; foreign: number };
  resized: number;
  recovery: PageRecovery | undefined;
}

/** A VM whose slots all lie in the first `pages` pages. */
export class PageReplay {
  readonly vm: Vm;
  readonly policy: Policy;
  readonly design: DesignRules;
  readonly roots: PageRoots;
  readonly cpus: Map<number, PageCpu>;
  readonly answers: PageAnswers;
  readonly slots: PageSlot[];
  readonly refaults = { entries: 0, pages: 0 };
  readonly #seen: Uint8Array;
  readonly #case: ReplayCase;
  #devices: number;
  #quirks: Quirk[];

  constructor(
    replayed: ReplayCase,
    readonly pages: number,
  ) {
    const { vm, policy, design } = replayed;
    [this.vm, this.policy, this.design, this.#case] = [vm, policy, design, replayed];
    this.roots = new PageRoots(pages, policy.zaps!.rootLifetime === 'last-user');
    this.cpus = cpusOf(vm, replayed.start);
    this.answers = new PageAnswers(vm, policy, pages);
    this.#seen = new Uint8Array(pages);
    this.#devices = vm.noncoherentDma ? 1 : 0;
    this.#quirks = [...(vm.quirks ?? policy.defaultQuirks)];
    this.slots = vm.slots.map((slot) => {
      const mmio: { start: number; end: number }[] = [];
      for (const range of vm.mmio) {
        const start = Math.max(range.start - slot.gfn, 0);
        const end = Math.min(range.end - slot.gfn, slot.count);
        if (start < end) mmio.push({ start, end });
      }
      return { ...slot, dirtyLog: false, mmio };
    });
  }

  get around(): Surround {
    return { slots: this.slots, noncoherentDma: this.#devices > 0, quirks: this.#quirks };
  }

  /** What a vCPU's own state demands. */
  demandOf(cpu: PageCpu): Answers {
    return this.answers.of(cpu, cpu.cd, this.around);
  }

  get first(): PageCpu {
    return this.cpus.get(Math.min(...this.cpus.keys()))!;
  }

  /** Whether types depend on a vCPU at all, host MMIO aside. */
  get needsVcpu(): boolean {
    return this.policy.flags.mtrr !== 'none' && this.#devices > 0;
  }

  /** What an entry gets that a fault of a vCPU installs. */
  #decisionOf(cpu: PageCpu): Answers {
    if (this.design.type === 'vcpu0') return this.demandOf(this.first);
    if (this.design.type === 'max-cd') return this.answers.of(cpu, this.#anyCd, this.around);
    return this.demandOf(cpu);
  }

  get #anyCd(): boolean {
    return [...this.cpus.values()].some(({ cd }) => cd);
  }

  /** MTRRs and CR0.CD, 0 where never written. */
  #stateOf({ msrs, cd, guestHasMtrr }: PageCpu): string {
    const held = [...msrs].filter(([msr, value]) => value !== 0n && msr !== 0x277 && msr !== 0xfe);
    return `${cd} ${guestHasMtrr} ${held.sort(([a], [b]) => a - b).join(' ')}`;
  }

  keyOf(cpu: PageCpu): string {
    const role = roleOf(cpu, this.policy.zaps!.rootRole === 'paging');
    return this.design.root === 'state' ? `${role} | ${this.#stateOf(cpu)}` : role;
  }

  /** A vCPU's registers may change: what the design zaps for it, and whether it moves to another root. */
  #writes(
    cpu: PageCpu,
    done: Done,
    write: () => { zaps: (decided: Decided) => Zapped; unloads: boolean },
  ): void {
    const before = { state: this.#stateOf(cpu), types: this.#decidedBy(cpu), anyCd: this.#anyCd, cd: cpu.cd };
    const { zaps, unloads } = write();
    const moves = this.design.root === 'state' && before.state !== this.#stateOf(cpu);
    const isZapped = zaps({
      before: before.types,
      after: this.#decidedBy(cpu),
      cdBefore: before.cd,
      anyCdBefore: before.anyCd,
    });
    if (isZapped) done.lost = this.roots.zap(isZapped);
    if (!unloads && !moves) return;
    const gone = this.roots.unload(cpu.id);
    if (gone > 0) done.lost = (done.lost ?? 0) + gone;
  }

  /** What the design makes of the state of the vCPU that writes; under vcpu0 that of the first, whoever writes. */
  #decidedBy(cpu: PageCpu): Answers {
    return this.#decisionOf(cpu);
  }

  #mtrrZap(cpu: PageCpu, msr: number, { before, after }: Decided): Zapped {
    const { zap } = this.design;
    if (zap === 'none' || this.#devices === 0) return undefined;
    if (zap === 'vcpu0' && cpu !== this.first) return undefined;
    if (zap === 'fine') return changed(before, after);
    if (this.policy.flags.mtrr === 'none') return undefined;
    if (zap === 'cd-toggle' && cpu.cd) return undefined;
    return zappedByMtrr(cpu.msrs, msr, this.vm.maxphyaddr);
  }

  #cdZap(cpu: PageCpu, { before, after, cdBefore, anyCdBefore }: Decided): Zapped {
    const { zap, type } = this.design;
    if (zap === 'none' || this.#devices === 0) return undefined;
    if (zap === 'vcpu0' && cpu !== this.first) return undefined;
    if (zap === 'fine') return changed(before, after);
    if (this.policy.flags.cacheDisable === 'ignored') return undefined;
    const toggles = type === 'max-cd' ? anyCdBefore !== this.#anyCd : cdBefore !== cpu.cd;
    if (!toggles) return undefined;
    if (zap !== 'cd-toggle' && this.#quirks.includes('cd-nw-cleared')) return undefined;
    return () => true;
  }

  /** Lets an event happen. */
  apply(event: ReplayEvent): PageReport {
    const touched = { installed: 0, replaced: 0, foreign: 0 };
    const done: Done = { verdict: 'done', lost: undefined, touched, resized: 0, recovery: undefined };
    switch (event.kind) {
      case 'wrmsr':
        this.#wrmsr(event, done);
        break;
      case 'dma':
        done.lost = this.#dma(event.on);
        break;
      case 'quirk':
        done.verdict = this.#quirk(event.quirk, event.on);
        break;
      case 'touch':
        this.#touchAll(event, done.touched);
        break;
      case 'slot-add':
        this.#slotAdd(event);
        break;
      case 'slot-move':
      case 'slot-remove':
        if (event.kind === 'slot-remove' || event.to !== event.gfn) done.lost = this.#slotGone(event);
        break;
      case 'dirty-log':
        this.#dirtyLog(event.gfn, event.on, done);
        break;
      case 'hotplug':
        this.cpus.set(event.vcpu, pluggedIn(event.vcpu, this.first.guestHasMtrr, event.waits ?? false));
        break;
      case 'unplug': {
        this.cpus.delete(event.vcpu);
        const gone = this.roots.unload(event.vcpu);
        if (gone > 0) done.lost = gone;
        break;
      }
      case 'report':
        break;
      default:
        this.#vcpuEvent(event, done);
    }
    const { verdict, resized, recovery } = done;
    // Types may change beyond the pages that are looked at here, where nothing is mapped: a zap of nothing.
    const lost = this.design.zap === 'fine' && done.lost === 0 ? undefined : done.lost;
    return {
      verdict,
      lostEntries: lost,
      installed: touched.installed,
      replaced: touched.replaced,
      foreignTouched: touched.foreign,
      resized,
      ...reportPages(this),
      recovery,
    };
  }

  #wrmsr({ vcpu, msr, value }: Extract<ReplayEvent, { kind: 'wrmsr' }>, done: Done): void {
    if (this.answers.isRefused(msr, value, this.around)) {
      done.verdict = '#GP';
      return;
    }
    const cpu = this.cpus.get(vcpu)!;
    this.#writes(cpu, done, () => {
      cpu.msrs.set(msr, value);
      return { zaps: (decided) => this.#mtrrZap(cpu, msr, decided), unloads: false };
    });
  }

  #vcpuEvent(event: Extract<ReplayEvent, { vcpu: number }>, done: Done): void {
    const cpu = this.cpus.get(event.vcpu)!;
    if (event.kind === 'sipi' && !cpu.waits) done.verdict = 'ignored';
    this.#writes(cpu, done, () => {
      const { unloads, passesCr0 } = changeCpu(cpu, event);
      return { zaps: (decided) => (passesCr0 ? this.#cdZap(cpu, decided) : undefined), unloads };
    });
  }

  #dma(on: boolean): number | undefined {
    const before = this.#devices > 0;
    this.#devices += on ? 1 : -1;
    if (before === this.#devices > 0 || this.policy.zaps!.dmaZap === 'none') return undefined;
    const { ignorePat } = this.policy.flags;
    const isIgnored =
      ignorePat === 'always' ||
      !this.vm.host.selfSnoop ||
      (ignorePat === 'quirk' && this.#quirks.includes('ignore-guest-pat'));
    return isIgnored ? this.roots.zap(() => true) : undefined;
  }

  #quirk(quirk: Quirk, on: boolean): string {
    const isNew = this.policy.flags.ignorePat === 'quirk';
    if (this.#quirks.includes(quirk) === on) return 'done';
    if (quirk === 'ignore-guest-pat' && (!isNew || !this.vm.host.selfSnoop)) return 'ignored';
    if (on && isNew) return 'refused';
    this.#quirks = on ? [...this.#quirks, quirk] : this.#quirks.filter((one) => one !== quirk);
    return 'done';
  }

  #slotAdd({ slot, mmio: isMmio }: Extract<ReplayEvent, { kind: 'slot-add' }>): void {
    const { gfn, count, pfn, readonly = false, maxLevel = 3 } = slot;
    // Host frames 0xa0-0xff are no MMIO to KVM, page by page.
    const mmio: { start: number; end: number }[] = [];
    for (let page = 0; isMmio && page < count; page++) {
      if (pfn + page >= 0xa0 && pfn + page <= 0xff) continue;
      const last = mmio.at(-1);
      if (last?.end === page) last.end = page + 1;
      else mmio.push({ start: page, end: page + 1 });
    }
    this.slots.push({ gfn, count, pfn, readonly, maxLevel, dirtyLog: false, mmio });
  }

  #slotGone(event: Extract<ReplayEvent, { kind: 'slot-move' | 'slot-remove' }>): number {
    const at = this.slots.findIndex(({ gfn }) => gfn === event.gfn);
    const [slot] = this.slots.splice(at, 1) as [PageSlot];
    if (event.kind === 'slot-move') this.slots.push({ ...slot, gfn: event.to });
    // A quirk that is on by default has everything go.
    if ((this.#case.slotZap ?? this.policy.zaps!.slotZap) !== 'slot') return this.roots.clear();
    return this.roots.zap((page) => page >= slot.gfn && page < slot.gfn + slot.count);
  }

  #dirtyLog(gfn: number, on: boolean, done: Done): void {
    const slot = this.slots.find((one) => one.gfn === gfn)!;
    if (slot.dirtyLog === on) return;
    slot.dirtyLog = on;
    if (on) {
      const splits = this.#case.eagerSplit ?? this.policy.zaps!.dirtyLogStart === 'split';
      for (const [root, leaf] of splits ? [...this.roots.leaves()] : []) {
        if (leaf.level === 1 || leaf.start < slot.gfn || leaf.start >= slot.gfn + slot.count) continue;
        root.split(leaf, 1);
        done.resized += 1;
      }
      return;
    }
    done.recovery = recoverPages(this, slot);
    const regions = [...this.roots.all].flatMap(([, root]) =>
      regionsOf(root, slot).map((region) => ({ root, ...region })),
    );
    if (this.policy.zaps!.dirtyLogEnd === 'recover') {
      for (const { root, start, level, first } of regions) root.map(start, level, first.type, first.ipat);
      done.resized = regions.length;
      return;
    }
    done.lost = 0;
    for (const { root, leaves } of regions) {
      for (const leaf of leaves) root.drop(leaf);
      done.lost += leaves.length;
    }
  }

  #touchAll(
    { vcpu, range, access }: Extract<ReplayEvent, { kind: 'touch' }>,
    touched: Done['touched'],
  ): void {
    const cpu = this.cpus.get(vcpu)!;
    const key = this.keyOf(cpu);
    // The tables of a nested guest are shadow pages, which are found again whoever used them.
    const root = cpu.nested ? this.roots.named(key) : this.roots.load(vcpu, key);
    const [own, decided] = [this.demandOf(cpu), this.#decisionOf(cpu)];
    for (let page = range.start; page < Math.min(range.end, this.pages); page++) {
      const slot = this.slotOf(page);
      if (!slot || (access === 'write' && slot.readonly)) continue;
      let leaf = root.at(page);
      if (leaf && access === 'write' && slot.dirtyLog && leaf.level > 1) {
        if (this.policy.zaps!.largeWrite === 'drop') root.drop(leaf);
        else while (root.at(page)!.level > 1) root.split(root.at(page)!);
        touched.replaced += 1;
        leaf = undefined;
      }
      if (leaf) {
        if (leaf.type !== own.type[page] || leaf.ipat !== own.ipat[page]) touched.foreign += 1;
        continue;
      }
      const level = slot.dirtyLog ? 1 : decided.level[page]!;
      const isSplit = root.at(page) !== undefined;
      const { made, replaced } = root.map(page, level, decided.type[page]!, decided.ipat[page]!);
      touched.installed += 1;
      if (made.type !== own.type[page] || made.ipat !== own.ipat[page]) touched.foreign += 1;
      if (!isSplit) touched.replaced += replaced;
      this.#noteInstalled(made.start, made.pages);
    }
  }

  #noteInstalled(start: number, pages: number): void {
    const again = this.#seen.slice(start, start + pages).reduce((sum, seen) => sum + seen, 0);
    this.refaults.pages += again;
    if (again > 0) this.refaults.entries += 1;
    this.#seen.fill(1, start, start + pages);
  }

  slotOf(page: number): PageSlot | undefined {
    return this.slots.find(({ gfn, count }) => page >= gfn && page < gfn + count);
  }

  /** vCPUs that can fault. */
  get running(): readonly PageCpu[] {
    return [...this.cpus.values()].filter(runs);
  }
}

/** What decides before and after a write, and CR0.CD before it. */
interface Decided {
  readonly before: Answers;
  readonly after: Answers;
  readonly cdBefore: boolean;
  readonly anyCdBefore: boolean;
}

/** Pages whose type or IPAT is another now; undefined where there is none. */
function changed(before: Answers, after: Answers): Zapped {
  const isChanged = (page: number): boolean =>
    before.type[page] !== after.type[page] || before.ipat[page] !== after.ipat[page];
  return before.type.some((_, page) => isChanged(page)) ? isChanged : undefined;
}
