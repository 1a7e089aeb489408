/** QEMU's tree of regions, flattened, against asking it address by address. */
import { describe, expect, it } from 'vitest';
import { mtree } from '../../src/read/dump/mtree.ts';
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
  if (node.kind === 'container') return undefined;
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
      if (found) return `${found.name} ${found.line} ${MTREE_KINDS[found.kind]}`;
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
      kind: rng.pick(['i/o', 'i/o', 'ram', 'rom', 'romd', 'ramd', 'container'] as const),
      name: `${names}${index}`,
      ...(isAlias && { alias: { target: rng.pick(aliases), offset: BigInt(rng.below(20)) } }),
    };
  });
}

describe('the reader of trees', () => {
  it('keeps 16384 regions, and says so of more', () => {
    const read = (count: number) => {
      const reader = mtree.open({ file: '-', boot: 'last', stage: undefined });
      for (let number = 1; number <= count; number++) {
        const text = `0000000000000000-0000000000000fff (prio 0, ram): r${number}`;
        reader.read({ number, text, indent: 2, prefixed: false, xen: false });
      }
      const { ram, messages } = reader.finish(count);
      const warnings = messages.filter(({ severity }) => severity === 'warning');
      return [ram[0]!.name, ...warnings.map(({ at, text }) => `${at.line}: ${text}`)];
    };
    expect(read(16_384)).toEqual(['r16384']);
    const rest = '16385: more than 16384 regions: the rest is not kept';
    expect(read(16_386)).toEqual(['r16384', rest]);
  });
});

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
      for (const { line, start, end, kind, name } of flattened(memory, others).ranges) {
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
    const seen = (length: number) => {
      const { ranges, isWhole } = flattened(chain(length)[0]!, [
        ...chain(length).slice(1),
        [region(`r${length}`)],
      ]);
      return [ranges.length, isWhole];
    };
    expect([seen(1), seen(16), seen(17)]).toEqual([
      [1, true],
      [1, true],
      [0, false],
    ]);
    const top = [region('top', { alias: { target: 'r0', offset: 0n } })];
    const below = (length: number) => flattened(top, [...chain(length), [region(`r${length}`)]]).isWhole;
    expect([below(15), below(16)]).toEqual([true, false]);
    const ring = [
      region('a', { kind: 'i/o' }),
      region('b', { indent: 2, alias: { target: 'a', offset: 0n } }),
    ];
    expect(flattened(ring, [])).toEqual({ ranges: [], isWhole: false });
  });

  it('paints 16384 regions at the most, whatever they hide', () => {
    const regions = Array.from({ length: 16_385 }, (_, line) => region(`r${line}`, { line }));
    const name = (count: number) => flattened(regions.slice(0, count), []).ranges[0]!.name;
    expect([name(16_383), name(16_384), name(16_385)]).toEqual(['r16382', 'r16383', 'r16383']);
    expect(flattened(regions.slice(1), []).isWhole).toBe(true);
    expect(flattened(regions, []).isWhole).toBe(false);
  });
});
