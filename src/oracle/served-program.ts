/** A child process that is asked line by line: started through the shell, ended with all its children. */
import { type ChildProcess, spawn } from 'node:child_process';

/** The end of its standard error is kept to say why it ended. */
const KEPT_STDERR_CHARACTERS = 2000;
const SHOWN_STDERR_CHARACTERS = 300;
/** What a program gets between the end of its input and its own. */
const CLOSING_GRACE_MS = 1000;

/** What the program does, to be told to its owner. */
export interface ProgramEvents {
  readonly onOutput: (chunk: Uint8Array) => void;
  /** @param how - exit code or signal, and the last line of its standard error */
  readonly onEnd: (how: string) => void;
}

/** One run of a shell command. */
export class ServedProgram {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #killAtExit = () => this.kill();
  #stderr = '';
  #hasClosed = false;

  constructor(command: string, events: ProgramEvents) {
    // A process group of its own: ending the shell alone would leave what it started.
    this.#child = spawn(command, { shell: true, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    process.once('exit', this.#killAtExit);
    this.#child.stdin?.on('error', () => {});
    this.#child.stdout?.on('data', events.onOutput);
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-KEPT_STDERR_CHARACTERS);
    });
    this.#ended = new Promise((resolve) => {
      const end = (how: string) => {
        this.#hasClosed = true;
        process.off('exit', this.#killAtExit);
        resolve();
        events.onEnd(how);
      };
      this.#child.once('error', (problem) => end(problem.message));
      this.#child.once('close', (code, signal) => {
        end(`${signal ? `signal ${signal}` : `exit code ${code}`}${this.#lastWords()}`);
      });
    });
  }

  #lastWords(): string {
    const last = this.#stderr.trimEnd().split('\n').at(-1) ?? '';
    return last === '' ? '' : `; its last words: ${last.slice(0, SHOWN_STDERR_CHARACTERS)}`;
  }

  /** Sends one line. That the program no longer reads is told by its end. */
  send(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** Ends it and whatever it started, at once. Harmless twice. */
  kill(): void {
    const { pid } = this.#child;
    if (pid === undefined || this.#hasClosed) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It ended between the question and the signal.
    }
  }

  /** Closes its input and waits until it has ended, by itself or not. */
  async close(): Promise<void> {
    this.#child.stdin?.end();
    const timer = setTimeout(() => this.kill(), CLOSING_GRACE_MS);
    await this.#ended;
    clearTimeout(timer);
  }
}
