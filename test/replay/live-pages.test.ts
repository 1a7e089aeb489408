/** The tables of a running kernel, and what a step did to entries, against counts page by page. */
import { describe, expect, it } from 'vitest';
import { LEAF_FRAMES } from '../../src/ranges.ts';
import { eachCut } from '../../src/replay/follow/departures.ts';
import { LiveTable } from '../../src/replay/follow/live-table.ts';
import { type EntryRun, StepJournal } from '../../src/replay/follow/step-journal.ts';
import { Rng } from '../generators/rng.ts';
import { leaf, NONE, REMOVED, TABLE } from './lines.ts';

const FRAMES_2M = LEAF_FRAMES[2]!;
/** The end cuts a region short. */
const FRAMES = 3 * FRAMES_2M - 100;

const pagesOf = (runs: readonly EntryRun[], frames = FRAMES): number[] => {
  const pages = new Array<number>(frames).fill(0);
  for (const { start, end, value } of runs) pages.fill(value, start, end);
  return pages;
};

const NOBODY = { installed: 0, dropped: 0, split: 0, recovered: 0 };
const [WB_4K, WB_2M, UC_4K, UC_2M] = [0x16, 0x26, 0x10, 0x20];

/** One line after the other on a table, with what it said and what came of it. */
class Trial {
  readonly table = new LiveTable(FRAMES);
  journal = new StepJournal();
  change(gfn: number, level: number, before: bigint, after: bigint, recovers = false): string {
    this.journal = new StepJournal();
    const change = { kind: 'change', line: 1, space: 0, gfn, level, before, after } as const;
    return this.table.change(change, this.journal, recovers);
  }
  /** Mapped runs, a text a layer. */
  get layers(): readonly string[] {
    return this.table
      .runs(0, FRAMES)
      .map((runs) => runs.map(({ start, end, value }) => `${start}-${end} ${value.toString(16)}`).join(', '));
  }
}

