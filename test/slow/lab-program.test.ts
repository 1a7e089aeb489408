/** The lab as a program, over logs that kernels wrote: what is wrong with an input or a log is one line, and what was compared stays. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LOG = join(ROOT, 'test/lab/fixtures/6.1.log');
const whole = readFileSync(LOG, 'latin1');
const guests = whole.match(/^@end /gm)!.length;
const place = mkdtempSync(join(tmpdir(), 'eptsweep-lab-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

function lab(...args: string[]) {
  return spawnSync(
    process.execPath,
    ['--import', 'tsx', 'lab/main.ts', '--work', join(place, 'work'), ...args],
    { cwd: ROOT, encoding: 'utf8', maxBuffer: 2 ** 28 },
  );
}

function recorded(text: string, ...args: string[]) {
  const file = join(place, 'serial.log');
  writeFileSync(file, text, 'latin1');
  return lab('--serial', file, '--count', String(guests), '-f', 'json', ...args);
}

describe('a log that a kernel wrote', () => {
  it('agrees, and says what it reached', () => {
    const { status, stdout, stderr } = recorded(whole);
    expect([status, stderr]).toEqual([0, '']);
    const { reached, whole: compared, broken } = JSON.parse(stdout);
    expect([compared, broken]).toEqual([guests, undefined]);
    expect(reached).toContainEqual({ kind: 'zap by DMA', count: 0, possible: false });
    const some = reached.find(({ kind }: { kind: string }) => kind === 'leaf 4K');
    expect(some.count).toBeGreaterThan(100);
  });

  it.each([
    ['is cut off', whole.slice(0, whole.length * 0.6), 'the serial log is cut off'],
    [
      'is of a kernel that broke',
      `${whole.slice(0, whole.lastIndexOf('@guest'))}[ 9.0] Kernel panic - not syncing: x\n`,
      'the kernel broke: Kernel panic - not syncing: x',
    ],
    [
      'lost lines of a trace',
      whole.replace(/^@end (.*)$/m, '@overflow 10 20\n@end $1'),
      'the trace buffer overflowed in seed-1-0: 10 lines are lost',
    ],
  ])('that %s is one line and exit code 3, with what was compared', (_, text, line) => {
    const { status, stdout, stderr } = recorded(text);
    expect([status, stderr]).toEqual([3, `lab: ${line}\n`]);
    const report = JSON.parse(stdout);
    expect(report.broken).toBe(line);
    expect(report.steps.compared).toBeGreaterThan(20);
    expect(report.steps.agreed).toBe(report.steps.compared);
    expect(report.whole).toBeLessThan(guests);
  });
});

describe('what cannot be run', () => {
  const image = join(place, 'bzImage');
  writeFileSync(image, 'no kernel');
  const built = join(place, 'built');
  mkdirSync(join(built, 'arch/x86/boot'), { recursive: true });
  mkdirSync(join(built, 'modules'));
  it.each([
    [['--serial', place], `${place}: is a directory`],
    [['--serial', image], `${image}: no serial log of the lab: it names no kernel`],
    [['--serial', LOG, '--scenario', place], `${place}: is a directory`],
    [['--serial', LOG, '--plant', 'dmaZap'], '--plant dmaZap: expected FLAG=VALUE'],
    [['--serial', LOG, '--policy', 'sdm'], '--policy sdm: expected rules of a KVM'],
  ])('%j is one line and exit code 2', (args, line) => {
    const { status, stdout, stderr } = lab(...args);
    expect([status, stdout, stderr]).toEqual([2, '', `lab: ${line}\n`]);
  });
  it('a wrong option is, too', () => {
    const { status, stderr } = lab('--seed', 'x');
    expect(status).toBe(2);
    expect(stderr).toContain("argument 'x' is invalid");
  });
});
