import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findFiles } from '../../src/read-file/index.ts';

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
