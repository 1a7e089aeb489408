import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PRESETS, preset } from '../../src/config/index.ts';
import { registerState, vcpuOf, vm } from '../../src/vm/index.ts';
import { vmConfigLines } from '../../src/write/registers/vm-config.ts';
import { Rng } from '../generators/rng.ts';
import { randomVcpu } from '../generators/vcpu.ts';
import { fixturePath } from '../read/fixture.ts';
import { inProcess, leadingColumns, withFiles } from './program.ts';

async function converted(input: string, to: string, ...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await inProcess(['convert', input, '--to', to, ...args]);
  expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
  return stdout;
}

/** Converts a text as if it stood in a file. */
function convertedText(text: string, file: string, to: string, ...args: string[]): Promise<string> {
  return withFiles({ [file]: text }, (folder) => converted(join(folder, file), to, ...args));
}

/** The VMs that ship, and random ones: their configs. */
const rng = new Rng(20_251_122);
const RANDOM = Array.from({ length: 12 }, (_, n) => {
  const { maxphyaddr, msrs, vcnt } = randomVcpu(
    rng,
    rng.pick(['typical', 'overlapping', 'holes', 'odd-bases']),
  );
  return vm({
    name: `random${n}`,
    maxphyaddr,
    vcpus: [{ msrs: msrs ?? [], ...(vcnt !== undefined && { vcnt }) }],
  });
});
const MACHINES = [...PRESETS.map(({ name }) => preset(name)), ...RANDOM];

describe('there and back', () => {
  it.each(MACHINES.map((one) => [one.name, one] as const))('%s', async (_, machine) => {
    const yaml = `${[...vmConfigLines(machine)].join('\n')}\n`;
    const bits = ['--phys-bits', String(machine.maxphyaddr)];
    const json = await convertedText(yaml, 'a.yaml', 'json');
    expect(await convertedText(json, 'a.json', 'yaml')).toBe(yaml);

    const csv = await convertedText(yaml, 'a.yaml', 'msr-csv');
    const state = registerState(vcpuOf(machine, 0)).map(
      ([msr, value]) => `0x${msr.toString(16)},0x${value.toString(16)}`,
    );
    expect(csv).toBe(state.map((line) => `${line}\n`).join(''));
    // A config that writes no DEF_TYPE at all leaves it at reset; a dump without it is a dump that lacks it.
    if (!state.some((line) => line.startsWith('0x2ff,'))) return;
    expect(await convertedText(csv, 'a.csv', 'msr-csv', ...bits)).toBe(csv);
    for (const to of ['wrmsr', 'kvm-set-msrs']) {
      const text = await convertedText(csv, 'a.csv', to, ...bits);
      const back = await convertedText(text, 'a.txt', 'msr-csv', ...bits);
      // MTRRCAP cannot be written.
      expect(back).toBe(to === 'wrmsr' ? csv.replace(/^0xfe,.*\n/m, '') : csv);
    }
    const edk2 = await convertedText(csv, 'a.csv', 'edk2', ...bits);
    expect(await convertedText(edk2, 'a.txt', 'edk2', ...bits)).toBe(edk2);
  });

  it('/proc/mtrr text, of what it can hold', async () => {
    const proc = await converted('surface-pro7', 'proc-mtrr');
    expect(await convertedText(proc, 'mtrr', 'proc-mtrr', '--phys-bits', '39')).toBe(proc);
  });

  it('every dump becomes a config that maps to the same', async () => {
    for (const file of [
      'dmesg.txt',
      'rdmsr.txt',
      'coreboot.txt',
      'edk2.txt',
      'windbg.txt',
      'msr-cpus.csv',
      'xen.txt',
    ]) {
      const path = fixturePath(file);
      const yaml = await converted(path, 'yaml');
      const map = async (input: string) => {
        const { status, stdout } = await inProcess(['map', input, '-f', 'csv']);
        return { status, stdout: leadingColumns(stdout, 7) };
      };
      const direct = await map(path);
      const again = await withFiles({ 'a.yaml': yaml }, (folder) => map(join(folder, 'a.yaml')));
      expect(again.stdout).toBe(direct.stdout);
      expect(again.status).toBe(0);
    }
  });
});

describe('one CPU of several', () => {
  it('is the first unless one is chosen, and that is said', async () => {
    const file = fixturePath('msr-cpus.csv');
    const { stdout, stderr } = await inProcess(['convert', file, '--to', 'msr-csv']);
    expect(stderr).toMatch(/^eptsweep convert: \d+ vCPUs.*--vcpu chooses another$/m);
    expect(stdout).toMatch(/^(?:0x[0-9a-f]+,0x[0-9a-f]+\n)+$/);
    const numbers = stdout
      .trim()
      .split('\n')
      .map((line) => Number(line.split(',')[0]));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  });

  it('says what a text does not hold', async () => {
    const { stderr } = await inProcess(['convert', 'ovmf-q35', '--to', 'proc-mtrr']);
    expect(stderr).toMatch(/proc-mtrr does not hold the default type/);
  });
});

describe('capture', () => {
  it('prints a recipe by any of its names', async () => {
    const { stdout, status } = await inProcess(['capture', 'qemu']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/info mtree -f/);
    expect((await inProcess(['capture'])).stdout).toContain(stdout.trim());
  });

  it('names the recipes where there is none', async () => {
    expect(await inProcess(['capture', 'windos'])).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringMatching(/no recipe "windos"/),
    });
  });
});
