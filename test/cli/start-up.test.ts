/** What the built program loads before it answers: `map` and `--help` are measured against an empty Node. */
import { spawnSync } from 'node:child_process';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MAIN } from './program.ts';

/** Runs the program, and then tells on standard error what was loaded for it. */
const TELLING = `
  process.on('exit', () => {
    const builtins = process.moduleLoadList.map((entry) => entry.replace('NativeModule ', ''));
    console.error(JSON.stringify({ files: Object.keys(require.cache), builtins }));
  });
  require(process.argv[1]);
`;

function loadedFor(...args: readonly string[]): { files: readonly string[]; builtins: readonly string[] } {
  const { status, stderr } = spawnSync(process.execPath, ['-e', TELLING, MAIN, ...args], {
    encoding: 'utf8',
  });
  expect(status).toBe(0);
  const loaded = JSON.parse(stderr) as { files: readonly string[]; builtins: readonly string[] };
  return { ...loaded, files: loaded.files.map((file) => basename(file).replace(/-[\w-]{8}\.cjs$/, '.cjs')) };
}

describe('the start of the program', () => {
  it.each([
    ['--help', ['--help'], ['eptsweep.cjs']],
    ['--version', ['--version'], ['eptsweep.cjs']],
    ['map of a preset', ['map', 'ovmf-q35'], ['eptsweep.cjs', 'answering.cjs']],
  ])('reads no more files than it needs: %s', (_, args, files) => {
    expect(loadedFor(...args).files).toEqual(files);
  });

  it('loads nothing of Node that takes long and that map does without', () => {
    const { builtins } = loadedFor('map', 'ovmf-q35');
    expect(builtins).toContain('fs');
    // `net` and `stream` come with process.stdout and process.stderr, where those are pipes.
    for (const late of [
      'net',
      'stream',
      'timers/promises',
      'child_process',
      'perf_hooks',
      'worker_threads',
      'crypto',
    ]) {
      expect(builtins).not.toContain(late);
    }
  });
});
