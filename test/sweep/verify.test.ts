/** A campaign's sample is asked of another engine: what that says otherwise is found. */
import { expect, it } from 'vitest';
import { parseSweep } from '../../src/config/index.ts';
import type { Evaluator } from '../../src/engine/index.ts';
import { campaignOf } from '../../src/open/sweep/campaign.ts';
import { openWorld } from '../../src/open/sweep/world.ts';
import { policy } from '../../src/policy/index.ts';
import { blockAt, runBlock, summaryOf } from '../../src/sweep/index.ts';

it('finds a witness of another mind', async () => {
  const { spec } = parseSweep(
    '{ask: totals, layouts: {presets: ovmf-q35}, axes: {policy: [kvm-5.16, sdm]}, verify: 1/1}',
  );
  const campaign = await campaignOf(spec);
  const world = await openWorld({});
  // Always answers for kvm-6.16, whatever it is asked.
  const witness = {
    engine: 'reference',
    view: (vcpu: Parameters<Evaluator['view']>[0]) => world.witness.view(vcpu, policy('kvm-6.16')),
  } as unknown as Evaluator;
  const answer = await runBlock(campaign, await blockAt(campaign, 0), { ...world, witness });
  const { verified, contradicted, findings, smallest } = summaryOf(campaign, answer.counters);
  expect([verified, contradicted, findings]).toEqual([2n, 1n, 1n]);
  expect(smallest[0]?.text).toContain('reference counts');
  world[Symbol.dispose]();
});
