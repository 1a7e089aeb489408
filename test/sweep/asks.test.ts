/** What campaigns answer, held against the same questions asked one by one. */
import { describe, expect, it } from 'vitest';
import { preset, withChanges } from '../../src/config/index.ts';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import type { Oracle } from '../../src/oracle/reply.ts';
import { policy } from '../../src/policy/index.ts';
import { sha256 } from '../../src/sweep/index.ts';
import { vcpuOf } from '../../src/vm/index.ts';
import { ran } from './run.ts';

const evaluator = createEvaluatorSync();

describe('totals', () => {
  it('are those of each point, and tell answers apart', async () => {
    const { summary, tables } = await ran(
      '{ask: totals, keep: all, layouts: {presets: [ovmf-q35, seabios-pc]}, axes: {policy: [kvm-5.16, kvm-5.17], noncoherentDma: [false, true], cr0cd: [false, true]}}',
    );
    expect([summary.points, summary.states, summary.findings]).toEqual([16n, 16n, 0n]);
    const guest = withChanges(preset('seabios-pc'), { noncoherentDma: true, cr0cd: true });
    const totals = evaluator.view(vcpuOf(guest, 0), policy('kvm-5.17')).totals();
    const rows = tables.flatMap((table) => table.rows).filter(({ point }) => point === 15n);
    expect(rows.map(({ type, ipat, pages }) => ({ type, ipat, pages }))).toEqual(totals);
    expect(rows[0]).toMatchObject({ layout: 'seabios-pc', noncoherentDma: 'true', cr0cd: 'true' });
    // Two kernels with one rule: whatever differs is layout or switches.
    const counts = summary.distinct.map(({ count }) => count);
    expect(counts.reduce((sum, count) => sum + count)).toBe(16n);
    expect(counts.every((count) => count % 2n === 0n)).toBe(true);
  });

  it('of a machine that a policy is not about are counted as refused', async () => {
    const { summary } = await ran(
      '{ask: totals, layouts: {presets: ovmf-q35}, axes: {policy: [sdm, kvm-6.8], host.vendor: [intel, amd]}, want: effective}',
    );
    expect(summary.points).toBe(4n);
    expect(summary.refusals).toEqual([{ name: 'vendor', count: 1n, first: 1n }]);
  });

  it('ask one vCPU of each state', async () => {
    const axes = "axes: {'vcpus[1].cr0cd': [false, true], vcpus: distinct}";
    const { summary } = await ran(`{ask: totals, layouts: {presets: ovmf-q35}, ${axes}}`);
    expect([summary.points, summary.states]).toEqual([2n, 3n]);
  });
});

describe('compare', () => {
  const layouts =
    'layouts: {random: {count: 300, seed: 5}}, axes: {policy: [kvm-5.16, kvm-6.7], cr0cd: [false, true]}';

  it.each(['mtrr', 'ept'])('counts %s in batches as point by point', async (want) => {
    const made = await ran(`{ask: compare, want: ${want}, verify: 1/10, ${layouts}}`);
    const each = await ran(`{ask: compare, want: ${want}, keep: all, ${layouts}}`);
    expect(made.summary.combinations).toEqual(each.summary.combinations);
    expect(made.summary.smallest).toEqual(each.summary.smallest);
    expect(made.summary.findings).toBe(each.summary.findings);
    expect(made.summary.findings).toBeGreaterThan(0n);
    expect(made.summary.verified).toBeGreaterThan(100n);
    expect(made.summary.contradicted).toBe(0n);
    const findings = (one: typeof made) =>
      one.tables
        .filter(({ name }) => name === 'findings')
        .flatMap(({ rows }) => rows.map((row) => JSON.stringify(row, (_, cell) => String(cell))));
    expect(findings(made).sort()).toEqual(findings(each).sort());
  });

  it('counts a grid in batches as point by point', async () => {
    const grid =
      'layouts: {enumerate: {ranges: 0..2, size: 1G..2G, below: 4G, type: [UC, WB], default: [UC, WB]}}, axes: {policy: kvm-5.16}';
    const made = await ran(`{ask: compare, want: mtrr, ${grid}}`);
    const each = await ran(`{ask: compare, want: mtrr, keep: all, ${grid}}`);
    expect(made.summary.combinations).toEqual(each.summary.combinations);
    expect(made.summary.smallest).toEqual(each.summary.smallest);
    expect(made.summary.findings).toBeGreaterThan(0n);
  });

  it('has no answer for a layout alone that it has not for all', async () => {
    const { summary, tables } = await ran(
      '{ask: compare, layouts: {presets: all}, axes: {policy: kvm-5.16, noncoherentDma: true}}',
    );
    const rows = tables.flatMap((table) => table.rows);
    expect(BigInt(rows.length)).toBe(summary.findings);
    for (const { layout, differing } of rows) {
      const guest = vcpuOf(withChanges(preset(String(layout)), { noncoherentDma: true }), 0);
      const [a, b] = ['sdm', 'kvm-5.16'].map((name) => evaluator.view(guest, policy(name)));
      expect(evaluator.compare(a!, b!).pages).toBe(differing);
    }
  });
});

