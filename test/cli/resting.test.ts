/** What no dump knows is said by every command whose answers rest on it: once, and in provenance. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inProcess, withFiles } from './program.ts';

const DUMP = '0x200,0x6\n0x201,0xf80000800\n0x2ff,0xc06\n0x277,0x0007040600070406\n';
const DMA = 'assumed: no non-coherent DMA';
const QUIRKS = 'assumed: quirks as the kernel enables them';
const SNOOP = "assumed: the host's CPU has self-snoop";

interface Document {
  readonly provenance: {
    readonly evidence: readonly { readonly subject: string }[];
    readonly assumptions: readonly string[];
  };
  readonly inputs?: readonly Document[];
}

const times = (text: string, part: string): number => text.split(part).length - 1;

async function asked(args: readonly string[], files: Readonly<Record<string, string>> = {}) {
  return withFiles({ 'a.csv': DUMP, 'b.csv': DUMP.replace('0xc06', '0x806'), ...files }, async (folder) =>
    inProcess(args.map((arg) => arg.replace(/^@/, `${join(folder, '/')}`))),
  );
}

describe('answers under KVM about a dump', () => {
  it.each([
    [['share', '@a.csv', '0-1M', '--policy', 'kvm-6.8']],
    [['verify', '@a.csv', '0-1M', '--policy', 'kvm-6.8']],
    [['verify', '@a.csv', '0-1M', '--against', 'kvm-6.8']],
    [['diff', '@a.csv', '0-1M', '--against', 'policy:kvm-6.8']],
    [['diff', '@a.csv', '@b.csv', '0-1M', '--policy', 'kvm-6.8']],
    [['diff', 'thinkpad-t400', '@b.csv', '0-1M', '--policy', 'kvm-6.8']],
    [['diff', '@a.csv', '0-1M', '--across', 'kernels=5.16,6.8']],
  ])('%j says once that there is no non-coherent DMA, and in JSON', async (args) => {
    const { stderr, stdout } = await asked([...args, '--json']);
    expect(times(stderr, DMA)).toBe(1);
    const { provenance } = JSON.parse(stdout) as Document;
    expect(provenance.evidence.map(({ subject }) => subject)).toContain('noncoherent-dma');
    expect(provenance.assumptions.filter((sentence) => sentence.startsWith(DMA))).toHaveLength(1);
  });

  it.each([
    [['share', '@a.csv', '0-1M']],
    [['verify', '@a.csv', '0-1M']],
    [['diff', '@a.csv', '@b.csv', '0-1M', '--want', 'mtrr']],
    [['diff', 'thinkpad-t400', '0-1M', '--against', 'policy:kvm-6.8']],
    [['diff', '@a.csv', '0-1M', '--policy', 'kvm-6.8', '--across', 'ncdma']],
    [['share', '@a.csv', '0-1M', '--policy', 'kvm-6.8', '--set', 'noncoherentDma=true']],
  ])('%j rests on no such thing', async (args) => {
    expect((await asked(args)).stderr).not.toContain('non-coherent DMA');
  });

  it.each([
    [['share', '@a.csv', '0-1M', '--policy', 'kvm-6.8']],
    [['verify', '@a.csv', '0-1M', '--policy', 'kvm-6.8']],
    [['diff', '@a.csv', '0-1M', '--against', 'policy:kvm-6.8']],
  ])('%j --strict is refused', async (args) => {
    const { status, stderr, stdout } = await asked([...args, '--strict', '--phys-bits', '36']);
    expect(stderr).toMatch(/strict: assumed: /);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });

  it('columns of quirks state them', async () => {
    const args = ['diff', '@a.csv', '0-1M', '--policy', 'kvm-6.16', '--across'];
    expect((await asked([...args, 'quirks'])).stderr).not.toContain(QUIRKS);
    expect((await asked([...args, 'ncdma'])).stderr).toContain(QUIRKS);
  });
});

describe('assert', () => {
  const files = { 'rules.yml': '0-1G: WB\n', 'kvm.yml': 'policy: kvm-6.16\n0-1G: WB\n' };

  it('says once for all inputs what rests on quirks and self-snoop, and no DMA, which it states itself', async () => {
    const { stderr, stdout } = await asked(['assert', '@kvm.yml', '@a.csv', '@b.csv', '--json'], files);
    expect(times(stderr, QUIRKS)).toBe(1);
    expect(times(stderr, SNOOP)).toBe(1);
    expect(stderr).not.toContain(DMA);
    const { inputs } = JSON.parse(stdout) as Document;
    for (const { provenance } of inputs!) {
      expect(provenance.evidence.map(({ subject }) => subject)).toContain('quirks');
    }
  });

  it('says nothing of them where the registers alone are judged', async () => {
    const { stderr } = await asked(['assert', '@rules.yml', '@a.csv'], files);
    expect(stderr).not.toContain('quirks');
  });
});
