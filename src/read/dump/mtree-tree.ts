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
  /** `ram`, `i/o`, `rom`, ... */
  readonly kind: string;
  readonly name: string;
  /** The region that it is a window of, and where that window starts. */
  readonly alias?: { readonly target: string; readonly offset: bigint } | undefined;
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

interface Node extends MtreeRegion {
  readonly children: Node[];
}

/** Kinds by QEMU's names. */
export const MTREE_KINDS: Readonly<Record<string, RamKind>> = {
  ram: 'ram',
  'nv-ram': 'ram',
  rom: 'rom',
  romd: 'rom',
  'nv-rom': 'rom',
  ramd: 'mmio',
  'i/o': 'mmio',
};
/** Aliases of aliases; a ring of them is none of QEMU's. */
const MOST_DEPTH = 32;
const MOST_RANGES = 65_536;

/** Nests regions by their indentation. */
function nested(regions: readonly MtreeRegion[]): readonly Node[] {
  const roots: Node[] = [];
  const open: Node[] = [];
  for (const region of regions) {
    const node: Node = { ...region, children: [] };
    while (open.length > 0 && open.at(-1)!.indent >= node.indent) open.pop();
    (open.at(-1)?.children ?? roots).push(node);
    open.push(node);
  }
  return roots;
}

/** Ranges that are painted over each other; those that stay are in order. */
class Canvas {
  ranges: MtreeRange[] = [];

  paint(range: MtreeRange): void {
    if (range.end < range.start || this.ranges.length > MOST_RANGES) return;
    const kept = this.ranges.flatMap((one) => {
      if (one.end < range.start || one.start > range.end) return [one];
      const left = one.start < range.start ? [{ ...one, end: range.start - 1n }] : [];
      const right = one.end > range.end ? [{ ...one, start: range.end + 1n }] : [];
      return [...left, ...right];
    });
    this.ranges = [...kept, range].sort((a, b) => (a.start < b.start ? -1 : 1));
  }
}

/** Paints trees of one dump. */
class Painter {
  readonly #canvas = new Canvas();
  readonly #named = new Map<string, Node>();

  constructor(trees: readonly (readonly Node[])[]) {
    const visit = (node: Node) => {
      if (!node.alias && !this.#named.has(node.name)) this.#named.set(node.name, node);
      node.children.forEach(visit);
    };
    for (const roots of trees) roots.forEach(visit);
  }

  get ranges(): readonly MtreeRange[] {
    return this.#canvas.ranges;
  }

  /** @param shift - what is added to the addresses of the node; only `first` to `last` shows */
  paint(node: Node, shift: bigint, first: bigint, last: bigint, depth = 0): void {
    const start = node.start + shift > first ? node.start + shift : first;
    const end = node.end + shift < last ? node.end + shift : last;
    if (end < start || depth > MOST_DEPTH) return;
    const target = node.alias && this.#named.get(node.alias.target);
    if (node.alias && target) {
      // The window counts from the start of the target, whose addresses need not begin at 0.
      const inTarget = node.start + shift - node.alias.offset - target.start;
      this.paint(target, inTarget, start, end, depth + 1);
      return;
    }
    const isContainer = node.kind === 'i/o' && (node.children.length > 0 || node.alias !== undefined);
    if (!isContainer) {
      this.#canvas.paint({
        line: node.line,
        start,
        end,
        kind: MTREE_KINDS[node.kind] ?? 'other',
        name: node.name,
      });
    }
    const byPriority = [...node.children].sort((a, b) => a.priority - b.priority);
    for (const child of byPriority) this.paint(child, shift, start, end, depth + 1);
  }
}

/**
 * What the CPUs see.
 *
 * @param memory - regions of the address space `memory`, as they are listed
 * @param others - those of each `memory-region:` section, which aliases show
 */
export function flattened(
  memory: readonly MtreeRegion[],
  others: readonly (readonly MtreeRegion[])[],
): readonly MtreeRange[] {
  const roots = nested(memory);
  const painter = new Painter([roots, ...others.map(nested)]);
  for (const root of roots) painter.paint(root, 0n, 0n, (1n << 64n) - 1n);
  return painter.ranges;
}