describe('pages', () => {
  it('have the digest of the whole space, whatever it is cut into', async () => {
    const { summary, campaign } = await ran(
      '{ask: pages, layouts: {presets: ovmf-q35}, axes: {policy: kvm-5.16}}',
    );
    expect(campaign.blocks).toBe(16);
    const view = evaluator.view(vcpuOf(preset('ovmf-q35'), 0), policy('kvm-5.16'));
    expect(summary.digests).toEqual([
      { point: 0n, vcpu: 0, digest: view.digest().toString(16).padStart(16, '0') },
    ]);
    expect([summary.points, summary.states]).toEqual([1n, 1n]);
    const pages = summary.combinations[0]!.answers.reduce((sum, { count }) => sum + count, 0n);
    expect(pages).toBe(view.totals().reduce((sum, total) => sum + total.pages, 0n));
  });
});

describe('check', () => {
  const REGISTERS = 'reg00: base=0x000000000 (    0MB), size= 4096MB, count=1: write-back\n';
  const TEXTS: Readonly<Record<string, string>> = {
    'a.mtrr': REGISTERS,
    'b.mtrr': REGISTERS,
    'c.mtrr': REGISTERS.replace('write-back', 'write-through'),
    'd.mtrr': 'nothing of use\n',
  };
  const bytes = (name: string) => new TextEncoder().encode(TEXTS[name]);
  const hashes = () =>
    Promise.all(Object.keys(TEXTS).map(async (name) => ({ name, sha256: await sha256(bytes(name)) })));

  it('groups machines by their maps and names files that say nothing', async () => {
    const files = await hashes();
    const readFile = (name: string) => Promise.resolve(bytes(name));
    const { summary, tables } = await ran('{ask: check, layouts: {files: "*"}}', {
      find: () => files,
      readFile,
    });
    expect(summary.points).toBe(4n);
    expect(summary.classes.map(({ count, first }) => [count, first])).toEqual([
      [2n, 0n],
      [1n, 2n],
    ]);
    expect(summary.refusals).toEqual([{ name: 'file', count: 1n, first: 3n }]);
    expect(summary.smallest.some(({ text }) => text.startsWith('d.mtrr'))).toBe(true);
    expect(tables.filter(({ name }) => name === 'classes').flatMap(({ rows }) => rows)).toHaveLength(3);
  });

  it('does not go on where a file is another one than was planned', async () => {
    const files = await hashes();
    const readFile = () => Promise.resolve(bytes('c.mtrr'));
    const run = ran('{ask: check, layouts: {files: "*"}}', { find: () => files, readFile });
    await expect(run).rejects.toThrow('a.mtrr: it is not what it was when the campaign was planned');
  });
});

describe('oracle', () => {
  const TEXT =
    '{ask: oracle, layouts: {random: {count: 3}}, axes: {policy: [sdm, kvm-5.16]}, oracle: {command: any}}';
  const reference = createEvaluatorSync({ engine: 'reference' });
  const honest: Oracle = {
    ask: async ({ want, vcpu, policy: rules, query }) => {
      const view = reference.view(vcpu, rules);
      const spans = [...view.spansOf(want, query)];
      view.dispose();
      return { outcome: 'spans', spans, truncated: false } as never;
    },
  };

  it('agrees with another engine, and says which rules were met', async () => {
    const { summary } = await ran(TEXT, { oracle: honest });
    expect([summary.findings, summary.asked]).toEqual([0n, 30n]);
    expect(summary.rules.length).toBeGreaterThan(5);
  });

  it('tells what a wrong program says otherwise', async () => {
    const wrong: Oracle = { ask: (question) => honest.ask({ ...question, policy: policy('sdm') }) };
    const { summary, tables } = await ran(TEXT, { oracle: wrong });
    expect(summary.findings).toBeGreaterThan(0n);
    const rows = tables.flatMap((table) => table.rows);
    expect(rows[0]).toMatchObject({ question: expect.stringContaining('spans of'), vcpu: 0 });
  });

  it('asks again where the program died, and has no answer where it always does', async () => {
    let deaths = 2;
    const failed = { outcome: 'failed', kind: 'crash', message: 'the program ended: exit code 127' } as const;
    const frail: Oracle = { ask: async (question) => (deaths-- > 0 ? failed : honest.ask(question)) };
    expect((await ran(TEXT, { oracle: frail })).summary.findings).toBe(0n);
    const dead: Oracle = { ask: () => Promise.resolve(failed) };
    await expect(ran(TEXT, { oracle: dead })).rejects.toThrow(
      'the oracle gave no answer: the program ended: exit code 127',
    );
  });
});
