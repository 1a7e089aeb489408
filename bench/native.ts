/** The bench's own C programs: compiled where there is a compiler, kept alive, one round a line. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SOURCES = fileURLToPath(new URL('native', import.meta.url));
const COMPILERS = ['gcc', 'cc', 'clang'];
const FLAGS = ['-O3', '-march=native', '-std=gnu11', '-Wall', '-Wextra'];

/** A program that answers a line with a line. */
export class NativeProgram {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(path: string) {
    this.#child = spawn(path, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  /** @throws Error where the program ends instead of answering */
  async ask(line: string): Promise<string> {
    this.#child.stdin!.write(`${line}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`the native program ended at: ${line.slice(0, 80)}`);
    return value as string;
  }

  /** Asks for a round: its nanoseconds, measured by the program, and its check sum. */
  async time(line: string): Promise<{ nanoseconds: number; sum: bigint }> {
    const [nanoseconds, sum] = (await this.ask(line)).split(' ');
    return { nanoseconds: Number(nanoseconds), sum: BigInt(sum!) };
  }

  close(): void {
    this.#child.stdin!.end();
  }
}

/** The compiled programs. */
export interface Native {
  readonly compiler: string;
  readonly naive: NativeProgram;
  readonly fill: NativeProgram;
  readonly batch: NativeProgram;
  close(): void;
}

/** Compiles and starts the programs; undefined where no compiler is found. */
export function startNative(): Native | undefined {
  const compiler = COMPILERS.find((name) => spawnSync(name, ['--version']).status === 0);
  if (compiler === undefined) return undefined;
  const version = spawnSync(compiler, ['--version'], { encoding: 'utf8' }).stdout.split('\n', 1)[0]!;
  const folder = mkdtempSync(join(tmpdir(), 'eptsweep-bench-'));
  const compiled = (name: string): NativeProgram => {
    const program = join(folder, name);
    const { status, stderr } = spawnSync(compiler, [...FLAGS, '-o', program, join(SOURCES, `${name}.c`)], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${name}.c does not compile:\n${stderr}`);
    return new NativeProgram(program);
  };
  const naive = compiled('naive');
  const fill = compiled('fill');
  const batch = compiled('batch');
  return {
    compiler: version,
    naive,
    fill,
    batch,
    close() {
      for (const program of [naive, fill, batch]) program.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
