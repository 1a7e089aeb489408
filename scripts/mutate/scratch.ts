/** A copy of the tree to break: what is tracked or new, with the modules of this one. It leaves with the process. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from '../shared.mjs';

/** Not tracked, and imported or started; built before this. */
const BUILT = ['src/wasm/binary.ts', 'src/wasm/binary-debug.ts', 'dist', 'build/dist.inputs'];

function treeFiles(): readonly string[] {
  const { status, stdout, stderr } = spawnSync(
    'git',
    ['-C', ROOT, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    { encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  if (status !== 0) throw new Error(`git does not list the files of ${ROOT}: ${stderr.trim()}`);
  return stdout.split('\0').filter((path) => path !== '' && existsSync(join(ROOT, path)));
}

/**
 * Makes the copy. It is removed at the end of the process, also where a signal ends that.
 *
 * @returns its folder
 */
export function makeScratch(): string {
  const scratch = mkdtempSync(join(tmpdir(), 'eptsweep-mutate-'));
  process.on('exit', () =>
    rmSync(scratch, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }),
  );
  for (const path of [...treeFiles(), ...BUILT]) {
    mkdirSync(dirname(join(scratch, path)), { recursive: true });
    cpSync(join(ROOT, path), join(scratch, path), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(scratch, 'node_modules'), 'dir');
  return scratch;
}
