import { afterAll, describe, expect, it } from 'vitest';
import { answerText, compareColumns, compareViews, isSameAnswer, tileSource } from '../../src/diff/index.ts';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { generateCase, probeOf } from '../../src/fuzz/index.ts';
import { policy, type Span, vcpu, type Want } from '../../src/index.ts';
import { wantsOn } from '../../src/policy/index.ts';
import type { Answer } from '../../src/types.ts';
import { Rng } from '../generators/rng.ts';
import { rounds } from '../rounds.ts';
import { answerOf, neighbour, opened } from './subjects.ts';

const engine = createEvaluatorSync({ engine: 'auto' });
const reference = createEvaluatorSync({ engine: 'reference' });
afterAll(() => engine.dispose());

const source = (spans: readonly Span[]) => ({ spansOf: () => spans });

/** Pairs of views over one space with a window and the wants that both have. */
function* pairs(count: number) {
  for (let index = 0; index < count; index++) {
    const one = generateCase(11, index);
    const other = neighbour(one, 12, index);
    const [a, b] = [opened(engine, one), opened(engine, other)];
    if (!a || !b) continue;
    const { windows } = probeOf(13, one);
    const start = windows[0]!.start;
    const range = { start, end: Math.min(windows[0]!.end, start + 96) };
    const wants = wantsOn(one.policy, one.vcpu.vendor).filter((want) =>
      wantsOn(other.policy, other.vcpu.vendor).includes(want),
    );
    yield { a, b, range, pat: one.pat, want: wants[index % wants.length]! };
    a.dispose();
    b.dispose();
  }
}

/** A side that says when it is left. */
function watched(spans: readonly Span[], name: string, left: string[]) {
  return {
    *spansOf() {
      try {
        yield* spans;
      } finally {
        left.push(name);
      }
    },
  };
}

describe('a walk that is given up', () => {
  const [one, other] = [0, 6].map((type) => [0, 1, 2].map((start) => ({ start, end: start + 1, type }))) as [
    Span[],
    Span[],
  ];
  const halves = one.flatMap((span, index) => [{ ...span, type: index as 0 }]);

  it('leaves both sides', () => {
    const left: string[] = [];
    const compared = compareViews(watched(one, 'a', left), watched(other, 'b', left), 'mtrr');
    left.length = 0;
    for (const { start } of compareViews(
      watched(halves, 'a', left),
      watched(other, 'b', left),
      'mtrr',
    ).spans()) {
      left.length = 0;
      expect(start).toBe(0);
      break;
    }
    expect(left).toEqual(['a', 'b']);
    expect(compared.pages).toBe(3n);
  });

  it('ends where one side ends', () => {
    for (const [a, b] of [
      [one, other.slice(0, 2)],
      [one.slice(0, 2), other],
    ] as const) {
      const compared = compareViews(source(a), source(b), 'mtrr');
      expect([compared.pages, compared.compared]).toEqual([2n, 2n]);
      expect([...compared.spans()].map(({ start, end }) => [start, end])).toEqual([[0, 2]]);
    }
  });

  it('joins what two columns answer in more spans than needed', () => {
    const { spans, pages } = compareColumns([source(one), source(other)], 'mtrr', {}, 9);
    expect(spans.map(({ start, end }) => [start, end])).toEqual([[0, 3]]);
    expect(pages).toBe(3n);
  });
});

