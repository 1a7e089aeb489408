/** Starts the built program. */
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The built program. */
export const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

/** What a run left behind. */
export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function runOf({ status, stdout, stderr }: SpawnSyncReturns<string>): Run {
  return { status, stdout, stderr };
}

/** Runs the program to its end. */
export function eptsweep(args: readonly string[], input = '', env: Record<string, string> = {}): Run {
  return runOf(
    spawnSync(process.execPath, [MAIN, ...args], {
      input,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      env: { ...process.env, NO_COLOR: '', FORCE_COLOR: '', ...env },
    }),
  );
}

/** Runs a line of a shell with `eptsweep` in it. */
export function shell(line: string): Run {
  const script = `set -o pipefail; eptsweep() { "${process.execPath}" "${MAIN}" "$@"; }; ${line}`;
  return runOf(spawnSync('bash', ['-c', script], { encoding: 'utf8', maxBuffer: 1 << 28 }));
}

/** Starts the program, and waits for its end after `whenOutput` saw the first output. */
export function started(
  args: readonly string[],
  whenOutput: (child: ReturnType<typeof spawn>) => void,
): Promise<{ status: number | null; signal: NodeJS.Signals | null; stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (text: Buffer) => {
      stderr += text.toString();
    });
    child.stdout.once('data', () => whenOutput(child));
    child.stdout.on('data', () => undefined);
    child.on('close', (status, signal) => resolve({ status, signal, stderr }));
  });
}

/** A folder that is gone after `use`, with files in it. */
export function withFiles<Result>(files: Record<string, string>, use: (folder: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), 'eptsweep-cli-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
