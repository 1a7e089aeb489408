/** The line that CI ends with. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../../scripts/sum-results.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'eptsweep-sum-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function sum(
  failedSteps: number,
  reports: readonly (readonly [passed: number, failed: number] | 'missing')[],
) {
  const paths = reports.map((report, index) => {
    const path = join(folder, `${index}.json`);
    rmSync(path, { force: true });
    if (report !== 'missing') {
      const [numPassedTests, numFailedTests] = report;
      writeFileSync(path, JSON.stringify({ numPassedTests, numFailedTests }));
    }
    return path;
  });
  const { stdout, status } = spawnSync(process.execPath, [SCRIPT, `${failedSteps}`, ...paths], {
    encoding: 'utf8',
  });
  expect(stdout).toMatch(/^0 skipped\n/);
  return [stdout.replace('0 skipped\n', ''), status];
}

describe('sum-results', () => {
  it('adds what passed', () =>
    expect(
      sum(0, [
        [10, 0],
        [5, 0],
      ]),
    ).toEqual(['15 passed, 0 failed\n', 0]));
  it('counts a suite that failed by its tests', () =>
    expect(
      sum(1, [
        [10, 3],
        [5, 0],
      ]),
    ).toEqual(['15 passed, 3 failed\n', 1]));
  it('counts a step without a report, and one that failed beside its tests, as one', () => {
    expect(sum(1, [[10, 0], 'missing'])).toEqual(['10 passed, 1 failed\n', 1]);
    expect(
      sum(1, [
        [10, 0],
        [5, 0],
      ]),
    ).toEqual(['15 passed, 1 failed\n', 1]);
  });
  it('adds both kinds', () =>
    expect(
      sum(3, [
        [10, 2],
        [5, 4],
      ]),
    ).toEqual(['15 passed, 7 failed\n', 1]));
  it('names what was skipped, before the closing line', () => {
    const path = join(folder, 'skipped.json');
    const assertionResults = [
      { status: 'passed', fullName: 'completion bash' },
      { status: 'skipped', fullName: 'completion zsh' },
      { status: 'todo', fullName: 'completion of another shell' },
    ];
    const report = { numPassedTests: 1, numFailedTests: 0, testResults: [{ assertionResults }] };
    writeFileSync(path, JSON.stringify(report));
    const { stdout, status } = spawnSync(process.execPath, [SCRIPT, '0', path], { encoding: 'utf8' });
    expect(stdout).toBe('2 skipped\n  completion zsh\n  completion of another shell\n1 passed, 0 failed\n');
    expect(status).toBe(0);
  });
});
