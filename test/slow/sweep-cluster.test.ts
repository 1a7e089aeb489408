/** Campaigns by the script of docs/sweep-cluster.md, killed, on a full disk, in a folder that cannot be written. */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build } from '../../scripts/build.mjs';
import { eptsweep, MAIN } from '../cli/program.ts';

const SPEC = `ask: pages
layouts: {presets: ovmf-q35}
axes: {policy: [kvm-5.0..kvm-5.19]}
verify: none
`;
const SCRIPT = resolve('examples/sweep/cluster/parallel.sh');
/** Whether a small disk can be made here, in a place that is gone with the shell. */
const canMount =
  spawnSync('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs -o size=64k tmpfs /mnt']).status === 0;

let folder = '';
const path = (name: string): string => join(folder, name);
beforeAll(async () => {
  await build({ quick: true, log: () => undefined });
  folder = mkdtempSync(join(tmpdir(), 'eptsweep-cluster-'));
  chmodSync(folder, 0o755);
  writeFileSync(path('spec.yaml'), SPEC);
  mkdirSync(path('bin'));
  writeFileSync(path('bin/eptsweep'), `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`, {
    mode: 0o755,
  });
  expect(eptsweep(['sweep', 'run', path('spec.yaml'), '-o', path('whole')])).toMatchObject({ status: 0 });
});
afterAll(() => rmSync(folder, { recursive: true }));

const summary = (results: string): string => readFileSync(path(`${results}/summary.json`), 'utf8');

describe('the script for GNU parallel and xargs', () => {
  const withoutParallel = (): string => {
    // What the script needs but parallel.
    for (const tool of ['sh', 'seq', 'sed', 'xargs']) {
      const { stdout } = spawnSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' });
      if (!existsSync(path(`bin/${tool}`))) spawnSync('ln', ['-s', stdout.trim(), path(`bin/${tool}`)]);
    }
    return path('bin');
  };

  it.each([
    ['xargs', () => withoutParallel()],
    ['whatever is there', () => `${path('bin')}:${process.env.PATH}`],
  ])('gives with %s what one run gives', (name, searched) => {
    const results = path(`by ${name}`);
    const env = { ...process.env, PATH: searched() };
    const run = spawnSync('/bin/sh', [SCRIPT, path('spec.yaml'), results, '3'], { env, encoding: 'utf8' });
    expect(run.stderr).toBe('');
    expect(run.status).toBe(0);
    expect(summary(`by ${name}`)).toBe(summary('whole'));
  });
});

it('goes on after kill -9, again and again', async () => {
  const args = [MAIN, 'sweep', 'run', path('spec.yaml'), '-o', path('killed'), '--threads', '2'];
  const done = (): number => {
    const blocks = path('killed/blocks/00');
    return existsSync(blocks) ? readdirSync(blocks).length : 0;
  };
  for (let kill = 1; kill <= 5; kill++) {
    const child = spawn(process.execPath, args, { stdio: 'ignore' });
    const ended = new Promise((resolveEnd) => child.on('exit', resolveEnd));
    while (done() < 20 * kill && child.exitCode === null) await sleep(2);
    child.kill('SIGKILL');
    await ended;
  }
  expect(eptsweep(args.slice(1))).toMatchObject({ status: 0, stderr: '' });
  expect(summary('killed')).toBe(summary('whole'));
});

it.runIf(canMount)('says that a disk is full, and goes on when there is room', () => {
  const script = `
    mount -t tmpfs -o size=400k tmpfs /mnt
    eptsweep sweep run "$1" -o /mnt/results >/dev/null; echo "first $?"
    mount -o remount,size=40M /mnt
    eptsweep sweep run "$1" -o /mnt/results >/dev/null; echo "second $?"
    cat /mnt/results/summary.json`;
  const env = { ...process.env, PATH: `${path('bin')}:${process.env.PATH}` };
  const args = ['-m', 'sh', '-c', script, 'sh', path('spec.yaml')];
  const { stdout, stderr } = spawnSync('unshare', args, { env, encoding: 'utf8' });
  expect(stderr).toMatch(
    /^eptsweep sweep run: \/mnt\/results\/.*: no space left on device; what is in \/mnt\/results is whole, to go on: .*\n$/,
  );
  expect(stdout).toBe(`first 3\nsecond 0\n${summary('whole')}`);
});

it('says that a folder is read-only, and ends with 3', () => {
  mkdirSync(path('closed'), { mode: 0o555 });
  const asNobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const args = [MAIN, 'sweep', 'run', path('spec.yaml'), '-o', path('closed')];
  const { status, stderr } = spawnSync(process.execPath, args, { ...asNobody, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({
    status: 3,
    stderr: `eptsweep sweep run: ${path('closed/campaign.lock.json')}: permission denied\n`,
  });
});
