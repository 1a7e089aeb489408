/** What compares nothing, or something with itself, is refused: it would always be green. */
import { describe, expect, it } from 'vitest';
import { inProcess } from './program.ts';

describe('a comparison of nothing', () => {
  it.each([
    [
      ['diff', 'ovmf-q35', '--against', 'policy:sdm'],
      '--against "policy:sdm": the policy is sdm anyway, so that nothing would be compared',
    ],
    [
      ['diff', 'ovmf-q35', '--policy', '5.16', '--against', 'policy:kvm5.16'],
      'the policy is kvm-5.16 anyway',
    ],
    [
      ['diff', 'ovmf-q35', '--against', 'vcpu:0'],
      '--against "vcpu:0": that is the vCPU that is compared (--vcpu)',
    ],
    [['diff', 'ovmf-q35', '--against', 'vendor:intel'], '--against "vendor:intel": the host is Intel anyway'],
    [['diff', 'ovmf-q35', '--across', 'kernels=5.16'], 'expected two kernels or more'],
    [['diff', 'ovmf-q35', '--across', 'kernels=5.16,6.8,kvm5.16'], 'kvm-5.16 is there twice'],
    [
      ['diff', 'ovmf-q35', '--across', 'vcpus', '--vcpu', '3'],
      '--across vcpus: ovmf-q35 has one vCPU to compare',
    ],
    [
      ['verify', 'ovmf-q35', '0-1M', '--against', 'sdm'],
      '--against sdm: the policy is that anyway, so that nothing would be compared',
    ],
    [['fuzz', '--count', '0'], 'of no VM everything is true'],
    [['map', 'ovmf-q35', '64T'], "lies beyond the guest's space"],
    [['verify', 'ovmf-q35', '1G+0'], 'is empty'],
    [['map', 'ovmf-q35', '--want', ''], 'is none of'],
  ])('%j: %s', async (args, message) => {
    const { status, stdout, stderr } = await inProcess(args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });
});

describe('texts in other encodings', () => {
  const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');
  it.each([
    ['a scenario', ['replay', '-', '--json'], 'vm: seabios-q35\npolicy: kvm-5.16\nevents: [{report: {}}]\n'],
    ['rules of assert', ['assert', '-', 'ovmf-q35'], 'ram: WB\n'],
    ['a campaign', ['sweep', 'plan', '-'], 'layouts: {presets: all}\nask: totals\n'],
    ['a config', ['map', '-'], 'maxphyaddr: 36\n'],
  ])('%s may be UTF-16, and begin with a mark', async (_name, args, text) => {
    const plain = await inProcess(args, { input: text });
    expect(plain.status).toBeLessThan(2);
    for (const input of [utf16(text), Buffer.from(`\ufeff${text}`)]) {
      expect(await inProcess(args, { input })).toEqual(plain);
    }
  });
});

it('a kernel that is a number in YAML is asked for as text: 5.10 would be 5.1', async () => {
  const { stderr } = await inProcess(['replay', '-'], {
    input: 'vm: seabios-q35\npolicy: 5.16\nevents: []\n',
  });
  expect(stderr).toContain('policy: expected text, got the number 5.16 ("5.16" in quotes, or kvm-5.16)');
});

describe('explain -f', () => {
  it('takes table for text, and markdown', async () => {
    const args = ['explain', 'ovmf-q35', '0-1M', '--no-changes'];
    const text = await inProcess(args);
    expect(await inProcess([...args, '-f', 'table'])).toEqual(text);
    const { stdout } = await inProcess([...args, '-f', 'md']);
    expect(stdout.match(/^\*\*GPA /gm)).toHaveLength(text.stdout.match(/^GPA /gm)!.length);
    expect(stdout.split('\n').filter((line) => line.startsWith('```')).length % 2).toBe(0);
    expect(stdout).toContain('\n  answer ');
  });
});
