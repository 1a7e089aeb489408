/** Campaigns of the library: shards add up to the whole, whoever runs them. */
import { expect, it } from 'vitest';
import {
  addCounters,
  type Counters,
  emptyCounters,
  resultDigest,
  sweep,
} from '../../src/open/sweep/index.ts';

const SPEC = '{ask: totals, keep: all, layouts: {random: {count: 9000}}, axes: {noncoherentDma: true}}';
const PAGES = '{ask: pages, layouts: {presets: ovmf-q35}}';

/** Rows and counters of a shard. */
async function ran(spec: string, index: number, of: number): Promise<{ rows: string[]; counters: Counters }> {
  let counters = emptyCounters(20);
  const rows: string[] = [];
  const onBlock = (_: unknown, soFar: Counters): void => {
    counters = soFar;
  };
  for await (const row of sweep(spec, { shard: { index, of }, onBlock })) {
    rows.push(JSON.stringify(row, (_, cell: unknown) => (typeof cell === 'bigint' ? String(cell) : cell)));
  }
  return { rows, counters };
}

it.each([
  ['blocks of layouts', SPEC],
  ['blocks of frames', PAGES],
])('adds shards up to the whole: %s', async (_, spec) => {
  const whole = await ran(spec, 0, 1);
  const shards = await Promise.all([2, 0, 1].map((index) => ran(spec, index, 3)));
  const sum = shards.map(({ counters }) => counters).reduce(addCounters);
  expect(sum).toEqual(whole.counters);
  expect(shards.flatMap(({ rows }) => rows).sort()).toEqual(whole.rows.toSorted());
  const id = { id: 'any' };
  expect(await resultDigest(id, sum)).toBe(await resultDigest(id, whole.counters));
});
