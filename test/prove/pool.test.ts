import { expect, it } from 'vitest';
import { pooled } from '../../scripts/prove/pool.ts';

/** Work that ends when it is told to, and what it did. */
function orders(count: number) {
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const work = Array.from({ length: count }, (_, index) => () => {
    begun.push(index);
    return new Promise<number>((resolve) => {
      ends[index] = () => resolve(index);
    });
  });
  return { begun, ends, work };
}

/** Lets what has ended be noticed. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

it('begins the next piece when any has ended, and gives results in the order of the work', async () => {
  const { begun, ends, work } = orders(4);
  const results: number[] = [];
  const all = (async () => {
    for await (const result of pooled(work, 2)) results.push(result);
  })();
  await turns();
  expect(begun).toEqual([0, 1]);
  ends[1]!();
  await turns();
  expect(begun).toEqual([0, 1, 2]);
  expect(results).toEqual([]);
  ends[2]!();
  await turns();
  expect(begun).toEqual([0, 1, 2, 3]);
  ends[0]!();
  await turns();
  expect(results).toEqual([0, 1, 2]);
  ends[3]!();
  await all;
  expect(results).toEqual([0, 1, 2, 3]);
});

it('ends with the first error', async () => {
  const work = [async () => 0, async () => Promise.reject(new Error('a piece failed')), async () => 2];
  const results: number[] = [];
  await expect(
    (async () => {
      for await (const result of pooled(work, 1)) results.push(result);
    })(),
  ).rejects.toThrow('a piece failed');
  expect(results).toEqual([0]);
});
