/** One root's leaves, a page at a time: each page holds the leaf that maps it. */

/** A leaf entry. */
export interface Leaf {
  readonly start: number;
  readonly pages: number;
  readonly level: number;
  readonly type: number;
  readonly ipat: number;
}

/** Pages of a leaf by level. */
export const LEAF_PAGES = [1, 1, 512, 262144];

/** See the head of the file. */
export class PageLeaves {
  readonly #leaves: (Leaf | undefined)[];

  constructor(pages: number) {
    this.#leaves = new Array(pages).fill(undefined);
  }

  at(page: number): Leaf | undefined {
    return this.#leaves[page];
  }

  /** Leaves that any of these pages belongs to, ascending. */
  of(isMeant: (page: number) => boolean = () => true): readonly Leaf[] {
    const found = new Set<Leaf>();
    for (let page = 0; page < this.#leaves.length; ) {
      const leaf = this.#leaves[page];
      if (leaf && isMeant(page)) {
        found.add(leaf);
        page = leaf.start + leaf.pages;
      } else page += 1;
    }
    return [...found];
  }

  get isEmpty(): boolean {
    return this.#leaves.every((leaf) => leaf === undefined);
  }

  drop(leaf: Leaf): void {
    for (let page = leaf.start; page < leaf.start + leaf.pages; page++) {
      if (this.#leaves[page] === leaf) this.#leaves[page] = undefined;
    }
  }

  /** Maps a page and what belongs to it; returns how many smaller leaves made room. */
  map(page: number, level: number, type: number, ipat: number): { made: Leaf; replaced: number } {
    const pages = LEAF_PAGES[level]!;
    const start = page - (page % pages);
    const smaller = new Set(this.#leaves.slice(start, start + pages).filter((one) => one !== undefined));
    const made = { start, pages, level, type, ipat };
    this.#leaves.fill(made, start, start + pages);
    return { made, replaced: smaller.size };
  }

  /** Puts 512 leaves of the next smaller level, or as many of a smaller one, in a leaf's place. */
  split(leaf: Leaf, level = leaf.level - 1): void {
    const pages = LEAF_PAGES[level]!;
    for (let start = leaf.start; start < leaf.start + leaf.pages; start += pages) {
      this.#leaves.fill({ ...leaf, start, pages, level }, start, start + pages);
    }
  }

  /** Pages of page tables, of four levels. */
  get tables(): number {
    const leaves = this.of();
    if (leaves.length === 0) return 1;
    const of2M = new Set(leaves.filter(({ level }) => level < 3).map(({ start }) => start >> 18));
    const of4K = new Set(leaves.filter(({ level }) => level < 2).map(({ start }) => start >> 9));
    return 2 + of2M.size + of4K.size;
  }
}
