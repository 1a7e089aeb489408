/** Disks and devices that are full, by writers that say so; the slow suite writes to /dev/full itself. */
import fs, { readdirSync, readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { inProcess, withFiles } from './program.ts';

const full = () =>
  Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' });

const { writeSync } = fs;
afterEach(() => {
  fs.writeSync = writeSync;
  syncBuiltinESMExports();
});

/** From now on a file takes this many bytes, a part of a write first, then none. */
function fillAfter(bytes: number): void {
  let left = bytes;
  fs.writeSync = ((descriptor: number, chunk: Uint8Array, at: number) => {
    if (left === 0) throw full();
    const length = Math.min(left, chunk.length - at);
    left -= length;
    return writeSync(descriptor, chunk, at, length);
  }) as typeof fs.writeSync;
  syncBuiltinESMExports();
}

describe('where nothing more can be written', () => {
  it.each(['csv', 'svg', 'parquet'])('a file of %s: one line, and what was there stays', async (format) => {
    await withFiles({ out: 'before\n' }, async (folder) => {
      const file = join(folder, 'out');
      fillAfter(100);
      const { status, stdout, stderr } = await inProcess(['map', 'ovmf-q35', '-f', format, '-o', file]);
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).toBe(`eptsweep map: ${file}: no space left on device\n`);
      expect(readdirSync(folder)).toEqual(['out']);
      expect(readFileSync(file, 'utf8')).toBe('before\n');
    });
  });

  it('a device: one line', async () => {
    fillAfter(0);
    const { status, stderr } = await inProcess(['map', 'ovmf-q35', '-f', 'svg', '-o', '/dev/null']);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: 'eptsweep map: /dev/null: no space left on device\n',
    });
  });

  it('standard output: one line', async () => {
    const { status, stdout, stderr } = await inProcess(['map', 'ovmf-q35'], { stdoutFails: full() });
    expect({ status, stdout, stderr }).toEqual({
      status: 2,
      stdout: '',
      stderr: 'eptsweep map: no space left on device\n',
    });
  });

  it.each([
    [['--version'], 'eptsweep'],
    [['--help'], 'eptsweep'],
    [['help', 'map'], 'eptsweep'],
    [['map', '--help'], 'eptsweep map'],
  ])('%j: one line, as for results', async (args, command) => {
    const { status, stdout, stderr } = await inProcess(args, { stdoutFails: full() });
    expect({ status, stdout, stderr }).toEqual({
      status: 2,
      stdout: '',
      stderr: `${command}: no space left on device\n`,
    });
  });

  it.each([[['--version']], [['--help']], [['help', 'map']]])(
    '%j: a reader that has gone is no error',
    async (args) => {
      const gone = Object.assign(new Error('write EPIPE'), { code: 'EPIPE', syscall: 'write' });
      const { status, stdout, stderr } = await inProcess(args, { stdoutFails: gone });
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
    },
  );
});