describe('a table', () => {
  it('keeps what is installed until a line takes it away', () => {
    const trial = new Trial();
    expect(trial.layers).toEqual([]);
    expect(trial.change(5, 1, NONE, leaf(5, 1, 6))).toBe('installed');
    expect(trial.journal.effects).toEqual({ ...NOBODY, installed: 1 });
    expect(trial.change(513, 2, NONE, leaf(512, 2, 0))).toBe('installed');
    expect(trial.layers).toEqual(['5-6 16, 512-1024 20']);
    expect(trial.change(5, 1, leaf(5, 1, 6), leaf(5, 1, 6, 1))).toBe('installed');
    expect(trial.journal.effects).toEqual({ ...NOBODY, installed: 1, dropped: 1 });
    expect(trial.layers).toEqual(['5-6 1e, 512-1024 20']);
    expect(trial.change(5, 1, leaf(5, 1, 6, 1), REMOVED)).toBe('other');
    expect(trial.journal.effects).toEqual({ ...NOBODY, dropped: 1 });
    expect(trial.change(512, 2, leaf(512, 2, 0), NONE)).toBe('other');
    expect(trial.layers).toEqual(['']);
  });

  it('knows nothing of what no line has shown, and says so', () => {
    const trial = new Trial();
    trial.change(5, 1, NONE, leaf(5, 1, 6));
    for (const [gfn, level, type] of [
      [6, 1, 6],
      [5, 1, 0],
      [4, 1, 6],
      [0, 2, 6],
    ] as const)
      expect(trial.change(gfn, level, leaf(gfn, level, type), REMOVED)).toBe('unknown');
    expect(trial.layers).toEqual(['5-6 16']);
    expect(trial.journal.isEmpty).toBe(true);
    // Below a large entry that is there already the small ones go without a word.
    trial.change(1024, 2, NONE, leaf(1024, 2, 6));
    expect(trial.change(1030, 1, leaf(1030, 1, 0), REMOVED)).toBe('other');
    expect(trial.change(1024, 2, leaf(1024, 2, 0), REMOVED)).toBe('unknown');
  });

  it('looks at no entry above 1G, none behind the space, and none that stays', () => {
    const trial = new Trial();
    expect(trial.change(0, 4, NONE, leaf(0, 4, 6))).toBe('other');
    expect(trial.change(FRAMES, 1, NONE, leaf(FRAMES, 1, 6))).toBe('other');
    expect(trial.layers).toEqual([]);
    expect(trial.change(FRAMES - 1, 1, NONE, leaf(FRAMES - 1, 1, 6))).toBe('installed');
    expect(trial.change(FRAMES - 1, 1, leaf(FRAMES - 1, 1, 6), leaf(FRAMES - 1, 1, 6, 0, 0xb07n))).toBe(
      'other',
    );
    expect(trial.journal.isEmpty).toBe(true);
    expect(trial.layers).toEqual([`${FRAMES - 1}-${FRAMES} 16`]);
    // A leaf that reaches over the end is cut there.
    const other = new Trial();
    expect(other.change(1100, 2, NONE, leaf(1024, 2, 6))).toBe('installed');
    expect(other.layers).toEqual([`1024-${FRAMES} 26`]);
    const whole = new Trial();
    expect(whole.change(7, 3, NONE, leaf(0, 3, 6))).toBe('installed');
    expect(whole.layers).toEqual([`0-${FRAMES} 36`]);
  });

  it('has children inherit where a large entry makes way for a table, or is said to be split', () => {
    const trial = new Trial();
    trial.change(512, 2, NONE, leaf(512, 2, 6, 1));
    expect(trial.change(512, 2, leaf(512, 2, 6, 1), TABLE)).toBe('other');
    expect(trial.layers).toEqual(['512-1024 1e']);
    expect(trial.journal.effects).toEqual({ ...NOBODY, split: 1 });
    for (const [gfn, level] of [
      [512, 2],
      [FRAMES + 1, 2],
      [600, 1],
      [600, 4],
    ] as const)
      trial.table.split({ kind: 'split', line: 1, gfn, level, entry: leaf(gfn, level, 6, 1) }, trial.journal);
    expect(trial.layers).toEqual(['512-1024 1e']);
    const large = new Trial();
    large.change(512, 2, NONE, leaf(512, 2, 6));
    large.journal = new StepJournal();
    large.table.split({ kind: 'split', line: 1, gfn: 600, level: 2, entry: leaf(512, 2, 6) }, large.journal);
    expect(large.layers).toEqual(['512-1024 16']);
    expect(large.journal.effects).toEqual({ ...NOBODY, split: 1 });
  });

  it('puts what several roots map into layers, and takes it from the one that has it', () => {
    const trial = new Trial();
    for (const type of [6, 0, 6]) expect(trial.change(5, 1, NONE, leaf(5, 1, type))).toBe('installed');
    expect(trial.layers).toEqual(['5-6 16', '5-6 10', '5-6 16']);
    trial.change(5, 1, leaf(5, 1, 0), REMOVED);
    expect(trial.layers).toEqual(['5-6 16', '', '5-6 16']);
    trial.change(5, 1, leaf(5, 1, 6), REMOVED);
    expect(trial.layers).toEqual(['', '', '5-6 16']);
    trial.change(9, 1, NONE, leaf(9, 1, 6));
    expect(trial.layers).toEqual(['9-10 16', '', '5-6 16']);
    // A large one needs a layer that is free throughout.
    trial.change(0, 2, NONE, leaf(0, 2, 6));
    expect(trial.layers).toEqual(['9-10 16', '0-512 26', '5-6 16']);
    trial.change(511, 1, NONE, leaf(511, 1, 6));
    expect(trial.layers).toEqual(['9-10 16, 511-512 16', '0-512 26', '5-6 16']);
  });

  it.each([false, true])(
    'a large leaf takes the place of a table with what is below it, inheriting: %s',
    (recovers) => {
      const trial = new Trial();
      for (const gfn of [520, 530, 531]) trial.change(gfn, 1, NONE, leaf(gfn, 1, 6));
      trial.change(100, 1, NONE, leaf(100, 1, 6));
      expect(trial.change(512, 2, TABLE, leaf(512, 2, 6), recovers)).toBe('replaced-table');
      expect(trial.layers).toEqual(['100-101 16, 512-1024 26']);
      expect(trial.journal.effects).toEqual(
        recovers ? { ...NOBODY, recovered: 1 } : { ...NOBODY, installed: 1, dropped: 3 },
      );
      // Where nothing is below the table, any free layer will do.
      expect(trial.change(1024, 2, TABLE, leaf(1024, 2, 6), recovers)).toBe('replaced-table');
      expect(trial.layers).toEqual([`100-101 16, 512-${FRAMES} 26`]);
    },
  );
});

