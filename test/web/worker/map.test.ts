/** Lanes as cells: exact where there are few, counted where there are 2^39, and how they differ from the first. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEvaluatorSync, policy, vcpuOf } from '../../../src/index.ts';
import { openText } from '../../../src/open/index.ts';
import type { LaneCells, Machine } from '../../../web/worker/protocol.ts';
import { Asked } from './asked.ts';

/** Every other page is WB: a mask that compares bit 12 alone. */
const HOLES = `{maxphyaddr: 52, noncoherentDma: true, policy: sdm, msrs: {"0x200": 0x6, "0x201": 0x1800, "0x2ff": 0x800}}`;
const FRAMES = 2 ** 40;

let page: Asked;
let plain: Machine;
let holes: Machine;
beforeAll(async () => {
  page = await Asked.begin();
  plain = await page.ask('open', { input: { preset: 'ovmf-gpu' } });
  holes = await page.ask('open', { input: { name: 'holes.yaml', text: HOLES } });
});
afterAll(() => page.dispose());

/** Cells follow on each other from the range's start to its end, and their parts are all of their pages. */
function expectCover({ cells }: LaneCells, start: number, end: number): void {
  expect(cells[0]!.start).toBe(start);
  expect(cells.at(-1)!.end).toBe(end);
  for (const [index, cell] of cells.entries()) {
    if (index > 0) expect(cell.start).toBe(cells[index - 1]!.end);
    expect(cell.parts.reduce((sum, { pages }) => sum + pages, 0)).toBe(cell.end - cell.start);
  }
}

const LANES = [{ policy: 'sdm' }, { policy: 'kvm-5.16' }, { policy: 'kvm-6.16' }];

describe('few stretches', () => {
  it.each(['mtrr', 'ept', 'effective', 'levels', 'leaf'] as const)('%s are exact cells', async (want) => {
    const { lanes } = await page.ask('map', { machine: plain.machine, lanes: LANES.slice(0, 2), want });
    const evaluator = createEvaluatorSync();
    const { vm } = await openText(plain.config);
    for (const [index, lane] of lanes.entries()) {
      const view = evaluator.view(vcpuOf(vm, 0), policy(LANES[index]!.policy));
      const spans = [...view.spansOf(want)];
      expect(lane.isExact).toBe(true);
      expect(lane.cells.map(({ start, end }) => ({ start, end }))).toEqual(
        spans.map(({ start, end }) => ({ start, end })),
      );
      expectCover(lane, 0, plain.frames);
    }
    evaluator.dispose();
  });

  it('say how many pages of each cell the first lane answers otherwise', async () => {
    const { lanes } = await page.ask('map', { machine: plain.machine, lanes: LANES, want: 'ept' });
    expect(lanes[0]!.cells.some((cell) => 'differing' in cell)).toBe(false);
    for (const { lane, cells } of lanes.slice(1)) {
      const against = `policy:${lane.policy}`;
      const { document } = await page.ask('diff', { machine: plain.machine, policy: 'sdm', against });
      expect(cells.reduce((sum, { differing = 0 }) => sum + differing, 0)).toBe(document.pages);
    }
  });

  it('of a part of the space', async () => {
    const range = { start: 0x80000, end: 0x100000 };
    const { lanes } = await page.ask('map', { machine: plain.machine, lanes: LANES, want: 'ept', range });
    for (const lane of lanes) expectCover(lane, range.start, range.end);
  });
});

describe('2^39 stretches', () => {
  it.each(['even', 'log'] as const)('are counted in cells that are cut %s', async (cut) => {
    const ask = { machine: holes.machine, lanes: LANES.slice(0, 2), want: 'mtrr', cut } as const;
    const { lanes } = await page.ask('map', ask);
    const [manual] = lanes as readonly [LaneCells];
    expect(manual.isExact).toBe(false);
    expect(manual.cells.length).toBeGreaterThan(400);
    expect(manual.cells.length).toBeLessThanOrEqual(1000);
    expectCover(manual, 0, FRAMES);
    const wide = manual.cells.filter(({ start, end }) => end - start >= 2);
    for (const { parts, start, end } of wide) {
      expect(parts).toEqual([
        { type: 0, pages: (end - start) / 2 },
        { type: 6, pages: (end - start) / 2 },
      ]);
    }
  });

  it('differ from the first lane by exact counts', async () => {
    const lanes = [{ policy: 'kvm-6.16' }, { policy: 'sdm' }];
    const made = await page.ask('map', { machine: holes.machine, lanes, want: 'ept' });
    const differing = made.lanes[1]!.cells.reduce((sum, cell) => sum + cell.differing!, 0);
    const { document } = await page.ask('diff', {
      machine: holes.machine,
      policy: 'kvm-6.16',
      against: 'policy:sdm',
      limit: 1,
    });
    expect(differing).toBe(document.pages);
    expect(differing).toBe(2 ** 39);
  });

  it('in a window of few pages are exact again', async () => {
    const range = { start: 0x12345, end: 0x12345 + 100 };
    const { lanes } = await page.ask('map', {
      machine: holes.machine,
      lanes: LANES.slice(0, 1),
      want: 'mtrr',
      range,
    });
    expect(lanes[0]!.isExact).toBe(true);
    expect(lanes[0]!.cells).toHaveLength(100);
  });
});

describe('lanes that cannot be', () => {
  it('say why and leave the others alone', async () => {
    const lanes = [
      { policy: 'kvm-6.16' },
      { policy: 'kvm-9.9x' },
      { policy: 'sdm', vcpu: 99 },
      { policy: 'sdm' },
    ];
    const made = await page.ask('map', { machine: plain.machine, lanes, want: 'mtrr' });
    expect(made.lanes.map(({ fault }) => fault?.code)).toEqual(['input', 'input', 'input', undefined]);
    expect(made.lanes[0]!.fault!.message).toContain('does not use the guest');
    expect(made.lanes[1]!.fault!.message).toContain('unknown policy "kvm-9.9x"');
    expect(made.lanes[2]!.fault!.message).toContain('no vCPU "99"');
    expectCover(made.lanes[3]!, 0, plain.frames);
  });

  it('a refused register is told at its line', async () => {
    const text = '{maxphyaddr: 36, vcpus: 2,\n msrs: {"0x2ff": 0x803}}';
    const { machine } = await page.ask('open', { input: { name: 'bad.yaml', text } });
    const { lanes } = await page.ask('map', { machine, lanes: [{ policy: 'sdm' }], want: 'mtrr' });
    expect(lanes[0]!.fault).toMatchObject({
      code: 'refused',
      problems: [{ file: 'bad.yaml', line: 2, hint: 'type 3 is reserved' }],
    });
  });

  it('of another machine, whose space is smaller, end where that ends', async () => {
    const small = await page.ask('open', { input: { name: 'small', text: '{maxphyaddr: 36}' } });
    const lanes = [{ policy: 'sdm' }, { policy: 'sdm', machine: small.machine }];
    const made = await page.ask('map', { machine: plain.machine, lanes, want: 'mtrr' });
    expectCover(made.lanes[1]!, 0, 2 ** 24);
  });
});
