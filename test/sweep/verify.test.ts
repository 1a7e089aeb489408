/** A campaign's sample is asked of another engine: what that says otherwise is found. */
import { describe, expect, it } from 'vitest';
import { parseSweep } from '../../src/config/index.ts';
import type { Evaluator } from '../../src/engine/index.ts';
import { campaignOf } from '../../src/open/sweep/campaign.ts';
import { openWorld } from '../../src/open/sweep/world.ts';
import { policy } from '../../src/policy/index.ts';
import { type BlockAnswer, blockAt, runBlock, type Summary, summaryOf } from '../../src/sweep/index.ts';

/** The first block of a campaign whose witness always answers for kvm-6.16, whatever it is asked. */
async function contradicted(text: string): Promise<BlockAnswer & { readonly summary: Summary }> {
  const { spec } = parseSweep(text);
  const campaign = await campaignOf(spec);
  const world = await openWorld({});
  const witness = {
    engine: 'reference',
    view: (vcpu: Parameters<Evaluator['view']>[0]) => world.witness.view(vcpu, policy('kvm-6.16')),
  } as unknown as Evaluator;
  const answer = await runBlock(campaign, await blockAt(campaign, 0), { ...world, witness });
  world[Symbol.dispose]();
  return { ...answer, summary: summaryOf(campaign, answer.counters) };
}

it('finds a witness of another mind', async () => {
  const { summary } = await contradicted(
    '{ask: totals, layouts: {presets: ovmf-q35}, axes: {policy: [kvm-5.16, sdm]}, verify: 1/1}',
  );
  expect([summary.verified, summary.contradicted, summary.findings]).toEqual([2n, 1n, 1n]);
  expect(summary.smallest[0]?.text).toContain('reference counts');
});

describe.each(['findings', 'none'])('keep: %s', (keep) => {
  const spec = `{ask: compare, layouts: {presets: all}, axes: {policy: [kvm-5.16]}, verify: 1/1, keep: ${keep}, smallest: 1}`;

  it('names a contradiction before whatever else is found', async () => {
    const { summary } = await contradicted(spec);
    expect(summary.findings).toBeGreaterThan(summary.contradicted);
    expect(summary.contradicted).toBeGreaterThan(0n);
    expect(summary.smallest.map(({ text }) => text.replace(/ counts .*/, ''))).toEqual(['auto']);
  });

  it('leaves rows whole', async () => {
    const { tables } = await contradicted(spec);
    expect(tables).toHaveLength(keep === 'none' ? 0 : 1);
    for (const { columns, rows } of tables) {
      const names = columns.map(({ name }) => name).sort();
      for (const row of rows) expect(Object.keys(row).sort()).toEqual(names);
    }
  });
});