describe('compareViews', () => {
  it('counts, and lists, exactly the pages that answer differently', () => {
    let differing = 0;
    for (const { a, b, range, pat, want } of pairs(150)) {
      const query = { range, pat };
      const expected: number[] = [];
      for (let gfn = range.start; gfn < range.end; gfn++) {
        if (!isSameAnswer(answerOf(a, want, gfn, pat), answerOf(b, want, gfn, pat))) expected.push(gfn);
      }
      for (const compared of [compareViews(a, b, want, query), compareViews(a, b, want, query, engine)]) {
        const listed = [...compared.spans()].flatMap(({ start, end }) =>
          Array.from({ length: end - start }, (_, i) => start + i),
        );
        expect(listed).toEqual(expected);
        expect(compared.pages).toBe(BigInt(expected.length));
        expect(compared.compared).toBe(BigInt(range.end - range.start));
        expect(compared.matrix.reduce((sum, cell) => sum + cell.pages, 0n)).toBe(compared.compared);
      }
      differing += expected.length;
    }
    expect(differing).toBeGreaterThan(500);
  });

  it('gives the same matrix with and without visiting spans, over long ranges', () => {
    for (const { a, b, range, pat, want } of pairs(60)) {
      const query = { range: { start: range.start - (range.start % 4096), end: range.end }, pat };
      const [bySpans, byEngine] = [compareViews(a, b, want, query), compareViews(a, b, want, query, engine)];
      const sorted = (cells: typeof bySpans.matrix) =>
        cells
          .map((cell) =>
            JSON.stringify(cell, (_, value) => (typeof value === 'bigint' ? `${value}n` : value)),
          )
          .sort();
      expect(sorted(byEngine.matrix)).toEqual(sorted(bySpans.matrix));
      expect([...byEngine.spans()]).toEqual([...bySpans.spans()]);
    }
  });

  it('takes undefined against a type for a difference of its own kind', () => {
    const msrs = { 0x200: 1n, 0x201: 0xf_ffff_f800n, 0x202: 4n, 0x203: 0xf_ffff_f800n, 0x2ff: 0x806n };
    const collides = opened(reference, { vcpu: vcpu({ maxphyaddr: 36, msrs }), policy: policy('sdm') })!;
    const defined = opened(reference, {
      vcpu: vcpu({ maxphyaddr: 36, msrs: { 0x2ff: 0x806n } }),
      policy: policy('sdm'),
    })!;
    const { pages, matrix } = compareViews(collides, defined, 'mtrr', { range: { start: 0, end: 8 } });
    expect(pages).toBe(1n);
    expect(matrix).toContainEqual({ a: { type: -1 }, b: { type: 6 }, pages: 1n });
  });

  it('follows the entries of leaves that start at different places', () => {
    const large = source([{ start: 0, end: 1024, level: 2, entry: 0xb7n }]);
    const cut = source([
      { start: 0, end: 700, level: 2, entry: 0xb7n },
      { start: 700, end: 1024, level: 2, entry: 0x2000b7n },
    ]);
    expect(compareViews(large, cut, 'leaf').pages).toBe(0n);
    const moved = source([{ start: 0, end: 1024, level: 2, entry: 0x2000b7n }]);
    const [only, ...others] = compareViews(large, moved, 'leaf').spans();
    expect(others).toEqual([]);
    expect(only).toMatchObject({ start: 0, end: 1024, a: { entry: 0xb7n }, b: { entry: 0x2000b7n } });
  });

  it('joins what another program answers page by page', () => {
    const whole = source([{ start: 0, end: 4, type: 6 }]);
    const pages = source(
      [0, 1, 2, 3].map((start): Span => ({ start, end: start + 1, type: start < 3 ? 0 : 6 })),
    );
    expect([...compareViews(whole, pages, 'mtrr').spans()]).toEqual([
      { start: 0, end: 3, a: { type: 6 }, b: { type: 0 } },
    ]);
  });

  it('compares nothing in an empty range', () => {
    const view = opened(engine, { vcpu: vcpu({ maxphyaddr: 36 }), policy: policy('sdm') })!;
    expect(compareViews(view, view, 'ept', { range: { start: 5, end: 5 } }, engine)).toMatchObject({
      pages: 0n,
      compared: 0n,
    });
  });
});

