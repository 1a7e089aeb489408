/**
 * One boot of a kernel in each machine: its KVM answers random guests as the model says. Where Bochs or QEMU or the packages
 * of a kernel are missing, nothing of it can be tried, and that is said.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { imagesIn } from '../../lab/kernel/packages.ts';
import { missingPackages, tryRun } from '../../lab/run-program.ts';
import type { Vendor } from '../../src/policy/index.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SERIES = '6.1';
const kernels = imagesIn(
  tryRun('apt-cache', ['search', '--names-only', `^linux-image-${SERIES}`]) ?? '',
  SERIES,
);

/** Whether a machine can be booted; says what is missing where not. */
function canBoot(vendor: Vendor): boolean {
  const missing = missingPackages(vendor);
  const isThere = missing.length === 0 && kernels.length > 0;
  const what = missing.length > 0 ? missing.join(', ') : `a cloud kernel of series ${SERIES} in apt's lists`;
  if (!isThere) console.warn(`no kernel is booted (${vendor}): missing ${what}`);
  return isThere;
}

const work = mkdtempSync(join(tmpdir(), 'eptsweep-lab-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

function lab(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'lab/main.ts', '--work', work, ...args],
    { cwd: ROOT, encoding: 'utf8', maxBuffer: 2 ** 28 },
  );
  return { status, stdout, stderr };
}

describe.runIf(canBoot('intel'))('a kernel in Bochs', () => {
  it('agrees with the model in every verdict, leaf and step of ten guests; a changed rule is named', () => {
    const { status, stdout, stderr } = lab('--kernel', SERIES, '--seed', '1', '--count', '10', '-f', 'json');
    expect(status, stderr).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ guests: 10, whole: 10, departures: [] });
    expect(report.left).toEqual([expect.stringContaining('host MMIO by 2M: KVM finds no large page')]);
    for (const question of ['verdicts', 'leaves', 'steps']) {
      expect(report[question].compared, question).toBeGreaterThan(30);
      expect(report[question].agreed, question).toBe(report[question].compared);
    }
    const folder = join(work, `${SERIES}-seed-1`);
    expect(existsSync(join(folder, 'guests/seed-1-9.ndjson'))).toBe(true);
    expect(readFileSync(join(folder, 'guests/seed-1-9.ftrace'), 'utf8')).toContain('eptsweep step 1\n');

    const planted = lab('--serial', join(folder, 'serial.log'), '--count', '10', '--plant', 'dmaZap=all');
    expect(planted.status, planted.stderr).toBe(1);
    expect(planted.stdout).toContain('all of it is explained by dmaZap=none\n');
  });
});

describe.runIf(canBoot('amd'))('a kernel on an AMD processor in QEMU', () => {
  it('writes the leaves of its nested page tables as the model says', () => {
    const { status, stdout, stderr } = lab('--kernel', SERIES, '--amd', '--count', '6', '-f', 'json');
    expect(status, stderr).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ processor: 'AMD', guests: 6, whole: 6, departures: [] });
    expect(report.leaves.compared).toBeGreaterThan(300);
    expect(report.leaves.agreed).toBe(report.leaves.compared);

    const log = join(work, `${SERIES}-seed-1-amd`, 'serial.log');
    const again = lab('--serial', log, '--count', '6');
    expect([again.status, again.stderr]).toEqual([2, `lab: ${log}: an AMD processor ran: --amd\n`]);
  });
});
