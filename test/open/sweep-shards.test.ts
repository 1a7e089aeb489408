/** Campaigns of the library: shards add up to the whole, whoever runs them. */
import { expect, it } from 'vitest';
import {
  addCounters,
  type Counters,
  emptyCounters,
  resultDigest,
  sweep,
} from '../../src/open/sweep/index.ts';

/** 32 blocks. */
const SPEC = '{ask: pages, keep: all, layouts: {presets: [ovmf-q35, seabios-pc]}}';

/** Rows and counters of a shard. */
async function ran(index: number, of: number): Promise<{ rows: string[]; counters: Counters }> {
  let counters = emptyCounters(20);
  const rows: string[] = [];
  const onBlock = (_: unknown, soFar: Counters): void => {
    counters = soFar;
  };
  for await (const row of sweep(SPEC, { shard: { index, of }, onBlock })) {
    rows.push(JSON.stringify(row, (_, cell: unknown) => (typeof cell === 'bigint' ? String(cell) : cell)));
  }
  return { rows, counters };
}

it('adds shards up to the whole', async () => {
  const whole = await ran(0, 1);
  const shards = await Promise.all([2, 0, 1].map((index) => ran(index, 3)));
  const sum = shards.map(({ counters }) => counters).reduce(addCounters);
  expect(sum).toEqual(whole.counters);
  expect(shards.flatMap(({ rows }) => rows).sort()).toEqual(whole.rows.toSorted());
  const id = { id: 'any' };
  expect(await resultDigest(id, sum)).toBe(await resultDigest(id, whole.counters));
});