describe('compareColumns', () => {
  const guest = vcpu({
    maxphyaddr: 36,
    noncoherentDma: true,
    msrs: { 0x200: 0xc0000000n, 0x201: 0xf_c000_0800n, 0x2ff: 0x806n },
  });
  const columns = (want: Want, names: readonly string[], limit = 10) => {
    const views = names.map((name) => engine.view(guest, policy(name)));
    return compareColumns(views, want, {}, limit, engine);
  };

  it('folds columns that answer the same everywhere', () => {
    const { groups, pages, spans } = columns('ept', ['sdm', 'kvm-5.16', 'kvm-6.11', 'kvm-6.8', 'kvm-6.16']);
    expect(groups).toEqual([
      [0, 1, 3],
      [2, 4],
    ]);
    expect(pages).toBe(0x40000n);
    expect(spans).toEqual([
      {
        start: 0xc0000,
        end: 0x100000,
        answers: [
          { type: 0, ipat: 0 },
          { type: 6, ipat: 0 },
        ],
      },
    ]);
  });

  it('says so where all are one column', () => {
    expect(columns('levels', ['kvm-6.11', 'kvm-6.16'])).toEqual({
      groups: [[0, 1]],
      pages: 0n,
      fromFirst: [0n],
      spans: [],
      isComplete: true,
    });
  });

  it('counts all pages however few spans are kept', () => {
    const [few, all] = [0, 100].map((limit) => columns('leaf', ['sdm', 'kvm-5.16', 'kvm-6.11'], limit));
    expect(few).toMatchObject({ spans: [], isComplete: false, pages: all!.pages });
    expect(all!.groups).toHaveLength(3);
    expect(all!.spans.reduce((sum, { start, end }) => sum + end - start, 0)).toBe(Number(all!.pages));
    expect(all!.fromFirst).toEqual([0n, 2n ** 24n, 2n ** 24n]);
  });

  it('counts exactly against the first column where there are too many stretches to walk', () => {
    const holes = vcpu({
      maxphyaddr: 46,
      noncoherentDma: true,
      msrs: { 0x200: 6n, 0x201: 0x1800n, 0x2ff: 0x800n },
    });
    const views = ['sdm', 'kvm-5.16', 'kvm-6.11'].map((name) => engine.view(holes, policy(name)));
    const compared = compareColumns(views, 'ept', {}, 2, engine);
    expect(compared).toMatchObject({ isComplete: false, pages: undefined });
    // Every other page is WB; KVM 5.16 sees one range that ends a page before the space does.
    expect(compared.fromFirst).toEqual([0n, 2n ** 33n - 1n, 2n ** 33n]);
    expect(compared.spans).toHaveLength(2);
  });
});

describe('columns of random spans', () => {
  const FRAMES = 60;
  /** Spans of types, some of them cut further than need be. */
  function randomSpans(rng: Rng): Span[] {
    const cuts = [...new Set(Array.from({ length: rng.below(8) }, () => 1 + rng.below(FRAMES - 1)))];
    const ends = [...cuts, FRAMES].sort((a, b) => a - b);
    // No two neighbours are alike, as in the spans of a view.
    let which = rng.below(3);
    return ends.map((end, k) => {
      which = (which + rng.between(1, 2)) % 3;
      return { start: ends[k - 1] ?? 0, end, type: ([0, 6, -1] as const)[which]! };
    });
  }
  const typesOf = (spans: readonly Span[]) =>
    Array.from({ length: FRAMES }, (_, gfn) => spans.find(({ end }) => gfn < end)!.type);

  it('are folded, counted and listed frame by frame', () => {
    for (let seed = 0; seed < rounds(80, 2000); seed++) {
      const rng = new Rng(seed);
      const some = Array.from({ length: 3 }, () => randomSpans(rng));
      const sides = Array.from({ length: rng.between(1, 5) }, () => rng.pick(some));
      const types = sides.map(typesOf);
      const keys = types.map((one) => one.join());
      const firsts = [...new Set(keys)].map((key) => keys.indexOf(key));
      const limit = rng.pick([0, 1, 2, 100]);
      const compared = compareColumns(sides.map(source), 'mtrr', {}, limit);
      const differs = Array.from({ length: FRAMES }, (_, gfn) =>
        firsts.some((first) => types[first]![gfn] !== types[0]![gfn]),
      );
      expect(compared.groups).toEqual(
        firsts.map((first) => keys.flatMap((key, k) => (key === keys[first] ? [k] : []))),
      );
      expect(compared.pages).toBe(BigInt(differs.filter(Boolean).length));
      expect(compared.fromFirst).toEqual(
        firsts.map((first) => BigInt(types[first]!.filter((type, gfn) => type !== types[0]![gfn]).length)),
      );
      const listed = new Set<number>();
      for (const { start, end, answers } of compared.spans)
        for (let gfn = start; gfn < end; gfn++) {
          listed.add(gfn);
          expect(answers.map(({ type }) => type)).toEqual(firsts.map((first) => types[first]![gfn]));
        }
      expect(compared.spans.length).toBeLessThanOrEqual(limit);
      const isListed = Array.from({ length: FRAMES }, (_, gfn) => listed.has(gfn));
      expect(compared.isComplete).toBe(JSON.stringify(isListed) === JSON.stringify(differs));
      if (!compared.isComplete) expect(compared.spans.length).toBe(limit);
    }
  });

  it('are told apart behind their first 64 spans, and end all that they begin', () => {
    let open = 0;
    const striped = (last: number) => ({
      *spansOf(): Generator<Span> {
        open += 1;
        try {
          for (let k = 0; k < 130; k++)
            yield { start: k, end: k + 1, type: k === last ? 1 : k % 2 === 0 ? 0 : 6 };
        } finally {
          open -= 1;
        }
      },
    });
    const { groups, pages } = compareColumns([100, 63, 64, 100, 7].map(striped), 'mtrr', {}, 9);
    expect([groups, pages, open]).toEqual([[[0, 3], [1], [2], [4]], 4n, 0]);
  });

  it.each([
    [2 ** 18, 2n ** 18n],
    [2 ** 18 + 1, undefined],
  ])('of %i stretches have %s pages', (count, pages) => {
    const types = [0, 1, 4] as const;
    const sides = types.map((type) => ({
      *spansOf(): Generator<Span> {
        // One side steps frame by frame, the others stand.
        const size = type === 0 ? 1 : count;
        for (let start = 0; start < count; start += size) yield { start, end: start + size, type };
      },
    }));
    expect(compareColumns(sides, 'mtrr', {}, 1).pages).toBe(pages);
  });
});

