/**
 * Holds the theorem of docs/kvm-theorem.md against as many random layouts as one likes; parts of a run can be run apart,
 * and their digests added. Ends with 1 where there is an exception.
 *
 *   npx tsx scripts/findings/theorem.ts --count 1e9 [--kind any] [--seed 1] [--first 0]
 */
import { parseArgs } from 'node:util';
import { addBatchCounts, createEvaluatorSync, type LayoutKind, policy, vcpu } from '../../src/index.ts';
import { fail } from '../shared.mjs';
import { count } from './page.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1e6' },
    kind: { type: 'string', default: 'any' },
    seed: { type: 'string', default: '1' },
    first: { type: 'string', default: '0' },
  },
});
/** Layouts between two lines of progress. */
const STEP = 50_000_000;

try {
  const guest = vcpu({ maxphyaddr: 46, noncoherentDma: true });
  const batch = createEvaluatorSync().batch({
    sides: ['sdm', 'kvm-5.16'].map((name) => ({ vcpu: guest, policy: policy(name) })),
    kind: values.kind as LayoutKind,
    seed: BigInt(values.seed),
    smallest: 1,
    theorem: true,
  });
  const [first, total] = [BigInt(values.first), Number(values.count)];
  let counts = batch.run(first, 0);
  for (let done = 0; done < total; done += STEP) {
    counts = addBatchCounts(counts, batch.run(first + BigInt(done), Math.min(STEP, total - done)), 1);
    console.error(`${count(counts.layouts)} layouts, ${counts.theorem.exceptions} exceptions`);
  }
  const { theorem, digest, byRanges, layouts } = counts;
  const differing = byRanges.reduce((sum, one) => sum + one.differing, 0n);
  console.log(`layouts     ${count(layouts)} of kind ${values.kind}, seed ${values.seed}, from ${first}`);
  console.log(`KVM wrong   ${count(differing)}`);
  console.log(`held        ${count(theorem.held)}`);
  console.log(
    `exceptions  ${theorem.exceptions}${theorem.first === undefined ? '' : `, first ${theorem.first}`}`,
  );
  console.log(`digest      ${digest.toString(16).padStart(16, '0')}`);
  console.log(`peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`);
  if (theorem.exceptions > 0n) process.exitCode = 1;
} catch (error) {
  fail(error);
}
