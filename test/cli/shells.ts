/** The completion scripts, run by the shells themselves. */
import { spawnSync } from 'node:child_process';
import { expect } from 'vitest';
import { inProcess, withFiles } from './program.ts';

/** What `eptsweep completion` prints for a shell. */
export async function scriptFor(shell: string): Promise<string> {
  const { status, stdout, stderr } = await inProcess(['completion', shell]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

/** Runs a shell on a file beside the completion script, in a folder with two entries of its own. */
export async function inShell(shell: string, program: readonly string[], text: string): Promise<string> {
  const files = { script: await scriptFor(shell), run: text, 'guest.yaml': '' };
  return withFiles(files, (folder) => {
    const [name, ...args] = program;
    const run = spawnSync(name!, [...args, 'run'], { cwd: folder, encoding: 'utf8' });
    expect(run.stderr).toBe('');
    return run.stdout;
  });
}
