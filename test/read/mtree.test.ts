/** QEMU's tree of regions, flattened, against asking it address by address. */
import { describe, expect, it } from 'vitest';
import { flattened, MTREE_KINDS, type MtreeRegion } from '../../src/read/dump/mtree-tree.ts';
import { Rng } from '../generators/rng.ts';

const SPACE = 96n;

interface Node extends MtreeRegion {
  readonly children: Node[];
}

/** Regions by their indentation, as the text shows them. */
function treeOf(regions: readonly MtreeRegion[]): readonly Node[] {
  const nodes = regions.map((region): Node => ({ ...region, children: [] }));
  const roots: Node[] = [];
  for (const [index, node] of nodes.entries()) {
    const parent = nodes.slice(0, index).findLast(({ indent }) => indent < node.indent);
    // What lies between the two is no parent's child.
    const isUnder =
      parent && nodes.slice(nodes.indexOf(parent), index).every(({ indent }) => indent >= parent.indent);
    (isUnder ? parent.children : roots).push(node);
  }
  return roots;
}

/** What a region shows at an address of its own; undefined: it lets through what is below it. */
function shown(node: Node, at: bigint, known: ReadonlyMap<string, Node>): MtreeRegion | undefined {
  if (at < node.start || at > node.end) return undefined;
  const target = node.alias && known.get(node.alias.target);
  if (node.alias && target) return shown(target, at - node.start + node.alias.offset + target.start, known);
  const above = node.children
    .map((child, order) => ({ child, order }))
    .sort((a, b) => b.child.priority - a.child.priority || b.order - a.order);
  for (const { child } of above) {
    const found = shown(child, at, known);
    if (found) return found;
  }
  return node.kind === 'i/o' && (node.children.length > 0 || node.alias) ? undefined : node;
}

function byAddress(memory: readonly MtreeRegion[], others: readonly (readonly MtreeRegion[])[]) {
  const roots = treeOf(memory);
  const known = new Map<string, Node>();
  const learn = (node: Node): void => {
    if (!node.alias && !known.has(node.name)) known.set(node.name, node);
    for (const child of node.children) learn(child);
  };
  for (const root of [...roots, ...others.flatMap(treeOf)]) learn(root);
  return Array.from({ length: Number(SPACE) }, (_, at) => {
    for (const root of roots.toReversed()) {
      const found = shown(root, BigInt(at), known);
      if (found) return `${found.name} ${found.line} ${MTREE_KINDS[found.kind] ?? 'other'}`;
    }
    return '';
  });
}

function randomRegions(rng: Rng, names: string, count: number, aliases: readonly string[]): MtreeRegion[] {
  let indent = 0;
  return Array.from({ length: count }, (_, index) => {
    indent = index === 0 ? 0 : 2 * rng.between(1, indent / 2 + 1);
    const start = BigInt(rng.below(Number(SPACE) - 8));
    const end = index === 0 && rng.chance(0.7) ? SPACE - 1n : start + BigInt(rng.between(0, 40));
    const isAlias = aliases.length > 0 && index > 0 && rng.chance(0.35);
    return {
      line: index + 1,
      indent,
      start: index === 0 && rng.chance(0.7) ? 0n : start,
      end,
      priority: rng.pick([0, 0, 0, 1, -1, 2]),
      kind: rng.pick(['i/o', 'i/o', 'ram', 'rom', 'romd', 'ramd', 'nv-ram', 'prio']),
      name: `${names}${index}`,
      ...(isAlias && { alias: { target: rng.pick(aliases), offset: BigInt(rng.below(20)) } }),
    };
  });
}

describe('a flattened tree', () => {
  it('shows at each address what the tree shows there', () => {
    const rng = new Rng(21);
    let aliased = 0;
    for (let n = 0; n < 400; n++) {
      // Aliases show sections without aliases of their own: rings are none of QEMU's.
      const others = [
        randomRegions(rng, 'a', rng.between(1, 5), []),
        randomRegions(rng, 'b', rng.between(1, 5), ['a0', 'a1', 'none']),
      ];
      const memory = randomRegions(rng, 'm', rng.between(1, 9), ['a0', 'b0', 'b1', 'a2']);
      const painted = new Array<string>(Number(SPACE)).fill('');
      let before = -1n;
      for (const { line, start, end, kind, name } of flattened(memory, others)) {
        expect(start).toBeGreaterThan(before);
        before = end;
        for (let at = start; at <= end && at < SPACE; at++) painted[Number(at)] = `${name} ${line} ${kind}`;
      }
      expect(painted).toEqual(byAddress(memory, others));
      aliased += painted.filter((one) => /^[ab]/.test(one)).length;
    }
    expect(aliased).toBeGreaterThan(1000);
  });

  const region = (name: string, more: Partial<MtreeRegion> = {}): MtreeRegion => ({
    line: 1,
    indent: 0,
    start: 0n,
    end: 9n,
    priority: 0,
    kind: 'ram',
    name,
    ...more,
  });

  it('has 32 aliases of aliases at the most, and no ring', () => {
    const chain = (length: number) =>
      Array.from({ length }, (_, at) => [
        region(`r${at}`, { kind: 'i/o' }),
        region(`w${at}`, { indent: 2, kind: 'i/o', alias: { target: `r${at + 1}`, offset: 0n } }),
      ]);
    // Each step takes two: the window, and what it shows.
    const seen = (length: number) =>
      flattened(chain(length)[0]!, [...chain(length).slice(1), [region(`r${length}`)]]).length;
    expect([seen(1), seen(16), seen(17)]).toEqual([1, 1, 0]);
    const ring = [
      region('a', { kind: 'i/o' }),
      region('b', { indent: 2, alias: { target: 'a', offset: 0n } }),
    ];
    expect(flattened(ring, [])).toEqual([]);
  });
});
