/**
 * QEMU's `info mtree` without `-f`: the tree that its flat view is made of. Children lie over their parent, a higher
 * priority over a lower one; an alias shows a window of another region (QEMU docs/devel/memory.rst).
 */
import type { RamKind } from '../facts/facts.ts';

/** A region as a line gives it. */
export interface MtreeRegion {
  readonly line: number;
  readonly indent: number;
  readonly start: bigint;
  /** Inclusive. */
  readonly end: bigint;
  readonly priority: number;
  readonly kind: MtreeKind;
  readonly name: string;
  /** The region that it is a window of, and where that window starts. */
  readonly alias?: { readonly target: string; readonly offset: bigint } | undefined;
  /** Neither it nor what lies in it shows. */
  readonly isDisabled?: boolean;
}

/** What lies somewhere. */
export interface MtreeRange {
  readonly line: number;
  readonly start: bigint;
  /** Inclusive. */
  readonly end: bigint;
  readonly kind: RamKind;
  readonly name: string;
}

/** What the CPUs see. */
export interface MtreeMap {
  /** In order. */
  readonly ranges: readonly MtreeRange[];
  /** False: aliases show each other in a ring, or more than is painted. */
  readonly isWhole: boolean;
}

interface Node extends MtreeRegion {
  readonly children: Node[];
}

/** Kinds by QEMU's names; newer ones call a region that is there for those in it a container, older ones `i/o`. */
export const MTREE_KINDS = {
  ram: 'ram',
  rom: 'rom',
  romd: 'rom',
  ramd: 'mmio',
  'i/o': 'mmio',
  container: 'mmio',
} as const satisfies Readonly<Record<string, RamKind>>;
/** What QEMU calls a region. */
export type MtreeKind = keyof typeof MTREE_KINDS;
/** Aliases of aliases; a ring of them is none of QEMU's. */
const MOST_DEPTH = 32;
/** Regions that are painted, however often aliases show them. */
const MOST_PAINTED = 16_384;

/** Nests regions by their indentation. */
function nested(regions: readonly MtreeRegion[]): readonly Node[] {
  const roots: Node[] = [];
  const open: Node[] = [];
  for (const region of regions) {
    const node: Node = { ...region, children: [] };
    while (open.length > 0 && open.at(-1)!.indent >= node.indent) open.pop();
    if (!region.isDisabled) (open.at(-1)?.children ?? roots).push(node);
    open.push(node);
  }
  return roots;
}

/** Ranges that are painted over each other; those that stay are in order. */
class Canvas {
  ranges: readonly MtreeRange[] = [];

  paint(range: MtreeRange): void {
    const { start, end } = range;
    const before = this.ranges
      .filter((one) => one.start < start)
      .map((one) => (one.end < start ? one : { ...one, end: start - 1n }));
    const behind = this.ranges
      .filter((one) => one.end > end)
      .map((one) => (one.start > end ? one : { ...one, start: end + 1n }));
    this.ranges = [...before, range, ...behind];
  }
}

/** Paints trees of one dump. */
class Painter {
  readonly #canvas = new Canvas();
  readonly #named = new Map<string, Node>();
  #painted = 0;
  #isWhole = true;

  constructor(trees: readonly (readonly Node[])[]) {
    const visit = (node: Node) => {
      if (!node.alias && !this.#named.has(node.name)) this.#named.set(node.name, node);
      node.children.forEach(visit);
    };
    for (const roots of trees) roots.forEach(visit);
  }

  get map(): MtreeMap {
    return { ranges: this.#canvas.ranges, isWhole: this.#isWhole };
  }

  /** @param shift - what is added to the addresses of the node; only `first` to `last` shows */
  paint(node: Node, shift: bigint, first: bigint, last: bigint, depth = 0): void {
    const start = node.start + shift > first ? node.start + shift : first;
    const end = node.end + shift < last ? node.end + shift : last;
    if (end < start) return;
    if (depth > MOST_DEPTH || this.#painted >= MOST_PAINTED) {
      this.#isWhole = false;
      return;
    }
    this.#painted++;
    const target = node.alias && this.#named.get(node.alias.target);
    if (node.alias && target) {
      // The window counts from the start of the target, whose addresses need not begin at 0.
      const inTarget = node.start + shift - node.alias.offset - target.start;
      this.paint(target, inTarget, start, end, depth + 1);
      return;
    }
    const isContainer =
      node.kind === 'container' ||
      (node.kind === 'i/o' && (node.children.length > 0 || node.alias !== undefined));
    if (!isContainer) {
      this.#canvas.paint({
        line: node.line,
        start,
        end,
        kind: MTREE_KINDS[node.kind],
        name: node.name,
      });
    }
    const byPriority = [...node.children].sort((a, b) => a.priority - b.priority);
    for (const child of byPriority) this.paint(child, shift, start, end, depth + 1);
  }
}

/**
 * Paints what the CPUs see.
 *
 * @param memory - regions of the address space `memory`, as they are listed
 * @param others - those of each `memory-region:` section, which aliases show
 */
export function flattened(
  memory: readonly MtreeRegion[],
  others: readonly (readonly MtreeRegion[])[],
): MtreeMap {
  const roots = nested(memory);
  const painter = new Painter([roots, ...others.map(nested)]);
  for (const root of roots) painter.paint(root, 0n, root.start, root.end);
  return painter.map;
}
