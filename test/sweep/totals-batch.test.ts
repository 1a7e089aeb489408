/** Totals of layouts by the thousand, held against the same points asked one by one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseSweep } from '../../src/config/index.ts';
import { campaignOf } from '../../src/open/sweep/campaign.ts';
import { openWorld } from '../../src/open/sweep/world.ts';
import {
  addCounters,
  type Block,
  type Campaign,
  type Counters,
  runBlock,
  summaryOf,
  type World,
} from '../../src/sweep/index.ts';

const LAYOUTS = 700_000;
const AXES = 'axes: {policy: [sdm, kvm-5.16], cr0cd: [false, true], noncoherentDma: true}';
/** More points than are told apart. */
const RANDOM = `layouts: {random: {count: ${LAYOUTS}, seed: 7}}`;
const GRID =
  'layouts: {enumerate: {ranges: 0..4, size: 1M..4G, below: 8G, type: [UC, WB], default: [UC, WB]}}';
const FEW = 240n;

let world: World & Disposable;
beforeAll(async () => {
  world = await openWorld({});
});
afterAll(() => world[Symbol.dispose]());

function campaign(text: string): Promise<Campaign> {
  return campaignOf(parseSweep(text).spec);
}

/** A stretch of a campaign's points, as a block of its own. */
async function counted(one: Campaign, first: bigint, points: bigint): Promise<Counters> {
  const block: Block = { index: 0, id: 'any', first, points };
  return (await runBlock(one, block, world)).counters;
}

describe.each([
  ['random', RANDOM, 'ept'],
  ['random', RANDOM, 'mtrr'],
  ['enumerated', GRID, 'ept'],
])('%s layouts in batches', (_, layouts, want) => {
  it(`count ${want} as point by point`, async () => {
    const spec = `{ask: totals, want: ${want}, ${layouts}, ${AXES}, verify: 1/10`;
    const made = await campaign(`${spec}}`);
    const each = await campaign(`${spec}, keep: all}`);
    expect(made.points).toBeGreaterThan(1n << 20n);
    const first = 600n * BigInt(made.combinations);
    const points = FEW * BigInt(made.combinations);
    const [a, b] = [await counted(made, first, points), await counted(each, first, points)];
    const [ours, theirs] = [summaryOf(made, a), summaryOf(each, b)];
    expect(ours.combinations).toEqual(theirs.combinations);
    expect(ours.combinations).toHaveLength(made.combinations);
    expect(ours.refusals.map(({ name, count }) => [name, count])).toEqual(
      theirs.refusals.map(({ name, count }) => [name, count]),
    );
    expect([ours.points, ours.states, ours.findings]).toEqual([theirs.points, theirs.states, 0n]);
    expect(ours.verified).toBeGreaterThan(20n);
    expect(ours.contradicted).toBe(0n);
  });
});

it('adds up to the same counters however a stretch is cut', async () => {
  const made = await campaign(`{ask: totals, ${RANDOM}, ${AXES}}`);
  const per = BigInt(made.combinations);
  const whole = await counted(made, 0n, 1000n * per);
  const left = await counted(made, 0n, 300n * per);
  const right = await counted(made, 300n * per, 700n * per);
  expect(addCounters(left, right)).toEqual(whole);
  expect(addCounters(right, left)).toEqual(whole);
});

it('gives a million layouts few blocks, and points that are told apart many', async () => {
  const [made, each, few] = await Promise.all(
    [`${RANDOM}, ${AXES}`, `${RANDOM}, ${AXES}, keep: all`, `layouts: {random: {count: 9000}}`].map((rest) =>
      campaign(`{ask: totals, ${rest}}`),
    ),
  );
  expect(made!.blocks).toBe(1);
  expect(each!.blocks).toBe(684);
  expect(few!.blocks).toBe(3);
});
