/** The walk over what many groups of vCPUs demand, against the same walk frame by frame. */
import { describe, expect, it } from 'vitest';
import { DemandCursor } from '../../src/share/cursor.ts';
import { NO_ENTRY } from '../../src/share/demand.ts';
import { type CodeRun, demandRuns } from '../../src/share/mapped.ts';
import { MOST_STRETCHES, stretches } from '../../src/share/merge.ts';
import type { GfnRange, Span } from '../../src/types.ts';
import { Rng } from '../generators/rng.ts';
import { rounds } from '../rounds.ts';

/** A cursor over spans that a view would give; and how often that was closed, and its spans. */
function cursorOf(runs: readonly CodeRun[], start = 0) {
  const closed = { view: 0, spans: 0 };
  const view = {
    vcpu: { vendor: 'intel' },
    *spansOf() {
      try {
        let at = start;
        for (const { end, code } of runs) {
          yield { start: at, end, type: (code & 7) === 7 ? -1 : code & 7, ipat: code >> 3 };
          at = end;
        }
      } finally {
        closed.spans += 1;
      }
    },
    dispose: () => {
      closed.view += 1;
    },
  };
  const range = { start, end: runs.at(-1)!.end };
  return { cursor: new DemandCursor(view as never, range, [range]), closed };
}

/** All runs of a cursor. */
function walked(cursor: DemandCursor): CodeRun[] {
  const runs: CodeRun[] = [];
  do runs.push({ end: cursor.end, code: cursor.code });
  while (cursor.advance());
  return runs;
}

/** Runs of two codes in turn, a frame each. */
const striped = (count: number, codes: readonly number[] = [6, 0]): CodeRun[] =>
  Array.from({ length: count }, (_, k) => ({ end: k + 1, code: codes[k % codes.length]! }));

describe('a cursor', () => {
  it.each([1, 2, 255, 256, 257, 511, 512, 513, 1025])('gives %i runs, once', (count) => {
    const runs = striped(count, [6, 0, 14, 4, 7, 5, 1]);
    const { cursor, closed } = cursorOf(runs);
    expect(walked(cursor)).toEqual(runs);
    expect(cursor.advance()).toBe(false);
    expect(closed).toEqual({ view: 1, spans: 1 });
  });

  it.each([
    [255, 1],
    [256, 0],
  ])('over %i runs has closed its view before the first step %i times', (count, times) => {
    const { cursor, closed } = cursorOf(striped(count));
    expect(closed.view).toBe(times);
    cursor.close();
    cursor.close();
    expect(closed).toEqual({ view: 1, spans: 1 });
  });

  it('that is closed on its way gives what it has, and no more', () => {
    const { cursor, closed } = cursorOf(striped(600));
    cursor.close();
    expect(closed).toEqual({ view: 1, spans: 1 });
    expect(walked(cursor)).toEqual(striped(256));
  });

  const fingerprint = (runs: readonly CodeRun[]): string => {
    const { cursor } = cursorOf(runs);
    walked(cursor);
    return cursor.fingerprint;
  };
  /** Runs with the end of one, or its code, changed. */
  const changed = (runs: readonly CodeRun[], at: number, more: Partial<CodeRun>): CodeRun[] =>
    runs.map((run, k) => (k === at ? { ...run, ...more } : run));

  it.each([3, 256, 300, 700])('of %i runs has the fingerprint of what it walked, and no other', (count) => {
    const runs = striped(count, [6, 0]).map(({ end, code }) => ({ end: 2 * end, code }));
    const base = fingerprint(runs);
    expect(fingerprint(striped(count, [6, 0]).map(({ end, code }) => ({ end: 2 * end, code })))).toBe(base);
    const others = [...new Set([0, 1, Math.floor(count / 2), count - 1])].flatMap((at) => [
      changed(runs, at, { end: runs[at]!.end - 1 }),
      changed(runs, at, { end: runs[at]!.end - 1 + 2 ** 32 }),
      changed(runs, at, { code: runs[at]!.code + 8 }),
    ]);
    const all = [runs, runs.slice(0, -1), runs.slice(1), [...runs, { end: 2 ** 40, code: 1 }], ...others];
    expect(new Set(all.map(fingerprint)).size).toBe(all.length);
  });

  it.each(Array.from({ length: 40 }, (_, bit) => bit))(
    'tells two ends that differ in bit %i alone',
    (bit) => {
      // A range that is moved changes two ends alike.
      const runs = striped(600).map(({ end, code }) => ({ end: end * 2 ** 41, code }));
      const moved = changed(changed(runs, 1, { end: runs[1]!.end + 2 ** bit }), 2, {
        end: runs[2]!.end + 2 ** bit,
      });
      expect(fingerprint(moved)).not.toBe(fingerprint(runs));
    },
  );
});

