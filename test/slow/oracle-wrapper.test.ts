import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { fuzz } from '../../src/fuzz/index.ts';
import { OracleClient } from '../../src/oracle/client.ts';
import { policy } from '../../src/policy/index.ts';
import { type VcpuInit, vcpu } from '../../src/vm/index.ts';

const source = fileURLToPath(new URL('../../examples/oracle-wrapper.c', import.meta.url));
const compiler = process.env.CC ?? 'cc';
const hasCompiler = spawnSync(compiler, ['--version']).status === 0;
if (!hasCompiler) console.warn('the example in C is not tried: no C compiler here');

/** Default UC, 2 GiB of WB with a hole of UC, WT on top of its start, WP on top of its end. */
const MSRS = {
  0x200: 0x6n,
  0x201: 0xf80000800n,
  0x202: 0x60000000n,
  0x203: 0xfe0000800n,
  0x204: 0x4n,
  0x205: 0xffff00800n,
  0x206: 0x5ff00005n,
  0x207: 0xffff00800n,
  0x2ff: 0x800n,
};

describe.runIf(hasCompiler)('the example that wraps C code', () => {
  let folder: string;
  let client: OracleClient;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'oracle-wrapper-'));
    const program = join(folder, 'wrapper');
    execFileSync(compiler, ['-O1', '-Wall', '-Wextra', '-Werror', '-o', program, source]);
    client = new OracleClient({ command: `'${program}'`, slowMs: 10_000 });
  });
  afterAll(async () => {
    await client?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function bothAnswers(init: VcpuInit) {
    const query = { range: { start: 0, end: 0x80000 } };
    const question = { want: 'mtrr', policy: policy('sdm'), vcpu: vcpu(init), query } as const;
    const reply = await client.ask(question);
    const view = createEvaluatorSync({ engine: 'reference' }).view(question.vcpu, question.policy);
    return {
      theirs: reply.outcome === 'spans' ? reply.spans : reply,
      ours: [...view.spansOf('mtrr', query)],
    };
  }

  it('answers as the manual does, undefined overlaps too', async () => {
    const { theirs, ours } = await bothAnswers({ maxphyaddr: 36, msrs: MSRS });
    expect(theirs).toEqual(ours);
    expect(ours.map(({ type }) => type)).toEqual([4, 6, -1, 0]);
  });

  it('differs where fixed ranges count, which it forgets', async () => {
    const { theirs, ours } = await bothAnswers({ maxphyaddr: 36, msrs: { ...MSRS, 0x2ff: 0xc00n } });
    expect(ours[0]).toEqual({ start: 0, end: 0x100, type: 0 });
    expect(theirs).not.toEqual(ours);
  });

  it('is found out by random VMs under the one policy that it knows', async () => {
    const engines = [createEvaluatorSync({ engine: 'reference' })];
    const options = { seed: 1, count: 40, engines, oracle: client, kinds: ['holes'] } as const;
    const known = await fuzz({ ...options, policies: [policy('sdm')] });
    expect(known.policies).toEqual([{ row: 'sdm', cases: 40 }]);
    expect(known.external!.pages).toBeGreaterThan(0);
    expect(known.findings[0]?.disagreement.question).toEqual({ what: 'spans', want: 'mtrr' });
    expect(known.findings[0]?.subject.vcpu.msrs.some(({ msr }) => msr === 0x2ff)).toBe(true);
    const unknown = await fuzz({ ...options, policies: [policy('kvm-5.16')] });
    expect(unknown.external).toMatchObject({ questions: unknown.external!.notComparable, pages: 0 });
    expect(client.problems).toEqual([]);
  });

  it('says so where it cannot answer', async () => {
    const reply = await client.ask({ want: 'leaf', policy: policy('sdm'), vcpu: vcpu({ maxphyaddr: 36 }) });
    expect(reply).toMatchObject({ outcome: 'error', error: { code: 'unsupported' } });
    expect(client.problems).toEqual([]);
  });
});
