/** A copy of the tree to break: what is tracked or new, with the modules of this one. It leaves with the process. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from '../shared.mjs';

/** Not tracked, and imported. */
const GENERATED = ['src/wasm/binary.ts', 'src/wasm/binary-debug.ts'];

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
 * @param needsProgram - whether dist/ is built there
 * @returns its folder
 */
export function makeScratch(needsProgram: boolean): string {
  const scratch = mkdtempSync(join(tmpdir(), 'eptsweep-mutate-'));
  process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
  for (const path of [...treeFiles(), ...GENERATED]) {
    mkdirSync(dirname(join(scratch, path)), { recursive: true });
    cpSync(join(ROOT, path), join(scratch, path));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(scratch, 'node_modules'), 'dir');
  if (needsProgram) {
    const build = spawnSync(process.execPath, [join(scratch, 'scripts/build.mjs'), '--quick'], {
      encoding: 'utf8',
    });
    if (build.status !== 0) throw new Error(build.stderr.trim());
  }
  return scratch;
}
