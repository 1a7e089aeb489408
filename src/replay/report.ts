/** What a replay says of the shared entries at one moment. */
import type { Danger, Demand } from '../share/demand.ts';
import { dangerOf, demandOf } from '../share/demand.ts';
import type { Level } from '../types.ts';
import { Agreement } from './agreement.ts';
import { EntryCounter } from './entry-counter.ts';
import type { Guest } from './guest.ts';
import type { Roots } from './roots.ts';
import { codeOfValue, type EntryCount, levelOfValue, type SharedEpt } from './shared-ept.ts';

/** Entries of one level and type. */
export interface EntriesByKind extends Demand {
  readonly level: Exclude<Level, 0>;
  readonly entries: number;
  readonly pages: number;
}

/** Entries that are not what they should be. */
export interface WrongEntryCount {
  /** Entries of which at least one page is. */
  readonly entries: number;
  readonly pages: number;
}

/** One report. */
export interface ReplayReport {
  /** How many events have happened. */
  readonly events: number;
  readonly at: number | undefined;
  /** Of all roots, by level and type, ascending. */
  readonly entries: readonly EntriesByKind[];
  /**
   * No vCPU that runs on this root demands what is installed: a fault now, whoever takes it, would install another
   * type. Entries of roots that no vCPU would run on count as neither stale nor foreign.
   */
  readonly stale: WrongEntryCount;
  /** At least one vCPU that runs on this root demands something else than what is installed. */
  readonly foreign: WrongEntryCount & {
    /** Pages, counted once for each vCPU that demands something else. */
    readonly vcpuPages: number;
    /** The same by danger. */
    readonly byDanger: Readonly<Record<Danger, number>>;
  };
  /** Pages in slots on which the states of the vCPUs that run demand different entries, installed or not. */
  readonly disagree: number;
  /** Roots that vCPUs run on, or that have entries. */
  readonly roots: number;
  /** Pages of page tables that the entries of all these take. */
  readonly tables: number;
}

/** What a report is made of. */
export interface Reported {
  readonly guest: Guest;
  readonly roots: Roots;
  /** What names the root that a vCPU runs on, or would. */
  keyOf(vcpu: number): string;
}

class WrongCounts {
  readonly byDanger = { 'cacheable-for-uc': 0, 'uc-for-cacheable': 0, other: 0, 'ipat-only': 0 };
  stale = { entries: 0, pages: 0 };
  foreign = { entries: 0, pages: 0 };
  vcpuPages = 0;

  /** Counts one root, held against the vCPUs that run on it. */
  add(ept: SharedEpt, agreement: Agreement): void {
    const [stale, foreign] = [new EntryCounter(), new EntryCounter()];
    ept.each(0, ept.frames, (start, end, value) => {
      const level = levelOfValue(value);
      const code = codeOfValue(value);
      agreement.each(start, end, (from, to, counts, present) => {
        if (present === 0 || present === 1 << code) return;
        if ((present & (1 << code)) === 0) stale.add(from, to, level);
        foreign.add(from, to, level);
        for (let rest = present & ~(1 << code); rest !== 0; rest &= rest - 1) {
          const demanded = 31 - Math.clz32(rest & -rest);
          const pages = counts[demanded]! * (to - from);
          this.vcpuPages += pages;
          this.byDanger[dangerOf(demanded, code)] += pages;
        }
      });
    });
    this.stale = sum(this.stale, stale);
    this.foreign = sum(this.foreign, foreign);
  }
}

function sum(a: WrongEntryCount, b: WrongEntryCount): WrongEntryCount {
  return { entries: a.entries + b.entries, pages: a.pages + b.pages };
}

/** Running vCPUs by the root that they run on. */
function usersByRoot({ guest, keyOf }: Reported): ReadonlyMap<string, readonly number[]> {
  const users = new Map<string, number[]>();
  for (const vcpu of guest.running) {
    const key = keyOf(vcpu);
    const known = users.get(key);
    if (known) known.push(vcpu);
    else users.set(key, [vcpu]);
  }
  return users;
}

function agreementOf(guest: Guest, vcpus: readonly number[]): Agreement {
  const agreement = new Agreement(guest.frames, []);
  agreement.restart(vcpus.map((id) => guest.demands.types(guest.stateOf(id))));
  return agreement;
}

function addCounts(kinds: Map<number, EntryCount>, counts: readonly EntryCount[]): void {
  for (const one of counts) {
    const key = one.level * 16 + one.code;
    const known = kinds.get(key);
    kinds.set(key, known ? { ...one, ...sum(known, one) } : one);
  }
}

/** Makes a report of the moment. */
export function reportOf(reported: Reported, events: number, at: number | undefined): ReplayReport {
  const { guest, roots } = reported;
  const users = usersByRoot(reported);
  const wrong = new WrongCounts();
  const kinds = new Map<number, EntryCount>();
  let tables = 0;
  for (const { key, ept } of roots.all) {
    const own = users.get(key);
    tables += ept.tablePages(guest.vm.maxphyaddr);
    addCounts(kinds, ept.counts());
    if (own) wrong.add(ept, users.size === 1 ? guest.agreement : agreementOf(guest, own));
  }
  const unused = [...users.keys()].filter((key) => !roots.has(key)).length;
  return {
    events,
    at,
    entries: [...kinds]
      .sort(([a], [b]) => a - b)
      .map(([, { level, code, entries, pages }]) => ({ level, ...demandOf(code), entries, pages })),
    stale: wrong.stale,
    foreign: { ...wrong.foreign, vcpuPages: wrong.vcpuPages, byDanger: wrong.byDanger },
    disagree: guest.agreement.disagree,
    roots: roots.count + unused,
    // A root without entries is a page.
    tables: tables + unused,
  };
}
