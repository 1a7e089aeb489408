import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build } from '../../scripts/build.mjs';
import { contentHash, filesBelow, ROOT } from '../../scripts/shared.mjs';

// As `npm run mutate` does.
beforeAll(() => build({ quick: true }));

const folder = mkdtempSync(join(tmpdir(), 'eptsweep-mutants-'));
afterAll(() => rmSync(folder, { recursive: true }));

const WORDS = ['--import', 'tsx', 'scripts/mutate/main.ts'];
const around = { encoding: 'utf8', env: { ...process.env, TMPDIR: folder } } as const;
const treeState = (): string =>
  contentHash(
    ROOT,
    filesBelow(ROOT, ['src', 'assembly'], (path) => path.endsWith('.ts')),
  );

interface Found {
  readonly rooms: readonly {
    readonly name: string;
    readonly killed: number;
    readonly survived: number;
    readonly mutants: readonly { readonly before: string; readonly after: string; readonly kind: string }[];
  }[];
}

function mutated(name: string, ...args: string[]) {
  const json = join(folder, `${name}.json`);
  const { status, stdout, stderr } = spawnSync(process.execPath, [...WORDS, ...args, '--json', json], around);
  return {
    status,
    stdout,
    stderr,
    found: existsSync(json) && (JSON.parse(readFileSync(json, 'utf8')) as Found),
  };
}

describe('npm run mutate', () => {
  let before: string;
  beforeAll(() => {
    before = treeState();
  });

  it('tries the mutants of a seed, the same ones each time, and leaves nothing but its document', () => {
    const of = ['share', '--file', 'demand', '--seed', '3', '--count', '4'];
    const listed = spawnSync(process.execPath, [...WORDS, ...of, '--list'], around).stdout;
    const { stdout, found } = mutated('one', ...of);
    if (!found) throw new Error('no document');
    const [room] = found.rooms;
    expect(found.rooms.map(({ name }) => name)).toEqual(['share']);
    expect(room!.mutants.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['killed']));
    expect(room!.mutants).toHaveLength(4);
    for (const { before: was, after } of room!.mutants)
      expect(listed).toContain(`${was.replaceAll(/^/gm, '-')}\n${after.replaceAll(/^/gm, '+')}\n`);
    expect(stdout).toMatch(
      new RegExp(`^share +[\\d.]+ %  ${room!.killed} of ${room!.killed + room!.survived} killed`, 'm'),
    );
    // tsx keeps what it compiles there.
    expect(readdirSync(folder).filter((name) => !name.startsWith('tsx-'))).toEqual(['one.json']);
    expect(treeState()).toBe(before);
  });

  it('compiles those of assembly/', () => {
    const { found } = mutated('two', 'assembly', '--file', 'direct/mtrr', '--seed', '1', '--count', '3');
    if (!found) throw new Error('no document');
    expect(found.rooms[0]!.mutants).toHaveLength(3);
    expect(found.rooms[0]!.killed).toBeGreaterThan(0);
    expect(treeState()).toBe(before);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('leaves nothing behind after %s', async (signal) => {
    const child = spawn(process.execPath, [...WORDS, 'share', '--json', join(folder, 'none.json')], around);
    const copies = (): readonly string[] =>
      readdirSync(folder).filter((name) => name.startsWith('eptsweep-mutate-'));
    while (copies().length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    child.kill(signal);
    const status = await new Promise((resolve) => child.on('exit', resolve));
    expect(status).toBe(signal === 'SIGINT' ? 130 : 143);
    expect(copies()).toEqual([]);
    expect(treeState()).toBe(before);
  });

  it('names rooms and numbers that there are not', () => {
    expect(mutated('bad', 'shares')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^no room shares; there are .*\n$/),
    });
    expect(mutated('bad', 'share', '--count', '0').stderr).toBe('--count 0: a number from 1 is needed\n');
    expect(mutated('bad', 'share', '--seed', 'x').stderr).toBe('--seed x: a whole number is needed\n');
  });
});
