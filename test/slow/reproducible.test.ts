import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What a build makes, and what is no part of a commit. */
const LEFT_OUT = ['node_modules', 'build', 'dist', 'dist-web', '.git', 'coverage'];
const MADE = ['src/wasm/binary.ts', 'src/wasm/binary-debug.ts'];
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** The sources alone, in a folder of their own. */
function copied(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), name));
  folders.push(folder);
  const root = join(folder, name);
  mkdirSync(root);
  for (const entry of readdirSync(ROOT)) {
    if (LEFT_OUT.includes(entry)) continue;
    const filter = (path: string) => !MADE.includes(relative(ROOT, path));
    cpSync(join(ROOT, entry), join(root, entry), { recursive: true, filter });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  return root;
}

/** Builds and packs, as its own user in its own place would. */
function packed(root: string, environment: Readonly<Record<string, string>>): Buffer {
  const env = { ...process.env, ...environment };
  const options = { cwd: root, env, encoding: 'utf8' } as const;
  execFileSync(process.execPath, ['scripts/build.mjs'], options);
  const listed = JSON.parse(execFileSync('npm', ['pack', '--ignore-scripts', '--json'], options)) as {
    filename: string;
  }[];
  return readFileSync(join(root, listed[0]!.filename));
}

const digests = (root: string, folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(join(root, folder, name)).isFile())
      .sort()
      .map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(join(root, folder, name)))
          .digest('hex'),
      ]),
  );

it('two builds in two places at two times are one package, byte for byte', () => {
  const [here, elsewhere] = [copied('a'), copied('another-place-with-a-longer-name')];
  const first = packed(here, { TZ: 'UTC', LANG: 'C' });
  const second = packed(elsewhere, { TZ: 'Asia/Tokyo', LANG: 'C.UTF-8', SOURCE_DATE_EPOCH: '1' });
  // File by file first: that says which one differs.
  for (const folder of ['dist', 'dist-web', 'src/wasm']) {
    expect(digests(elsewhere, folder)).toEqual(digests(here, folder));
  }
  expect(Object.keys(digests(here, 'dist'))).toContain('sbom.cdx.json');
  expect(second.equals(first)).toBe(true);
});
