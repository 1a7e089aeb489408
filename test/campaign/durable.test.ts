/** Files of a results folder are whole or not there, and a disk that refuses them is said in one line. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { onDisk, StorageError, storageError, writeDurably } from '../../src/campaign/durable.ts';
import { outcomeOf } from '../../src/cli/output/exit.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'eptsweep-durable-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('writeDurably', () => {
  it('makes folders, writes all bytes, and leaves no temporary', () => {
    const bytes = new Uint8Array(100_000).map((_, index) => index);
    writeDurably(folder, 'a/b/c.bin', bytes);
    expect(new Uint8Array(readFileSync(join(folder, 'a/b/c.bin')))).toEqual(bytes);
    expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
  });

  it('replaces a file in one step', () => {
    writeDurably(folder, 'a.txt', 'before');
    writeDurably(folder, 'a.txt', 'after');
    expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('after');
  });

  it('leaves what stood there, and no temporary, where the name is taken by a folder', () => {
    mkdirSync(join(folder, 'a.txt/inner'), { recursive: true });
    expect(() => writeDurably(folder, 'a.txt', 'text')).toThrow();
    expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
    expect(existsSync(join(folder, 'a.txt/inner'))).toBe(true);
  });

  it('says which file a place that takes none was to hold', () => {
    writeDurably(folder, 'file', '');
    expect(() => writeDurably(folder, 'file/inner.txt', '')).toThrow(
      new StorageError(join(folder, 'file/inner.txt'), 'a file stands where a folder has to be'),
    );
  });
});

describe('a disk that refuses', () => {
  const refusal = (code: string) => Object.assign(new Error(code), { code, syscall: 'write' });

  it.each([
    ['ENOSPC', 'no space left on device'],
    ['EACCES', 'permission denied'],
    ['EROFS', 'read-only file system'],
    ['EDQUOT', 'disk quota exceeded'],
  ])('%s: one line, exit code 3', (code, words) => {
    const error = storageError(refusal(code), 'out/blocks/00/x.json');
    expect(outcomeOf(error, 'eptsweep sweep run')).toEqual({
      exitCode: 3,
      lines: [`eptsweep sweep run: out/blocks/00/x.json: ${words}`],
    });
  });

  it('is told from a fault of the program', () => {
    const fault = refusal('ENOENT');
    expect(() =>
      onDisk('a', () => {
        throw fault;
      }),
    ).toThrow(fault);
  });
});