/** Runs of a random group: cuts on a grid that others share, so that several end at one frame. */
function randomRuns(rng: Rng, frames: number): CodeRun[] {
  const cuts = Array.from({ length: rng.below(12) }, () => 1 + rng.below(frames - 1));
  const ends = [...new Set([...cuts, frames])].sort((a, b) => a - b);
  let last = -1;
  return ends.map((end) => {
    last = rng.pick([0, 1, 6, 7, 14, 15].filter((code) => code !== last));
    return { end, code: last };
  });
}

const codeAt = (runs: readonly CodeRun[], gfn: number): number => runs.find(({ end }) => gfn < end)!.code;

describe('a merge', () => {
  it('visits each stretch on which no group changes, with who demands what', () => {
    for (let seed = 0; seed < rounds(60, 3000); seed++) {
      const rng = new Rng(400 + seed);
      const frames = rng.pick([2, 40, 200]);
      const groups = Array.from({ length: rng.pick([1, 2, 3, 17, 50]) }, () => randomRuns(rng, frames));
      const weights = groups.map(() => rng.between(1, 5));
      const cursors = groups.map((runs) => cursorOf(runs).cursor);
      const said: string[] = [];
      const visitor = {
        changes: (group: number, before: number, now: number) => said.push(`${group}: ${before} > ${now}`),
        ends: (group: number, last: number) => said.push(`${group}: ${last} ends`),
      };
      let at = 0;
      for (const { start, end, counts, present } of stretches(
        cursors,
        weights,
        { start: 0, end: frames },
        visitor,
      )) {
        const codes = groups.map((runs) => codeAt(runs, start));
        const expected = new Float64Array(16);
        codes.forEach((code, group) => {
          expected[code]! += weights[group]!;
        });
        expect(start).toBe(at);
        expect(end).toBe(Math.min(...groups.map((runs) => runs.find((run) => start < run.end)!.end)));
        expect([...counts]).toEqual([...expected]);
        expect(present).toBe(codes.reduce((set, code) => set | (1 << code), 0));
        at = end;
      }
      expect(at).toBe(frames);
      const wanted = groups.flatMap((runs, group) => [
        ...runs.map(({ code }, k) => `${group}: ${k === 0 ? -1 : runs[k - 1]!.code} > ${code}`),
        `${group}: ${runs.at(-1)!.code} ends`,
      ]);
      for (const group of groups.keys()) {
        const own = (list: readonly string[]) => list.filter((line) => line.startsWith(`${group}: `));
        expect(own(said)).toEqual(own(wanted));
      }
    }
  });

  it('begins where its range does', () => {
    const { cursor } = cursorOf([{ end: 9, code: 6 }], 5);
    const [only] = [...stretches([cursor], [1], { start: 5, end: 9 })];
    expect(only).toMatchObject({ start: 5, end: 9, present: 1 << 6 });
  });

  it.each([
    [5, 5, true],
    [6, 5, false],
    [5, 6, true],
  ])('of %i stretches where there may be %i: %s', (count, most, isDone) => {
    const walk = () => [
      ...stretches([cursorOf(striped(count)).cursor], [1], { start: 0, end: count }, undefined, most),
    ];
    if (isDone) expect(walk().length).toBe(count);
    else
      expect(walk).toThrow(
        expect.objectContaining({
          ...{ code: 'too-many-spans', path: 'range' },
          message: expect.stringContaining(`more than ${most} stretches (masks with holes): give a range`),
        }),
      );
  });

  it('visits up to eight million', () => {
    expect(MOST_STRETCHES).toBe(2 ** 23);
  });
});

describe('demands', () => {
  it('are those of spans inside of ranges and none outside, joined where they are the same', () => {
    for (let seed = 0; seed < rounds(100, 3000); seed++) {
      const rng = new Rng(700 + seed);
      const frames = 60;
      const cutsOf = (most: number) =>
        [...new Set(Array.from({ length: rng.below(most) }, () => rng.below(frames)))].sort((a, b) => a - b);
      const spans: Span[] = [];
      for (const end of [...cutsOf(12).filter((cut) => cut > 0), frames])
        spans.push({
          start: spans.at(-1)?.end ?? 0,
          end,
          type: rng.pick([0, 6, -1]),
          ipat: rng.pick([0, 1]),
        });
      const cuts = cutsOf(9);
      const ranges: GfnRange[] = [];
      for (let k = 0; k + 1 < cuts.length; k += rng.pick([1, 2, 2]))
        ranges.push({ start: cuts[k]!, end: cuts[k + 1]! });
      const codes = Array.from({ length: frames }, (_, gfn) => {
        if (!ranges.some(({ start, end }) => start <= gfn && gfn < end)) return NO_ENTRY;
        const { type, ipat } = spans.find(({ end }) => gfn < end)!;
        return (type === -1 ? 7 : type!) + 8 * ipat!;
      });
      const runs = codes.flatMap((code, gfn) => (code === codes[gfn + 1] ? [] : [{ end: gfn + 1, code }]));
      expect([...demandRuns(spans, ranges)], `seed ${seed}`).toEqual(runs);
    }
    expect([...demandRuns([], [])]).toEqual([]);
  });
});
