/** How a run of the lab's machine ends, with a program in the place of Bochs that misbehaves as it does. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { boot } from '../../lab/machine/bochs.ts';
import { programPath } from '../../lab/run-program.ts';

const canRun = programPath('script') !== undefined;
const path = process.env.PATH;
const folders: string[] = [];
afterEach(() => {
  process.env.PATH = path;
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Boots with a shell script as Bochs; `$log` is the serial log. */
async function booted(script: string) {
  const folder = mkdtempSync(join(tmpdir(), 'eptsweep-lab-'));
  folders.push(folder);
  mkdirSync(join(folder, 'bin'));
  const program = join(folder, 'bin/bochs');
  writeFileSync(program, `#!/bin/sh\nlog=${join(folder, 'serial.log')}\n${script}\n`);
  chmodSync(program, 0o755);
  process.env.PATH = `${join(folder, 'bin')}:${path}`;
  return boot('none.iso', folder, { silence: 3, total: 20 });
}

describe.runIf(canRun)('a machine', () => {
  it('has come to its end with the last line, and is stopped then', async () => {
    const { log, broken } = await booted('printf "@version x\\n@done\\n@off\\n" > $log; sleep 1000');
    expect(broken).toBeUndefined();
    expect(log).toBe('@version x\n@done\n@off\n');
  });

  it.each([
    [
      'panics',
      'printf "@guest one\\n[ 5.1] Kernel panic - not syncing: x\\n" > $log; sleep 1000',
      'the kernel broke: Kernel panic - not syncing: x',
    ],
    ['stops', 'printf "@guest one\\n" > $log; sleep 1', 'Bochs stopped'],
    [
      'says why it stops',
      'echo "*** buffer overflow detected ***: terminated"; sleep 1',
      'Bochs stopped: buffer overflow detected',
    ],
    ['hangs', 'printf "@guest one\\n" > $log; sleep 1000', 'nothing came for 3 s'],
    ['goes on for ever', 'while :; do echo "@absent x" >> $log; sleep 1; done', 'it took longer than 20 s'],
  ])('that %s', async (_, script, reason) => {
    const { broken } = await booted(script);
    expect(broken).toBe(reason);
  });
});
