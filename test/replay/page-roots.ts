/** The roots of the second replay, and which vCPU holds which. */
import { type Leaf, PageLeaves } from './page-leaves.ts';

/** See the head of the file. */
export class PageRoots {
  readonly #roots = new Map<string, PageLeaves>();
  readonly #held = new Map<number, string>();

  constructor(
    readonly pages: number,
    readonly diesWithLastUser: boolean,
  ) {}

  get all(): readonly (readonly [string, PageLeaves])[] {
    return [...this.#roots];
  }

  /** The root of that name, made if there is none. */
  named(key: string): PageLeaves {
    const root = this.#roots.get(key) ?? new PageLeaves(this.pages);
    this.#roots.set(key, root);
    return root;
  }

  /** A vCPU runs on a root: it holds the one that it has, or takes this one. */
  load(vcpu: number, key: string): PageLeaves {
    const held = this.#held.get(vcpu) ?? key;
    this.#held.set(vcpu, held);
    return this.named(held);
  }

  /** A vCPU's MMU is reset; how many entries go with it. */
  unload(vcpu: number): number {
    const key = this.#held.get(vcpu);
    this.#held.delete(vcpu);
    if (key === undefined || !this.diesWithLastUser || [...this.#held.values()].includes(key)) return 0;
    const lost = this.#roots.get(key)!.of().length;
    this.#roots.delete(key);
    return lost;
  }

  /** Zaps the leaves that any of these pages belongs to, in all roots. */
  zap(isZapped: (page: number) => boolean): number {
    let lost = 0;
    for (const [, root] of this.#roots) {
      const leaves = root.of(isZapped);
      for (const leaf of leaves) root.drop(leaf);
      lost += leaves.length;
    }
    return lost;
  }

  /** All roots are given up, as for a slot that goes. */
  clear(): number {
    const lost = this.zap(() => true);
    this.#roots.clear();
    this.#held.clear();
    return lost;
  }

  /** Every leaf with its root. */
  *leaves(): Generator<readonly [PageLeaves, Leaf]> {
    for (const [, root] of this.#roots) for (const leaf of root.of()) yield [root, leaf];
  }

  /** Names of roots with entries, and of those that a vCPU holds. */
  get alive(): ReadonlySet<string> {
    const filled = [...this.#roots].filter(([, root]) => !root.isEmpty).map(([key]) => key);
    return new Set([...filled, ...this.#held.values()]);
  }
}
