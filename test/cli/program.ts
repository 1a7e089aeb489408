/** Runs the program: in this process where only its answers matter, else the built one in its own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { run } from '../../src/cli/run.ts';
import { requireSchemas } from '../json-schemas.ts';
import { lineOf } from './line.ts';

/** The built program. */
export const MAIN = fileURLToPath(new URL('../../dist/src/bin/eptsweep.cjs', import.meta.url));

/** What the tests' own terminal, and who started them, say about output. */
const UNSEEN = { COLUMNS: '', FORCE_COLOR: '' };

/** What a run left behind. */
export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run; what it printed as JSON fits the published schema that it names. */
function checked(left: Run): Run {
  requireSchemas(left.stdout);
  return left;
}

/** Collects what is written to a stream until `restore`; or refuses all of it. */
function captured(stream: NodeJS.WriteStream, failure?: Error): { text: () => string; restore: () => void } {
  const original = stream.write;
  let text = '';
  stream.write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
    if (failure) stream.emit('error', failure);
    else text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    const done = rest.at(-1);
    if (typeof done === 'function') process.nextTick(done as () => void);
    return true;
  }) as typeof stream.write;
  return {
    text: () => text,
    restore: () => {
      stream.write = original;
    },
  };
}

/** Runs the built program to its end. */
export function eptsweep(args: readonly string[], input = ''): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    env: { ...process.env, ...UNSEEN },
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return checked({ status, stdout, stderr });
}

/** What a run in this process finds around it. */
interface Around {
  /** What standard input holds; a run that reads it without this one waits for the tests' own. */
  readonly input?: string | Uint8Array;
  readonly variables?: Readonly<Record<string, string>>;
  /** What standard output says to every write. */
  readonly stdoutFails?: Error;
}

/** Puts a text where standard input is until the function that it gives is called. */
function fed(input: string | Uint8Array | undefined): () => void {
  if (input === undefined) return () => undefined;
  const original = Object.getOwnPropertyDescriptor(process, 'stdin')!;
  Object.defineProperty(process, 'stdin', {
    configurable: true,
    value: Readable.from([Buffer.from(input as string)]),
  });
  return () => Object.defineProperty(process, 'stdin', original);
}

/** Runs the program in this process, several times as fast; only one at a time. */
export async function inProcess(
  args: readonly string[],
  { input, variables = {}, stdoutFails }: Around = {},
): Promise<Run> {
  const environment = process.env;
  // The tests' own terminal is not the one that these runs are for.
  process.env = { ...environment, ...UNSEEN, ...variables };
  const restoreInput = fed(input);
  const [out, err] = [captured(process.stdout, stdoutFails), captured(process.stderr)];
  try {
    const status = await run(args);
    return checked({ status, stdout: out.text(), stderr: err.text() });
  } finally {
    out.restore();
    err.restore();
    restoreInput();
    process.env = environment;
    process.exitCode = undefined;
  }
}

/** Runs a line as {@link shell} does, but in this process where it holds no more of a shell than `lineOf` knows. */
export async function runLine(line: string, input?: string): Promise<Run> {
  const known = lineOf(line);
  if (!known) return shell(line, input);
  let text = known.text ?? (known.file === undefined ? input : readFileSync(known.file, 'utf8'));
  let [status, stderr]: [number | null, string] = [0, ''];
  for (const { args, variables } of known.programs) {
    const run = await inProcess(args, { variables, ...(text !== undefined && { input: text }) });
    text = run.stdout;
    stderr += run.stderr;
    // As under pipefail: the last that failed.
    if (run.status !== 0) status = run.status;
  }
  if (known.allowed !== undefined && status !== 0) status = status === known.allowed ? 0 : 1;
  return { status, stdout: text ?? '', stderr };
}

/** Runs a line of a shell in which `eptsweep` is the built program. */
export function shell(line: string, input = ''): Run {
  const script = `set -o pipefail; eptsweep() { "${process.execPath}" "${MAIN}" "$@"; }; ${line}`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], {
    env: { ...process.env, ...UNSEEN },
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return checked({ status, stdout, stderr });
}

/** How a process ended. */
export interface End {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/**
 * Starts the built program, lets `whenOutput` see its first output, and waits for its end.
 *
 * @param isSeen - where the output goes elsewhere: whether there is some by now
 */
export function started(
  args: readonly string[],
  whenOutput: (child: ChildProcess) => void,
  isSeen?: () => boolean,
): Promise<End> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (text: Buffer) => {
      stderr += text.toString();
    });
    child.stdout.once('data', () => whenOutput(child));
    child.stdout.on('data', () => undefined);
    const looking =
      isSeen &&
      setInterval(() => {
        if (!isSeen()) return;
        clearInterval(looking);
        whenOutput(child);
      }, 5);
    child.on('close', (status, signal) => {
      clearInterval(looking);
      resolve({ status, signal, stderr });
    });
  });
}

/** A folder with files in it, gone after `use`. */
export function withFiles<Result>(files: Record<string, string>, use: (folder: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), 'eptsweep-cli-'));
  const remove = () => rmSync(folder, { recursive: true });
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const result = use(folder);
    if (result instanceof Promise) return result.finally(remove) as Result;
    remove();
    return result;
  } catch (error) {
    remove();
    throw error;
  }
}

/** The first columns of a CSV text; those behind them say where the rows come from. */
export function leadingColumns(csv: string, count: number): string {
  return csv
    .split('\n')
    .map((line) => line.split(',').slice(0, count).join(','))
    .join('\n');
}

/** A number of JSON as people write addresses. */
export function hex(value: number | null | undefined): string | undefined {
  return value === null || value === undefined ? undefined : `0x${value.toString(16)}`;
}
