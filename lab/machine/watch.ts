/** A run of an emulated machine, watched by what comes out of its serial port. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LAST_LINE } from './image.ts';

/** How a run ended. */
export interface MachineRun {
  /** What came out of the serial port. */
  readonly log: string;
  /** Why it did not come to its end; undefined: it did. */
  readonly broken: string | undefined;
  readonly seconds: number;
}

/** What bounds a run. */
export interface MachineLimits {
  /** Seconds in which at least one line has to come. */
  readonly silence: number;
  /** Seconds in all. */
  readonly total: number;
}

/** An emulator as a command, and what is particular about it. */
export interface Emulator {
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
  /** Asked again and again with what the emulator prints, until it returns what undoes it. */
  readonly attend?: (screen: string) => (() => void) | undefined;
  /** Why it stopped, out of what it printed; empty: it does not say. */
  readonly reasonIn: (screen: string) => string;
}

/** The serial log of a run, in its folder. */
export const SERIAL = 'serial.log';

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}

/** A file's text; empty: there is none. */
export function textOf(path: string): string {
  return existsSync(path) ? readFileSync(path, 'latin1') : '';
}

/** A process and what it has started: `script` puts Bochs into a session of its own. */
function family(pid: number): readonly number[] {
  const children = textOf(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return [pid, ...children.flatMap(family)];
}

/** SIGTERM does not end it. */
function kill(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null) return;
  for (const pid of family(child.pid)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

/** Signals that end the lab: without a handler they would leave the machine behind, which is in a session of its own. */
const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Has the machine stopped with the program, however that ends; returns what undoes it. */
function stopWithProgram(stop: () => void): () => void {
  const handlers = Object.entries(SIGNALS).map(
    ([signal, code]) => [signal, () => process.exit(code)] as const,
  );
  process.on('exit', stop);
  for (const [signal, end] of handlers) process.on(signal, end);
  return () => {
    process.off('exit', stop);
    for (const [signal, end] of handlers) process.off(signal, end);
  };
}

/** Why a log cannot get any further; undefined: it can. */
export function panicIn(log: string): string | undefined {
  const line = /^.*(Kernel panic|BUG: |Oops: ).*$/m.exec(log)?.[0];
  return line && `the kernel broke: ${line.replace(/^\[ *[\d.]+\] /, '').trim()}`;
}

/**
 * Runs an emulator until its machine has come to its end, or cannot.
 *
 * @param folder - for its files
 * @param limits - when to give up
 * @param heard - told of the log's size as it grows
 */
export async function watch(
  { name, command, attend, reasonIn }: Emulator,
  folder: string,
  limits: MachineLimits,
  heard: (log: () => string) => void = () => {},
): Promise<MachineRun> {
  const [serial, screen] = [join(folder, SERIAL), join(folder, 'screen.txt')];
  for (const path of [serial, screen]) rmSync(path, { force: true });
  const [program, ...args] = command;
  const output = openSync(screen, 'w');
  const child = spawn(program, args, {
    cwd: folder,
    detached: true,
    stdio: ['ignore', output, output],
    env: { ...process.env, TERM: 'xterm', LINES: '50', COLUMNS: '132' },
  });
  let ended = false;
  child.on('exit', () => {
    ended = true;
  });
  child.on('error', () => {
    ended = true;
  });
  const stop = () => kill(child);
  const release = stopWithProgram(stop);
  const begin = Date.now();
  let [size, lastHeard, undo]: [number, number, (() => void) | undefined] = [0, begin, undefined];
  let [broken, tail]: [string | undefined, string] = [undefined, ''];
  for (;;) {
    await delay(250);
    undo ??= attend?.(textOf(screen));
    const now = Date.now();
    const grown = sizeOf(serial);
    if (grown > size) {
      [size, lastHeard, tail] = [grown, now, textOf(serial).slice(-4096)];
      heard(() => textOf(serial));
    }
    if (tail.includes(`\n${LAST_LINE}`)) break;
    broken = panicIn(tail);
    if (!broken && ended) {
      const reason = reasonIn(textOf(screen)).trim();
      broken = `${name} stopped${reason && `: ${reason}`}`;
    }
    if (!broken && now - lastHeard > limits.silence * 1000) broken = `nothing came for ${limits.silence} s`;
    if (!broken && now - begin > limits.total * 1000) broken = `it took longer than ${limits.total} s`;
    if (broken) break;
  }
  undo?.();
  stop();
  release();
  return { log: textOf(serial), broken, seconds: Math.round((Date.now() - begin) / 1000) };
}