describe('an answer in words', () => {
  it.each<[Want, Answer, string]>([
    ['mtrr', { type: 0 }, 'UC'],
    ['mtrr', { type: -1 }, 'undefined'],
    ['effective', { type: 5 }, 'WP'],
    ['ept', { type: 6, ipat: 1 }, 'WB + IPAT'],
    ['ept', { type: 6, ipat: 0 }, 'WB'],
    ['ept', { type: 6 }, 'WB'],
    ['levels', { level: 0 }, 'not mapped'],
    ['levels', { level: 1 }, '4K'],
    ['levels', { level: 2 }, '2M'],
    ['levels', { level: 3 }, '1G'],
    ['levels', {}, 'not mapped'],
    ['leaf', { level: 0, entry: 0n }, 'not mapped'],
    ['leaf', { level: 1, entry: 0x600000000c0b37n }, '4K 0x600000000c0b37'],
    ['leaf', { level: 3, entry: null }, '1G undefined'],
    ['leaf', { level: 2 }, '2M undefined'],
  ])('%s: %o', (want, answer, text) => {
    expect(answerText(want, answer)).toBe(text);
  });
});

describe('tiles as spans', () => {
  /** UC, WB and, where two ranges meet, no answer; a slot that ends. */
  const guest = vcpu({
    maxphyaddr: 36,
    noncoherentDma: true,
    slots: [{ gfn: 0, count: 40000, pfn: 0x100000 }],
    msrs: {
      ...{ 0x200: 0x4000000n, 0x201: 0xf_fe00_0800n, 0x202: 0x8000001n, 0x203: 0xf_ffff_f800n },
      ...{ 0x204: 0x8000004n, 0x205: 0xf_ffff_f800n, 0x2ff: 0x806n },
    },
  });

  it.each([
    ['sdm', 0, 9],
    ['sdm', 16383, 16385],
    ['sdm', 16000, 33000],
    ['sdm', 32760, 32780],
    ['kvm-6.6', 5, 5],
    ['kvm-6.6', 100, 16484],
    ['kvm-6.6', 39990, 40010],
  ])('say under %s of frames %i to %i what the view says', (name, start, end) => {
    const view = engine.view(guest, policy(name));
    const range = { start, end };
    const flat = (spans: Iterable<Span>) => {
      const all = [...spans];
      let at = start;
      for (const span of all) {
        expect(span.start).toBe(at);
        at = span.end;
      }
      expect(at).toBe(end);
      return all.flatMap((span) =>
        Array.from({ length: span.end - span.start }, (_, k) => ({ ...span, start: span.start + k })),
      );
    };
    const types = (spans: Iterable<Span>) => flat(spans).map(({ type }) => type);
    expect(types(tileSource(view).spansOf('ept', { range }))).toEqual(types(view.spansOf('ept', { range })));
    const entries = flat(tileSource(view).spansOf('leaf', { range }));
    const wanted = [...view.entriesOf(Float64Array.from({ length: end - start }, (_, k) => start + k))];
    expect(entries.map(({ entry }) => entry)).toEqual(wanted);
    expect(entries.map(({ level }) => level)).toEqual(wanted.map((entry) => (entry === 0n ? 0 : 1)));
    // As long as they can be.
    const spans = [...tileSource(view).spansOf('ept', { range })];
    expect(spans.every(({ type }, k) => k === 0 || type !== spans[k - 1]!.type)).toBe(true);
    view.dispose();
  });
});
