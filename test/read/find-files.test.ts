import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findFiles, readFile } from '../../src/read-file/index.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'eptsweep-find-'));
  mkdirSync(join(folder, 'rack/2'), { recursive: true });
  mkdirSync(join(folder, '.hidden'));
  for (const name of [
    'b.txt',
    'a.txt',
    'a.log',
    'x+y.txt',
    'rack/c.txt',
    'rack/2/d.txt',
    '.hidden/e.txt',
    '.f.txt',
  ]) {
    writeFileSync(join(folder, name), name);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

const found = (pattern: string) =>
  findFiles(`${folder}/${pattern}`).map(({ name }) => name.slice(folder.length + 1));

it.each([
  ['*.txt', ['a.txt', 'b.txt', 'x+y.txt']],
  ['a.*', ['a.log', 'a.txt']],
  ['?.txt', ['a.txt', 'b.txt']],
  ['{a,b}.{txt,log}', ['a.log', 'a.txt', 'b.txt']],
  ['**/*.txt', ['a.txt', 'b.txt', 'rack/2/d.txt', 'rack/c.txt', 'x+y.txt']],
  ['rack/**/d.txt', ['rack/2/d.txt']],
  ['x+y.txt', ['x+y.txt']],
  ['.*.txt', ['.f.txt']],
  ['./a.txt', ['a.txt']],
  ['rack//./c.txt', ['rack/c.txt']],
  ['rack', []],
  ['nowhere/*.txt', []],
  ['a.txt/*', []],
])('%s', (pattern, names) => {
  expect(found(pattern)).toEqual(names);
});

it('hashes what is in them', () => {
  const [file] = findFiles(`${folder}/a.txt`);
  expect(file?.sha256).toBe('18b7cb099a9ea3f50ba899b5ba81e0d377a5f3b16f8f6eeb8b3e58cd4692b993');
});

it('starts at the current folder where a pattern does not begin with a slash', () => {
  const here = relative(process.cwd(), folder);
  expect(findFiles(`${here}/a.*`).map(({ name }) => name)).toEqual([`${here}/a.log`, `${here}/a.txt`]);
  expect(findFiles('package*.json').map(({ name }) => name)).toEqual(['package-lock.json', 'package.json']);
});

it('what cannot be read is named, and why', async () => {
  const missing = join(folder, 'nowhere.txt');
  await expect(readFile(missing)).rejects.toThrow(`${missing}: no such file`);
  await expect(readFile(folder)).rejects.toThrow(`${folder}: is a directory: name a file`);
  await expect(readFile(missing, { file: 'the log' })).rejects.toMatchObject({ file: 'the log' });
  // A path that no file system takes is no fault of the file's.
  await expect(readFile('a\0b')).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' });
});
