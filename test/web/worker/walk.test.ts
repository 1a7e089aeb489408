/** The tables on the way to a page, and the searches for boundaries and differences. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEvaluatorSync, policy, vcpuOf } from '../../../src/index.ts';
import { openText } from '../../../src/open/index.ts';
import type { Machine, Walk } from '../../../web/worker/protocol.ts';
import { Asked } from './asked.ts';

const POLICY = 'kvm-5.16';
let page: Asked;
let machine: Machine;
beforeAll(async () => {
  page = await Asked.begin();
  machine = await page.openFixture('proc-mtrr.txt', { set: ['noncoherentDma=true'] });
});
afterAll(() => page.dispose());

async function walkTo(gfn: number, of = machine, name = POLICY): Promise<Walk> {
  const [walk] = await page.ask('walk', { machine: of.machine, lanes: [{ policy: name }], gfn });
  return walk!;
}

describe('walks', () => {
  it.each([0, 0xa0, 0x1ff, 0x80000, 0xbf000, 0x100000, 2 ** 26])(
    'to frame %i end at its leaf',
    async (gfn) => {
      const { vm } = await openText(machine.config);
      const evaluator = createEvaluatorSync();
      const [span] = evaluator
        .view(vcpuOf(vm, 0), policy(POLICY))
        .spansOf('leaf', { range: { start: gfn, end: gfn + 1 } });
      evaluator.dispose();
      const { tables, leaf } = await walkTo(gfn);
      expect(leaf).toMatchObject({ level: span!.level, entry: `0x${span!.entry!.toString(16)}` });
      expect(tables.map(({ level }) => level)).toEqual([4, 3, 2, 1].filter((level) => level >= span!.level));
      for (const { level, start, frames, index, runs } of tables) {
        expect(start + index * frames).toBeLessThanOrEqual(gfn);
        expect(gfn).toBeLessThan(start + (index + 1) * frames);
        expect(runs[0]!.from).toBe(0);
        expect(runs.at(-1)!.to).toBe(512);
        const run = runs.find(({ from, to }) => from <= index && index < to)!;
        expect(run.kind).toBe(level === leaf!.level ? 'leaf' : 'table');
      }
    },
  );

  it('count what lies below each entry', async () => {
    const { tables } = await walkTo(0);
    for (const { level, frames, runs } of tables) {
      for (const { from, to, kind, parts } of runs) {
        const pages = parts.reduce((sum, part) => sum + part.pages, 0);
        expect(pages).toBe(kind === 'none' ? 0 : Math.min((to - from) * frames, machine.frames));
        if (kind === 'leaf') expect(parts.map((part) => part.level)).toEqual([level]);
      }
    }
  });

  it('have a fifth level from 49 bits on, and answer masks with holes', async () => {
    const text = `{maxphyaddr: 52, noncoherentDma: true, msrs: {"0x200": 0x6, "0x201": 0x1800, "0x2ff": 0x800}}`;
    const wide = await page.ask('open', { input: { name: 'wide', text } });
    const { tables, leaf } = await walkTo(2 ** 39 + 1, wide, 'sdm');
    expect(tables.map(({ level }) => level)).toEqual([5, 4, 3, 2, 1]);
    expect(leaf!.level).toBe(1);
    expect(tables[0]!.runs.map(({ from, to, kind }) => [from, to, kind])).toEqual([
      [0, 16, 'table'],
      [16, 512, 'none'],
    ]);
  });

  it('to a page that no slot maps end where nothing is', async () => {
    const text = '{maxphyaddr: 46, policy: kvm-6.16, slots: [{base: 0, size: 1G}]}';
    const small = await page.ask('open', { input: { name: 'small', text } });
    const { tables, leaf } = await walkTo(2 ** 20, small);
    expect(leaf).toBeUndefined();
    expect(tables.map(({ level, index }) => [level, index])).toEqual([
      [4, 0],
      [3, 4],
    ]);
    expect(tables[1]!.runs.map(({ from, to, kind }) => [from, to, kind])).toEqual([
      [0, 1, 'leaf'],
      [1, 512, 'none'],
    ]);
  });

  it('in a lane without an EPT say why', async () => {
    const { fault, tables } = await walkTo(0, machine, 'peer-hyperdbg');
    expect(tables).toEqual([]);
    expect(fault!.code).toBe('input');
  });
});

describe('searches', () => {
  const OTHER = 'kvm-6.16';
  const LANES = [{ policy: 'sdm' }, { policy: OTHER }];

  /** Every place that steps in one direction come to. */
  async function steps(to: 'boundary' | 'difference', direction: 'next' | 'previous', begin: number) {
    const places: number[] = [];
    for (let from = begin; ; ) {
      const ask = { machine: machine.machine, lanes: LANES, want: 'ept', to, direction, from } as const;
      const place = await page.ask('seek', ask);
      if (place === null) return places;
      places.push(place);
      from = place;
    }
  }

  it('find each boundary of any lane, forwards and backwards', async () => {
    const { lanes } = await page.ask('map', { machine: machine.machine, lanes: LANES, want: 'ept' });
    const starts = [...new Set(lanes.flatMap(({ cells }) => cells.map(({ start }) => start)))].sort(
      (a, b) => a - b,
    );
    expect(starts.length).toBeGreaterThan(3);
    expect(await steps('boundary', 'next', 0)).toEqual(starts.slice(1));
    expect(await steps('boundary', 'previous', machine.frames - 1)).toEqual(starts.toReversed());
  });

  it('find each difference, forwards and backwards', async () => {
    const { document } = await page.ask('diff', {
      machine: machine.machine,
      policy: 'sdm',
      against: `policy:${OTHER}`,
    });
    const starts = (document.spans as readonly { first: number }[]).map(({ first }) => first / 4096);
    expect(starts.length).toBeGreaterThan(1);
    const forwards = await steps('difference', 'next', -1);
    expect(forwards).toEqual(starts);
    expect(await steps('difference', 'next', starts[0]!)).toEqual(starts.slice(1));
    expect(await steps('difference', 'previous', machine.frames - 1)).toEqual(starts.toReversed());
  });
});
