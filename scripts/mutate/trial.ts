/** Tries mutants in a process of their own, and ends that where one never ends. */
import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../shared.mjs';
import type { Mutant } from './operators.ts';
import type { Job, Outcome, Said, Task } from './protocol.ts';

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url));
/** A file of tests may take this many times what the longest takes in the tree, in processor time, and some seconds. */
const LIMIT = { times: 4, seconds: 5 };
/** After which a process that uses no time waits for what never comes. */
const IDLE_SECONDS = 90;
const IDLE_USE = 1;
/** For a mutant that asks for memory without end. */
const HEAP = '--max-old-space-size=3072';

export class Trials {
  readonly #job: Job;
  #child: ChildProcess | undefined;
  #longest = 0;
  #limit = Number.POSITIVE_INFINITY;

  constructor(job: Job) {
    this.#job = job;
  }

  async #started(): Promise<ChildProcess> {
    if (this.#child) return this.#child;
    const child = fork(CHILD, [JSON.stringify(this.#job)], {
      cwd: this.#job.scratch,
      execArgv: ['--import', join(ROOT, 'node_modules/tsx/dist/loader.mjs'), HEAP],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let complaints = '';
    child.stderr!.on('data', (chunk: Buffer) => {
      complaints = (complaints + chunk.toString()).slice(-2000);
    });
    await new Promise<void>((resolve, reject) => {
      child.on('message', ({ kind }: Said) => kind === 'ready' && resolve());
      child.once('exit', () => reject(new Error(`vitest does not start:\n${complaints.trim()}`)));
    });
    this.#child = child;
    return child;
  }

  /** Ends the process at once, whatever it does. */
  stop(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  /** Runs the tests on the tree as it is: they have to pass, and say how long a mutant may take. */
  async calibrate(): Promise<void> {
    const { kind, by } = await this.#ask({});
    if (kind !== 'survived') throw new Error(`the tests fail without any mutant: ${by}`);
    this.#limit = this.#longest * LIMIT.times + LIMIT.seconds;
  }

  /** Tries one; the copy is as before afterwards. */
  async try(mutant: Mutant): Promise<Outcome> {
    const path = join(this.#job.scratch, mutant.file);
    const whole = readFileSync(path);
    const outcome = await this.#ask({ mutant });
    writeFileSync(path, whole);
    return outcome;
  }

  async #ask(task: Task): Promise<Outcome> {
    const child = await this.#started();
    return new Promise((resolve) => {
      let [begin, cpuSeconds] = [Number.POSITIVE_INFINITY, 0];
      let rest = { since: Date.now(), cpuSeconds };
      const end = (outcome: Outcome, isOver: boolean): void => {
        child.off('message', hear).off('exit', gone);
        if (isOver) this.stop();
        resolve(outcome);
      };
      const gone = (): void => end({ kind: 'killed', by: 'the process broke off', cpuSeconds }, true);
      const hear = (said: Said): void => {
        if (said.kind === 'outcome') end(said.outcome, false);
        if (said.kind !== 'begins' && said.kind !== 'used') return;
        cpuSeconds = said.cpuSeconds;
        this.#longest = Math.max(this.#longest, cpuSeconds - begin);
        if (said.kind === 'begins') begin = cpuSeconds;
        if (cpuSeconds > rest.cpuSeconds + IDLE_USE) rest = { since: Date.now(), cpuSeconds };
        const isIdle = Date.now() - rest.since > IDLE_SECONDS * 1000;
        if (isIdle || cpuSeconds - begin > this.#limit)
          end({ kind: 'timeout', by: isIdle ? 'waits for ever' : 'never ends', cpuSeconds }, true);
      };
      child.on('message', hear).once('exit', gone);
      child.send(task);
    });
  }
}
