/** The campaigns of examples/sweep, run whole. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import type { Oracle } from '../../src/oracle/reply.ts';
import { findFiles } from '../../src/read-file/index.ts';
import { ran } from './run.ts';

const direct = createEvaluatorSync({ engine: 'direct' });
/** In the place of a program that is started. */
const oracle: Oracle = {
  ask: async ({ want, vcpu, policy, query }) => {
    const view = direct.view(vcpu, policy);
    const spans = [...view.spansOf(want, query)];
    view.dispose();
    return { outcome: 'spans', spans, truncated: false } as never;
  },
};

const example = (name: string) =>
  ran(readFileSync(`examples/sweep/${name}.yaml`, 'utf8'), {
    find: findFiles,
    readFile: (file) => readFile(file),
    oracle,
  });

it('releases: thousands of points have few answers', async () => {
  const { summary, campaign } = await example('releases');
  expect(summary.points).toBe(campaign.points);
  expect(summary.distinct.length).toBeGreaterThan(20);
  expect(summary.distinct.length).toBeLessThan(150);
  expect(summary.findings).toBe(0n);
});

it('random: the share that KVM gets wrong grows with the number of ranges', async () => {
  const { summary } = await example('random');
  const shares = summary.combinations[0]!.byRanges.map(
    ({ differing, compared }) => Number(differing) / Number(compared),
  );
  expect(shares).toHaveLength(8);
  expect(shares[0]).toBe(0);
  expect(shares[7]).toBeGreaterThan(shares[1]! * 2);
  expect(summary.contradicted).toBe(0n);
  expect(summary.smallest.map(({ registers }) => registers)).toEqual([2, 2, 2]);
});

it('fleet: every dump has a class', async () => {
  const { summary } = await example('fleet');
  expect(summary.points).toBe(3n);
  expect(summary.classes.reduce((sum, { count }) => sum + count, 0n)).toBe(summary.states);
});

it('oracle: two engines agree', async () => {
  const { summary } = await example('oracle');
  expect([summary.points, summary.findings, summary.asked]).toEqual([40n, 0n, 200n]);
});

it('pages: sixteen shards have the digest of one space', async () => {
  const { summary, campaign } = await example('pages');
  expect([campaign.blocks, summary.digests.length]).toEqual([16, 1]);
});
