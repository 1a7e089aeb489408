/** What replays count with, against counts page by page: who demands what, and entries in parts. */
import { describe, expect, it } from 'vitest';
import { LEAF_FRAMES } from '../../src/ranges.ts';
import { Agreement } from '../../src/replay/agreement.ts';
import { EntryCounter } from '../../src/replay/entry-counter.ts';
import { Refaults } from '../../src/replay/refaults.ts';
import type { Runs } from '../../src/replay/registers.ts';
import { pagesUnlike } from '../../src/replay/shared-ept.ts';
import { Totals } from '../../src/replay/totals.ts';
import { changedRanges } from '../../src/replay/zap-rules.ts';
import type { GfnRange } from '../../src/types.ts';
import { Rng } from '../generators/rng.ts';

const FRAMES = 48;
const CODES = 16;

/** Runs, not all of which differ from their neighbours. */
function randomRuns(rng: Rng, frames = FRAMES, codes = CODES): Runs {
  const cuts = [...new Set(Array.from({ length: rng.below(6) }, () => rng.between(1, frames - 1)))];
  const ends = [...cuts.sort((a, b) => a - b), frames];
  return { ends, values: ends.map(() => rng.below(codes)) };
}

const byPage = ({ ends, values }: Runs): readonly number[] =>
  ends.flatMap((end, run) => new Array<number>(end - (ends[run - 1] ?? 0)).fill(values[run]!));

function randomRanges(rng: Rng): readonly GfnRange[] {
  const cuts = [...new Set(Array.from({ length: 6 }, () => rng.below(FRAMES + 1)))].sort((a, b) => a - b);
  return cuts.flatMap((start, index) =>
    index % 2 || !cuts[index + 1] ? [] : [{ start, end: cuts[index + 1]! }],
  );
}

describe('Agreement', () => {
  it('counts who demands what as counting page by page does, however many profiles there were', () => {
    const rng = new Rng(3);
    let mapped = randomRanges(rng);
    const agreement = new Agreement(FRAMES, mapped);
    let vcpus: Runs[] = [];
    const expectCounts = () => {
      const demands = vcpus.map(byPage);
      const counts = Array.from({ length: FRAMES }, (_, gfn) => {
        const all = new Array<number>(CODES).fill(0);
        for (const one of demands) all[one[gfn]!]! += 1;
        return all;
      });
      const isMixed = (gfn: number) => counts[gfn]!.filter((count) => count > 0).length > 1;
      const pages = mapped.flatMap(({ start, end }) =>
        Array.from({ length: end - start }, (_, k) => start + k),
      );
      expect(agreement.disagree).toBe(pages.filter(isMixed).length);
      const [start, end] = [rng.below(FRAMES), FRAMES - rng.below(4)];
      const seen: (readonly number[])[] = [];
      agreement.each(start, end, (from, to, all, present) => {
        expect(present).toBe(all.reduce((set, count, code) => (count > 0 ? set | (1 << code) : set), 0));
        for (let gfn = from; gfn < to; gfn++) seen.push(all);
      });
      expect(seen).toEqual(counts.slice(start, end));
    };
    for (let step = 0; step < 3000; step++) {
      const runs = randomRuns(rng);
      const at = rng.below(vcpus.length || 1);
      const what = rng.below(40);
      if (what === 0 && step < 400) {
        vcpus = [...vcpus.slice(0, 3), ...(vcpus[0] ? [vcpus[0]] : []), runs];
        agreement.restart(vcpus);
      } else if (what === 1) {
        mapped = randomRanges(rng);
        agreement.mapped = mapped;
      } else if (vcpus.length < 3 || (what < 5 && vcpus.length < 7)) {
        const vcpusToo = rng.between(1, 2);
        agreement.add(runs, vcpusToo);
        for (let k = 0; k < vcpusToo; k++) vcpus.push(runs);
      } else if (what < 8) {
        agreement.add(vcpus[at]!, -1);
        vcpus.splice(at, 1);
      } else {
        const after = rng.chance(0.1) ? vcpus[at]! : runs;
        agreement.change(vcpus[at]!, after);
        vcpus[at] = after;
      }
      if (step % 50 === 0) expectCounts();
    }
    expectCounts();
  });

  it('takes as many vCPUs as there can be, and lets them go', () => {
    const agreement = new Agreement(FRAMES, [{ start: 0, end: FRAMES }]);
    const [all, other] = [
      { ends: [FRAMES], values: [6] },
      { ends: [1, FRAMES], values: [0, 6] },
    ];
    agreement.add(all, 4096);
    agreement.add(other, 4096);
    expect(agreement.disagree).toBe(1);
    agreement.add(all, -4096);
    expect(agreement.disagree).toBe(0);
    agreement.each(0, 2, (start, _end, counts) => {
      expect(counts[start === 0 ? 0 : 6]).toBe(4096);
    });
  });
});

