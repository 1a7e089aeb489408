/**
 * The roots of a VM: an EPT for each role that a vCPU has been in. A vCPU holds a root from its first access on until
 * KVM resets its MMU; what becomes of a root that nobody holds any more is the release's.
 */
import type { ZapFlags } from '../policy/index.ts';
import type { JournalOfRoot } from './entry-journal.ts';
import { addLost, type Lost, NOTHING_LOST, SharedEpt } from './shared-ept.ts';

/** One root. */
export interface Root {
  readonly key: string;
  readonly ept: SharedEpt;
}

interface HeldRoot extends Root {
  holders: number;
}

/** Roots with entries that nobody uses: what is beyond is given up, the oldest first, as KVM reclaims tables. */
const MOST_IDLE_ROOTS = 4096;

/** See the head of the file. */
export class Roots {
  readonly #frames: number;
  readonly #lifetime: ZapFlags['rootLifetime'];
  readonly #roots = new Map<string, HeldRoot>();
  readonly #held = new Map<number, HeldRoot>();

  /** @param journalOf - who takes note of a root's entries, by its key */
  constructor(
    frames: number,
    lifetime: ZapFlags['rootLifetime'],
    private readonly journalOf?: JournalOfRoot,
  ) {
    this.#frames = frames;
    this.#lifetime = lifetime;
  }

  /** All roots, those that were used first first. */
  get all(): Iterable<Root> {
    return this.#roots.values();
  }
  get count(): number {
    return this.#roots.size;
  }
  has(key: string): boolean {
    return this.#roots.has(key);
  }

  #named(key: string): HeldRoot {
    let root = this.#roots.get(key);
    if (!root) {
      root = { key, ept: new SharedEpt(this.#frames, this.journalOf?.(key)), holders: 0 };
      this.#roots.set(key, root);
    }
    return root;
  }

  /** The root of a nested guest: its shadow pages are kept and found again, whoever holds them. */
  shadow(key: string): Root {
    return this.#named(key);
  }

  /** Forgets a root that nobody holds where nothing was installed in it. */
  settle(key: string): void {
    const root = this.#roots.get(key);
    if (root?.holders === 0 && root.ept.isEmpty) this.#roots.delete(key);
  }

  /** The root that a vCPU runs on, which it holds from now on. */
  load(vcpu: number, key: string): Root {
    const held = this.#held.get(vcpu);
    if (held) return held;
    const root = this.#named(key);
    root.holders += 1;
    this.#held.set(vcpu, root);
    return root;
  }

  /** A vCPU gives up the root that it holds, if any; returns what goes with it. */
  unload(vcpu: number): Lost {
    const root = this.#held.get(vcpu);
    if (!root) return NOTHING_LOST;
    this.#held.delete(vcpu);
    root.holders -= 1;
    if (root.holders > 0) return NOTHING_LOST;
    if (this.#lifetime === 'last-user' || root.ept.isEmpty) {
      this.#roots.delete(root.key);
      return root.ept.zap(0, this.#frames);
    }
    return this.#reclaim();
  }

  /** Gives up what is beyond the bound. */
  #reclaim(): Lost {
    if (this.#roots.size - this.#held.size <= MOST_IDLE_ROOTS) return NOTHING_LOST;
    for (const root of this.#roots.values()) {
      if (root.holders > 0) continue;
      this.#roots.delete(root.key);
      return root.ept.zap(0, this.#frames);
    }
    return NOTHING_LOST;
  }

  /** Zaps every entry of a range in all roots. */
  zap(start: number, end: number): Lost {
    return this.sum(({ ept }) => ept.zap(start, end));
  }

  /** Gives up all roots, as KVM does where a slot goes: vCPUs take new ones when they run again. */
  clear(): Lost {
    const lost = this.zap(0, this.#frames);
    this.#roots.clear();
    this.#held.clear();
    return lost;
  }

  /** Adds up what is lost in each root; idle ones that have nothing left are forgotten. */
  sum(loss: (root: Root) => Lost): Lost {
    let lost = NOTHING_LOST;
    for (const root of this.#roots.values()) {
      lost = addLost(lost, loss(root));
      if (root.holders === 0 && root.ept.isEmpty) this.#roots.delete(root.key);
    }
    return lost;
  }
}
