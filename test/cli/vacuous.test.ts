/** What compares nothing, or something with itself, is refused: it would always be green. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inProcess, withFiles } from './program.ts';

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
    [['share', 'ovmf-q35', '--order', ''], 'expected vCPUs such as 3,0,1'],
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

  it.each([
    ['JSON lines', ['replay'], 'a.ndjson', '{"vm":"seabios-q35","policy":"kvm-5.16"}\n{"report":{}}\n'],
    ['a wanted map', ['fit', '--phys-bits', '36', '--want'], 'a.yaml', 'want: [WB 0-3G, UC 3G-4G]\n'],
    [
      "a firmware's list",
      ['fit', '--want'],
      'a.log',
      'Memory Ranges:\nWB:000000000000-00007fffffff\nUC:000080000000-000fffffffff\n',
    ],
  ])('%s of a file may be UTF-16, and begin with a mark', async (_name, args, file, text) => {
    const answers: unknown[] = [];
    const turned = utf16(text).swap16();
    for (const bytes of [Buffer.from(text), Buffer.from(`\ufeff${text}`), utf16(text), turned]) {
      await withFiles({}, async (folder) => {
        writeFileSync(join(folder, file), bytes);
        const { status, stdout } = await inProcess([...args, join(folder, file)]);
        answers.push([status, stdout.replaceAll(folder, '')]);
      });
    }
    expect(answers[0]).toEqual([0, expect.stringContaining('\n')]);
    expect(answers).toEqual(answers.map(() => answers[0]));
  });
});

describe('a kernel that is a number in YAML', () => {
  it.each([
    ['a scenario', ['replay', '-'], 'vm: seabios-q35\npolicy: 5.10\nevents: [report]\n'],
    ['a config', ['map', '-'], 'maxphyaddr: 36\npolicy: 5.10\n'],
    ['the base of a policy', ['map', '-'], 'maxphyaddr: 36\npolicy: {base: 5.10}\n'],
    [
      'against of a campaign',
      ['sweep', 'plan', '-'],
      'ask: compare\nagainst: 5.10\nlayouts: {presets: all}\n',
    ],
    [
      'an axis of a campaign',
      ['sweep', 'plan', '-'],
      'ask: totals\nlayouts: {presets: all}\naxes: {policy: [5.10]}\n',
    ],
    ['rules of assert', ['assert', '-', 'ovmf-q35'], 'ram: WB\npolicy: 5.10\n'],
  ])('%s: is asked for as text, and no kernel is guessed', async (_name, args, input) => {
    const { status, stderr } = await inProcess(args, { input });
    expect(status).toBe(2);
    expect(stderr).toContain('("5.1" or "5.10" in quotes: without them both are the number 5.1)');
  });

  it('is a name behind --set, where nothing else can be', async () => {
    for (const name of ['5.10', 'kvm5.10', 'kvm-5.10']) {
      const { stdout } = await inProcess(['map', 'ovmf-q35', '0', '--set', `policy=${name}`]);
      expect(stdout).toContain('policy kvm-5.10');
    }
  });
});

it('a scenario without events replays nothing and is refused', async () => {
  for (const [file, text] of [
    ['a.yaml', 'vm: seabios-q35\npolicy: kvm-5.16\nevents: []\n'],
    ['a.ndjson', '{"vm": "seabios-q35", "policy": "kvm-5.16"}\n'],
  ] as const) {
    await withFiles({ [file]: text }, async (folder) => {
      const { status, stdout, stderr } = await inProcess(['replay', `${folder}/${file}`]);
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).toContain('events: expected at least one event, got none');
    });
  }
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
