import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eptsweep } from '../cli/program.ts';

const source = fileURLToPath(new URL('../../examples/vectors/check.c', import.meta.url));
const compiler = process.env.CC ?? 'cc';
const hasCompiler = spawnSync(compiler, ['--version']).status === 0;
const hasRust = spawnSync('rustc', ['--version']).status === 0;
if (!hasCompiler) console.warn('golden tables in C are not tried: no C compiler here');
if (!hasRust) console.warn('golden tables in Rust are not tried: no rustc here');

const STRICT = ['-std=c99', '-Wall', '-Wextra', '-Wpedantic', '-Werror'];
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vectors-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(policy: string, format: string, file: string, ...more: string[]): string {
  const path = join(folder, file);
  const args = ['vectors', '--policy', policy, '-f', format, '-o', path, ...more];
  expect(eptsweep(args)).toMatchObject({ status: 0 });
  return path;
}

describe.runIf(hasCompiler)('in C', () => {
  function checked(): { readonly status: number | null; readonly stdout: string } {
    copyFileSync(source, join(folder, 'check.c'));
    execFileSync(compiler, [...STRICT, '-o', join(folder, 'check'), join(folder, 'check.c')]);
    return spawnSync(join(folder, 'check'), { encoding: 'utf8' });
  }

  it('a lookup of its own agrees with every row', () => {
    written('sdm', 'c', 'vectors.h', '--count', '1000', '--pages', '30', '--seed', '11');
    const { status, stdout } = checked();
    expect(stdout).toMatch(/^\d{5} rows, 0 wrong\n$/);
    expect(status).toBe(0);
  });

  it('a row that is wrong is found, with its rule', () => {
    const header = written('sdm', 'c', 'vectors.h', '--count', '20');
    const text = readFileSync(header, 'utf8');
    const changed = text.replace(/^(\t\{ 0x[0-9a-fUL]+, )6(, 6, .*MTRR_DEFAULT)/m, '$10$2');
    expect(changed).not.toBe(text);
    writeFileSync(header, changed);
    const { status, stdout } = checked();
    expect(stdout).toContain(
      '6, expected 0: no range matches: the default type (Intel SDM vol. 3A, 13.11.2.1',
    );
    expect(status).toBe(1);
  });

  it.each(['kvm-4.7', 'kvm-6.8', 'kvm-7.2', 'peer-xen-ept'])('%s compiles without a warning', (policy) => {
    const header = written(policy, 'c', 'other.h', '--count', '30');
    writeFileSync(
      join(folder, 'other.c'),
      `#include "${header}"\nint main(void) { return eptsweep_pages[0].ipat; }\n`,
    );
    const args = [
      ...STRICT,
      '-Wno-unused-const-variable',
      '-Wno-unused-variable',
      '-o',
      join(folder, 'other'),
    ];
    expect(spawnSync(compiler, [...args, join(folder, 'other.c')], { encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    });
  });
});

describe.runIf(hasRust)('in Rust', () => {
  it.each(['sdm', 'kvm-6.8', 'kvm-7.2', 'peer-xen'])('%s compiles without a warning', (policy) => {
    const module = written(policy, 'rust', 'vectors.rs', '--count', '30');
    const args = ['--edition', '2021', '--crate-type', 'lib', '--out-dir', folder, '-D', 'warnings', module];
    expect(spawnSync('rustc', args, { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  });
});
