/**
 * Entries that all vCPUs share, held against what each one's own state demands, without visiting pages and
 * without keeping stretches: for each code the pages on which it is installed are summed up as the walk goes
 * on, and a group whose demand changes takes the difference since it last changed.
 */
import {
  codesOf,
  DANGERS,
  type Danger,
  DEMAND_CODES,
  type Demand,
  type DemandCode,
  dangerOf,
  demandOf,
} from './demand.ts';

/** Pages on which a vCPU demands one thing and the shared entry says another, summed up over vCPUs. */
export interface WrongPair {
  readonly demanded: Demand;
  readonly installed: Demand;
  readonly danger: Danger;
  /** Pages, counted once for each vCPU. */
  readonly vcpuPages: bigint;
}

/** What is wrong for the vCPUs of one group. */
export interface WrongForVcpus {
  readonly ids: readonly number[];
  /** Pages whose shared entry differs (or can differ) from what each of these vCPUs demands. */
  readonly pages: bigint;
  /** The same by danger; a page that can go wrong in several ways counts in each. */
  readonly byDanger: Readonly<Record<Danger, bigint>>;
}

/** What is wrong with a design's shared entries. */
export interface WrongEntries {
  /** Pages that are wrong for at least one vCPU. */
  readonly pages: bigint;
  /** Pages that are wrong, counted once for each vCPU. */
  readonly vcpuPages: bigint;
  /** The same by danger. */
  readonly byDanger: Readonly<Record<Danger, bigint>>;
  /** By what is demanded and what is installed, most pages first. */
  readonly byPair: readonly WrongPair[];
  /** Groups of vCPUs in one state for which something is wrong, in the order of the VM. */
  readonly byVcpu: readonly WrongForVcpus[];
}

/** No page is wrong for any vCPU. */
export const NOTHING_WRONG: WrongEntries = Object.freeze({
  pages: 0n,
  vcpuPages: 0n,
  byDanger: Object.freeze(noDanger()),
  byPair: Object.freeze([]),
  byVcpu: Object.freeze([]),
});

function noDanger(): Record<Danger, bigint> {
  return Object.fromEntries(DANGERS.map((danger) => [danger, 0n])) as Record<Danger, bigint>;
}

/** Pages on which one set of codes is, or can be, installed. */
class InstalledSet {
  /** So far in the walk. */
  pages = 0;
  /** As it was when each group last changed its demand. */
  readonly taken: Float64Array;
  /** By group and its demand. */
  readonly sums: Float64Array;

  constructor(
    readonly set: number,
    groups: number,
  ) {
    this.taken = new Float64Array(groups);
    this.sums = new Float64Array(groups * DEMAND_CODES);
  }
}

/** Sums for one design. */
export class SharedEntries {
  readonly #groups: number;
  readonly #sets = new Map<number, InstalledSet>();
  #list: readonly InstalledSet[] = [];

  constructor(groups: number) {
    this.#groups = groups;
  }

  /** A stretch on which any code of a set (bit `code`) is, or can be, installed. */
  stretch(pages: number, set: number): void {
    let installed = this.#sets.get(set);
    if (!installed) {
      installed = new InstalledSet(set, this.#groups);
      this.#sets.set(set, installed);
      this.#list = [...this.#sets.values()];
    }
    installed.pages += pages;
  }

  /** A group has demanded `code` until here; -1 at the very start. */
  demanded(group: number, code: DemandCode | -1): void {
    for (const installed of this.#list) {
      if (code >= 0) {
        installed.sums[group * DEMAND_CODES + code]! += installed.pages - installed.taken[group]!;
      }
      installed.taken[group] = installed.pages;
    }
  }

  /**
   * What is wrong, once every group has come to its end.
   *
   * @param ids - vCPUs of each group
   * @param pages - pages that are wrong for at least one vCPU
   */
  wrong(ids: readonly (readonly number[])[], pages: number): WrongEntries {
    const pairs = new Map<number, bigint>();
    const byVcpu: WrongForVcpus[] = [];
    const byDanger = noDanger();
    let vcpuPages = 0n;
    ids.forEach((members, group) => {
      const weight = BigInt(members.length);
      const own = this.#wrongFor(group, (pair, count) => {
        pairs.set(pair, (pairs.get(pair) ?? 0n) + count * weight);
      });
      if (own.pages === 0n) return;
      vcpuPages += own.pages * weight;
      for (const danger of DANGERS) byDanger[danger] += own.byDanger[danger] * weight;
      byVcpu.push({ ids: members, ...own });
    });
    return { pages: BigInt(pages), vcpuPages, byDanger, byPair: pairsOf(pairs), byVcpu };
  }

  #wrongFor(group: number, takePair: (pair: number, pages: bigint) => void): Omit<WrongForVcpus, 'ids'> {
    const byDanger = noDanger();
    let pages = 0n;
    for (const { set, sums } of this.#list) {
      for (let demanded = 0; demanded < DEMAND_CODES; demanded++) {
        const count = BigInt(sums[group * DEMAND_CODES + demanded]!);
        const others = set & ~(1 << demanded);
        if (count === 0n || others === 0) continue;
        pages += count;
        const dangers = new Set<Danger>();
        for (const installed of codesOf(others)) {
          takePair(demanded * DEMAND_CODES + installed, count);
          dangers.add(dangerOf(demanded, installed));
        }
        for (const danger of dangers) byDanger[danger] += count;
      }
    }
    return { pages, byDanger };
  }
}

function pairsOf(pairs: ReadonlyMap<number, bigint>): readonly WrongPair[] {
  return [...pairs]
    .sort(([a, pagesA], [b, pagesB]) => (pagesA < pagesB ? 1 : pagesA > pagesB ? -1 : a - b))
    .map(([pair, vcpuPages]): WrongPair => {
      const demanded = Math.floor(pair / DEMAND_CODES);
      const installed = pair % DEMAND_CODES;
      return {
        demanded: demandOf(demanded),
        installed: demandOf(installed),
        danger: dangerOf(demanded, installed),
        vcpuPages,
      };
    });
}
