/** As many vCPUs as a config may have, each in a state of its own. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { MAIN } from '../cli/program.ts';

const VCPUS = 4096;
const folder = mkdtempSync(join(tmpdir(), 'eptsweep-vcpus-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Each vCPU has one page of UC, the N-th behind 2 GiB. */
const groups = Array.from(
  { length: VCPUS },
  (_, id) =>
    `  - msrs: {0x200: 0x${(0x8000_0000 + id * 4096).toString(16)}, 0x201: 0x3ffffffff800, 0x2ff: 0x806}`,
);
const machine = [
  'maxphyaddr: 46',
  'noncoherentDma: true',
  'slots: [{base: 0, size: 4G}]',
  'vcpus:',
  ...groups,
];
const config = join(folder, 'many.yaml');
writeFileSync(config, ['policy: kvm-5.16', ...machine, ''].join('\n'));
const scenario = join(folder, 'scenario.yaml');
const EVENTS = [
  'events:',
  '  - touch: {vcpu: 4095, range: 0x80000000-0x801fffff}',
  '  - wrmsr: {vcpu: 4095, msr: 0x2ff, value: 0x800}',
];
writeFileSync(
  scenario,
  ['policy: kvm-5.16', 'vm:', ...machine.map((line) => `  ${line}`), ...EVENTS, ''].join('\n'),
);

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return { status, stdout };
}

it('map answers for the last', () => {
  const { status, stdout } = run('map', config, '--vcpu', '4095');
  expect(status).toBe(0);
  expect(stdout.match(/^0x.* UC .*$/gm)).toEqual([
    expect.stringMatching(/^0x80fff000-0x80ffffff +4K +UC +UC +4K$/),
  ]);
});

it('share finds the page of each', () => {
  const { status, stdout } = run('share', config);
  expect(status).toBe(1);
  expect(stdout).toMatch(/4,096 vCPUs in 4,096 states/);
  expect(stdout).toMatch(/^the vCPUs disagree on 4,096 pages \(16M\)$/m);
});

it('check says what of them it does not compare', () => {
  const { status, stdout } = run('check', config);
  expect(status).toBe(1);
  expect(stdout).toMatch(/cpus-differ: not compared: 4032 further CPUs in 4032 further states/);
});

it('replay follows what they share', () => {
  const { status, stdout } = run('replay', scenario);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^1 +vCPU 4095: .* installs 1 entry +16M +2M/m);
  expect(stdout).toMatch(/^2 +vCPU 4095: WRMSR 0x2ff <- 0x800 +zaps everything: 1 entry +4G/m);
});
