/** JUnit reports against the schema by an XSD validator, where there is one. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAM = join(ROOT, 'dist', 'src', 'cli', 'main.js');
const SCHEMA = join(ROOT, 'test', 'write', 'fixtures', 'junit.xsd');
const hasValidator = spawnSync('xmllint', ['--version']).status === 0;
if (!hasValidator) console.warn('no xmllint: JUnit reports are not validated by it');

describe.runIf(hasValidator)('a JUnit report', () => {
  it.each([
    ['of assert that passes', ['assert', 'examples/assert/guest.yml', 'ovmf-q35']],
    [
      'of assert with several machines',
      ['assert', 'examples/assert/firmware.yml', 'asus-2012', 'surface-pro7'],
    ],
    ['of check', ['check', 'precision-t3600']],
  ])('%s is valid', (_name, args) => {
    const report = spawnSync(process.execPath, [PROGRAM, ...args, '-f', 'junit'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(report.stdout).toContain('<testcase');
    const { status, stderr } = spawnSync('xmllint', ['--noout', '--schema', SCHEMA, '-'], {
      input: report.stdout,
      encoding: 'utf8',
    });
    expect(stderr.trim()).toBe('- validates');
    expect(status).toBe(0);
  });
});