describe('runs', () => {
  it('are told apart as pages are', () => {
    const rng = new Rng(4);
    for (let n = 0; n < 400; n++) {
      const [a, b] = [randomRuns(rng, FRAMES, 3), randomRuns(rng, FRAMES, 3)];
      const [before, after] = [byPage(a), byPage(b)];
      const ranges = changedRanges(a, b);
      expect(changedRanges(a, a)).toEqual([]);
      const changed = ranges.flatMap(({ start, end }) =>
        Array.from({ length: end - start }, (_, k) => start + k),
      );
      expect(changed).toEqual(before.flatMap((value, gfn) => (value === after[gfn] ? [] : [gfn])));
      // What is next to each other is one.
      for (const [index, { start }] of ranges.entries()) expect(start).not.toBe(ranges[index - 1]?.end);
      const [start, end] = [rng.below(FRAMES), rng.between(1, FRAMES)];
      expect(pagesUnlike(a, start, end, 1)).toBe(
        before.slice(start, end).filter((value) => value !== 1).length,
      );
    }
  });
});

describe('zaps', () => {
  it.each<[number, readonly (readonly [start: number, end: number])[]]>([
    [1, [[5, 5]]],
    [1, [[5, 4]]],
    [0, [[5, 6]]],
    [
      1,
      [
        [5, 5],
        [9, 0],
      ],
    ],
    [
      0,
      [
        [5, 5],
        [6, 7],
      ],
    ],
  ])('are empty %i times where nothing lies in any of their ranges: %j', (empty, ranges) => {
    const totals = new Totals();
    const zap = {
      reason: 'mtrr',
      ranges: ranges.map(([start, end]) => ({ start, end })),
      lost: { entries: 2, pages: 3 },
    } as const;
    totals.note('done', { zap });
    expect(totals.zaps).toEqual([{ reason: 'mtrr', count: 1, empty, entries: 2, pages: 3 }]);
  });
});

describe('entries', () => {
  const entriesOf = (pages: readonly number[], level: number) =>
    new Set(pages.map((gfn) => `${level} ${Math.floor(gfn / LEAF_FRAMES[level]!)}`));

  it('are counted once however many parts of one come', () => {
    const rng = new Rng(6);
    for (let n = 0; n < 100; n++) {
      const counter = new EntryCounter();
      const [parts, entries] = [[] as number[], new Set<string>()];
      let gfn = rng.below(3);
      for (let region = 0; region < 3; region++) {
        const level = rng.pick([1, 2]);
        const end = (region + 1) * LEAF_FRAMES[2]!;
        for (; gfn < end; gfn += rng.below(200)) {
          const to = Math.min(end, gfn + rng.between(1, 200));
          const pages = Array.from({ length: to - gfn }, (_, k) => gfn + k);
          counter.add(gfn, to, level);
          parts.push(...pages);
          for (const one of entriesOf(pages, level)) entries.add(one);
          gfn = to;
        }
        gfn = Math.max(gfn, end);
      }
      expect({ entries: counter.entries, pages: counter.pages }).toEqual({
        entries: entries.size,
        pages: parts.length,
      });
    }
  });

  it('are refaults where any of their pages was mapped before', () => {
    const rng = new Rng(8);
    const pages = 4 * LEAF_FRAMES[2]!;
    const refaults = new Refaults(pages);
    const seen = new Set<number>();
    const sum = { entries: 0, pages: 0 };
    for (let n = 0; n < 40; n++) {
      const level = rng.pick([1, 1, 2] as const);
      const frames = LEAF_FRAMES[level]!;
      const start = rng.below(pages / frames) * frames;
      const end = Math.min(pages, start + rng.between(1, 20) * frames);
      const again = Array.from({ length: end - start }, (_, k) => start + k).filter((gfn) => seen.has(gfn));
      sum.entries += entriesOf(again, level).size;
      sum.pages += again.length;
      for (let gfn = start; gfn < end; gfn++) seen.add(gfn);
      refaults.installed(start, end, level);
      expect({ entries: refaults.entries, pages: refaults.pages }).toEqual(sum);
    }
  });
});
