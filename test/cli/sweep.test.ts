/** `eptsweep sweep plan` and `sweep show`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inProcess } from './program.ts';

const RANDOM = 'examples/sweep/random.yaml';
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'eptsweep-sweep-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A spec in a file. */
function specFile(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

describe('sweep plan', () => {
  it('says what a campaign will take', async () => {
    const { status, stdout } = await inProcess(['sweep', 'plan', RANDOM]);
    expect(status).toBe(0);
    expect(stdout).toContain('points     20,000\n');
    expect(stdout).toMatch(/^campaign {3}[0-9a-f]{64}$/m);
  });

  it('has one id for one question, however it is written down', async () => {
    const yaml = specFile(
      'a.yaml',
      'ask: totals\nlayouts:\n  presets: [ovmf-q35]\naxes: {policy: [kvm-5.16]}\n',
    );
    const json = specFile(
      'b.json',
      '{"axes":{"policy":["5.16"]},"layouts":[{"presets":"ovmf-q35"}],"ask":"totals","keep":"findings"}',
    );
    const ids: unknown[] = [];
    for (const file of [yaml, json]) {
      ids.push(JSON.parse((await inProcess(['sweep', 'plan', file, '--json'])).stdout).campaign);
    }
    expect(ids[0]).toBe(ids[1]);
  });

  it('says all that is wrong, at its places, and ends with 2', async () => {
    const file = specFile('c.yaml', 'ask: totals\nlayouts: {presets: [ovmf-q53]}\naxes: {cr0cd: [2]}\n');
    const { status, stdout, stderr } = await inProcess(['sweep', 'plan', file]);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr.trim().split('\n')).toEqual([
      `${file}:2:21: layouts.presets[0]: no preset "ovmf-q53" (did you mean "ovmf-q35"?)`,
      `${file}:3:16: axes.cr0cd[0]: expected true or false, got 2`,
    ]);
  });
});

describe('sweep show', () => {
  it('prints a config that is the point', async () => {
    const file = join(folder, 'point.yaml');
    expect((await inProcess(['sweep', 'show', RANDOM, '19', '-o', file])).status).toBe(0);
    const { status, stdout } = await inProcess(['diff', file, '--want', 'mtrr', '--against', 'policy:sdm']);
    expect(status).toBe(1);
    expect(stdout).toContain('16,384 of 17,179,869,184 pages differ');
  });

  it('shows a file of a fleet with what the axes make of it', async () => {
    const spec = specFile(
      'd.yaml',
      'ask: check\nlayouts: {files: examples/dumps/slow.mtrr}\naxes: {cr0cd: [false, true]}\n',
    );
    const { status, stdout } = await inProcess(['sweep', 'show', spec, '1']);
    expect(status).toBe(0);
    expect(stdout).toContain('examples/dumps/slow.mtrr, vCPU 0, cr0cd true\n');
    expect(stdout).toContain('\ncr0cd: true\n');
  });

  it.each([
    ['20000', 'point "20000": expected a number 0..19999'],
    ['x', 'point "x": expected a number 0..19999'],
  ])('has no point %s', async (point, message) => {
    const { status, stderr } = await inProcess(['sweep', 'show', RANDOM, point]);
    expect([status, stderr]).toEqual([2, `eptsweep sweep show: ${message}\n`]);
  });

  it('says of a point why it is not asked', async () => {
    const text =
      'ask: totals\nlayouts: {presets: ovmf-q35}\naxes: {policy: [sdm, kvm-6.8], "vcpus[99].cr0cd": [true]}\nexclude: [{policy: kvm-6.8}]\n';
    const spec = specFile('e.yaml', text);
    const first = await inProcess(['sweep', 'show', spec, '0']);
    const second = await inProcess(['sweep', 'show', spec, '1']);
    expect(first.stderr).toMatch(
      /^eptsweep sweep show: point 0, ovmf-q35: it cannot be asked: vcpus\[99\]: expected a vCPU 0\.\.7/,
    );
    expect(second.stderr).toBe('eptsweep sweep show: point 1 is excluded\n');
  });

  it('names a folder without results', async () => {
    const { status, stderr } = await inProcess(['sweep', 'show', folder, '0']);
    expect(status).toBe(2);
    expect(stderr).toContain('not the results of a campaign');
  });
});
