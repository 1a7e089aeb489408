/** Errors that were planted are found and made small. */
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { Evaluator } from '../../src/engine/index.ts';
import { type FuzzReport, fuzz } from '../../src/fuzz/index.ts';
import { OracleClient } from '../../src/oracle/client.ts';
import { createReferenceEngine } from '../../src/reference/index.ts';
import { rounds } from '../rounds.ts';
import { LIES, type LieName, lyingEngine } from './lying-engine.ts';

const truth = createReferenceEngine();
const reference = new Evaluator(truth);
const names = Object.keys(LIES) as LieName[];

let client: OracleClient | undefined;
afterEach(async () => {
  await client?.close();
  client = undefined;
});

function variableRanges(report: FuzzReport): number {
  const [first] = report.findings;
  const written = first!.subject.vcpu.msrs.map(({ msr }) => msr).filter((msr) => msr >= 0x200 && msr < 0x250);
  return new Set(written.map((msr) => msr >> 1)).size;
}

describe('an error planted in an engine', () => {
  it.each(names)('%s is found and shrunk to at most two variable ranges and one page', async (name) => {
    const report = await fuzz({
      seed: 3,
      count: rounds(25, 250),
      engines: [reference, lyingEngine(name)],
      maxFindings: 1,
    });
    expect(report.disagreeing).toBeGreaterThan(0);
    const [finding] = report.findings;
    const { range, left, right } = finding!.disagreement;
    expect(variableRanges(report)).toBeLessThanOrEqual(2);
    expect(range.end - range.start).toBe(1);
    expect(left.says).not.toBe(right.says);
    expect(finding!.subject.vcpu.msrs.length).toBeLessThanOrEqual(6);
  });

  it('is found in a refused write too', async () => {
    const careless = new Evaluator({
      ...truth,
      name: 'auto' as const,
      open: (...[vcpu, policy]: Parameters<typeof truth.open>) =>
        truth.open({ ...vcpu, msrs: vcpu.msrs.filter(({ msr }) => msr !== 0x277) }, policy),
    });
    const report = await fuzz({ seed: 2, count: 60, kinds: ['refused'], engines: [reference, careless] });
    expect(report.findings).toHaveLength(1);
    const { subject, disagreement } = report.findings[0]!;
    expect(disagreement.question).toEqual({ what: 'wrmsr' });
    expect(subject.vcpu.msrs.map(({ msr }) => msr)).toEqual([0x277]);
  });

  it('is found where an engine breaks', async () => {
    const broken = new Evaluator({
      ...truth,
      name: 'auto' as const,
      open: (...[vcpu, policy]: Parameters<typeof truth.open>) => {
        if (vcpu.mmio.length > 1) throw new RangeError('memory access out of bounds');
        return truth.open(vcpu, policy);
      },
    });
    const report = await fuzz({ seed: 2, count: rounds(10, 60), engines: [reference, broken] });
    expect(report.findings[0]!.disagreement).toMatchObject({
      question: { what: 'crash' },
      right: { says: 'throws memory access out of bounds' },
    });
    expect(report.findings[0]!.subject.vcpu).toMatchObject({ msrs: [] });
  });
});

describe('an error planted in an external oracle', () => {
  const program = fileURLToPath(new URL('programs/lying-oracle.ts', import.meta.url));

  it.each((['fixed-index', 'ipat', 'mask-holes', 'precedence', 'entry-bit'] as const).slice(0, rounds(1, 5)))(
    '%s is found and shrunk to at most two variable ranges and one page',
    async (name) => {
      const command = `'${process.execPath}' --import tsx '${program}' ${name}`;
      client = new OracleClient({ command, timeoutMs: 15_000 });
      const report = await fuzz({ seed: 1, count: 40, engines: [reference], oracle: client, maxFindings: 1 });
      expect(client.problems.filter(({ kind }) => kind !== 'slow')).toEqual([]);
      expect(report.external!.questions).toBeGreaterThan(100);
      const [finding] = report.findings;
      const { range, right } = finding!.disagreement;
      expect(right.who).toBe('oracle');
      expect(variableRanges(report)).toBeLessThanOrEqual(2);
      expect(range.end - range.start).toBe(1);
    },
  );

  it('is not found where there is none', async () => {
    const command = `'${process.execPath}' --import tsx '${program}' none`;
    client = new OracleClient({ command, timeoutMs: 15_000 });
    const report = await fuzz({ seed: 2, count: 20, engines: [reference], oracle: client });
    expect(report.findings).toEqual([]);
    expect(report.external).toMatchObject({ failed: 0 });
    expect(report.external!.pages).toBeGreaterThan(1000);
  });
});
