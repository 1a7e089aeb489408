/**
 * A worker whose blocks are trivial, and whose faults are planted: EPTSWEEP_TEST_FAULTS is JSON of block numbers by
 * fault. Every execution is a line of EPTSWEEP_TEST_LOG. It needs the built program, as every worker does.
 */
import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import * as library from 'hyparquet-writer';
import { serveBlocks } from '../../../dist/src/campaign/worker-loop.js';
import { digestText, emptyCounters } from '../../../dist/src/sweep/counters.js';

const { EPTSWEEP_TEST_FAULTS, EPTSWEEP_TEST_LOG, EPTSWEEP_TEST_MS, EPTSWEEP_TEST_VERSION } = process.env;
const faults = JSON.parse(EPTSWEEP_TEST_FAULTS ?? '{}');

/** @param {string} fault @param {number} index */
const has = (fault, index) => faults[fault]?.includes(index) === true;

/** @param {number} index */
function misbehave(index) {
  if (has('throws', index)) throw new Error(`block ${index} cannot be computed\nat all`);
  if (has('exits', index)) process.exit(7);
  if (has('killsItself', index)) process.kill(process.pid, 'SIGKILL');
  if (has('exitsUnlessAlone', index) && !isMainThread) process.exit(7);
  if (has('hangs', index)) for (;;);
  if (has('throwsOnce', index) && !existsSync(`${EPTSWEEP_TEST_LOG}.${index}`)) {
    writeFileSync(`${EPTSWEEP_TEST_LOG}.${index}`, '');
    throw new Error('not yet');
  }
}

/** @param {import('../../../src/sweep/index.ts').Campaign} campaign @param {import('../../../src/sweep/index.ts').Block} block */
async function run(campaign, { index, first, points }) {
  if (EPTSWEEP_TEST_LOG) appendFileSync(EPTSWEEP_TEST_LOG, `${index}\n`);
  if (EPTSWEEP_TEST_MS) await new Promise((resolve) => setTimeout(resolve, Number(EPTSWEEP_TEST_MS)));
  misbehave(index);
  const rows = Array.from({ length: Number(points) }, (_, at) => ({
    point: first + BigInt(at),
    note: `n${at % 3}`,
  }));
  const findings = rows.filter(({ point }) => point % 10n === 7n);
  const answer = has('unsteady', index) ? randomBytes(8).readBigUInt64LE() : first * 2654435761n;
  const columns = [
    { name: 'point', kind: 'uint64', isNullable: false },
    { name: 'note', kind: 'string', isNullable: true },
  ];
  return {
    counters: {
      ...emptyCounters(campaign.spec.smallest),
      sums: { findings: String(findings.length), points: String(points) },
      minima: { first: String(first) },
      digest: digestText(answer),
    },
    tables: [{ name: 'points', partition: [['ask', campaign.ask]], columns, rows }],
  };
}

serveBlocks(async () => ({ run, library: () => library }), EPTSWEEP_TEST_VERSION);