describe('a journal', () => {
  it('says what was lost where, and what was there before', () => {
    const rng = new Rng(9);
    for (let n = 0; n < 60; n++) {
      const journal = new StepJournal();
      expect(journal.hull).toBeUndefined();
      const lost = new Array<number>(FRAMES).fill(0);
      const before: (number | undefined)[] = new Array<undefined>(FRAMES).fill(undefined);
      const sum = { ...NOBODY };
      let [low, high] = [FRAMES, 0];
      for (let k = rng.between(1, 8); k > 0; k--) {
        const value = rng.pick([WB_4K, WB_2M, UC_4K, UC_2M]);
        const frames = value >= 0x20 ? FRAMES_2M : 1;
        const start = frames === 1 ? rng.below(3) * 7 + rng.below(9) : rng.below(2) * frames;
        const end = Math.min(FRAMES_2M * 2, start + rng.between(1, frames === 1 ? 9 : 1) * frames);
        const [isPut, flag] = [rng.chance(0.5), rng.chance(0.4)];
        if (isPut) journal.put(start, end, value, flag);
        else journal.lost(start, end, value, flag);
        const entries = (end - start) / frames;
        if (!flag) sum[isPut ? 'installed' : 'dropped'] += entries;
        else if (frames > 1) sum[isPut ? 'recovered' : 'split'] += entries;
        [low, high] = [Math.min(low, start), Math.max(high, end)];
        for (let gfn = start; gfn < end; gfn++) {
          before[gfn] ??= isPut ? 0 : value;
          if (!isPut) lost[gfn] = 1;
        }
      }
      expect(journal.effects).toEqual(sum);
      expect(journal.hull).toEqual({ start: low, end: high });
      expect(pagesOf(journal.lostFrames())).toEqual(lost);
      for (const [index, { start }] of journal.lostFrames().entries())
        expect(start).toBeGreaterThan(journal.lostFrames()[index - 1]?.end ?? -1);
      for (let gfn = 0; gfn < 1030; gfn += 3) expect(journal.before(gfn)).toBe(before[gfn]);
    }
  });
});

describe('runs of several lists', () => {
  it('are cut where any of them changes, and nowhere else', () => {
    const rng = new Rng(10);
    for (let n = 0; n < 200; n++) {
      const lists = Array.from({ length: rng.between(1, 3) }, () => {
        const cuts = [...new Set(Array.from({ length: rng.below(7) }, () => rng.below(60)))].sort(
          (a, b) => a - b,
        );
        return cuts.flatMap((start, index): EntryRun[] => {
          const end = cuts[index + 1];
          return end === undefined || rng.chance(0.3) ? [] : [{ start, end, value: rng.between(1, 3) }];
        });
      });
      const range = { start: rng.below(20), end: rng.between(20, 60) };
      const pages = lists.map((runs) => pagesOf(runs, 60));
      const starts = new Set(lists.flat().flatMap(({ start, end }) => [start, end]));
      let at = range.start;
      eachCut(lists, range, (start, end, values) => {
        expect(start).toBe(at);
        expect(end).toBeGreaterThan(start);
        if (start > range.start) expect(starts.has(start)).toBe(true);
        for (let gfn = start; gfn < end; gfn++) expect(values).toEqual(pages.map((list) => list[gfn]));
        at = end;
      });
      expect(at).toBe(range.end);
    }
  });
});
