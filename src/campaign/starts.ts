/**
 * Who began which block: `started/<id>.<n>`, a file a start. They count what poisons its workers, and tell others that
 * a block is in hand. A start ends in one of three ways: the block is there; the worker lived and says why it is not;
 * or the process is gone, which is no failure of the block unless it ran alone in a process of its own.
 */
import { mkdirSync, readdirSync, rmSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { onDisk, writeDurably } from './durable.ts';
import { textIfThere } from './results.ts';
import { failedPath, type NamedBlock, startedPath } from './results-layout.ts';

/** Failed starts after which a block is given up; deaths after which it runs alone. */
export const MOST_STARTS = 3;
/** How often a process says that its starts are in hand. */
export const HEARTBEAT_MS = 5_000;
/** A start that was not heard of for so long is over: its machine, or its container, is gone. */
const SILENCE_MS = 30_000;

/** A start of a block. */
export interface Start {
  readonly host: string;
  readonly pid: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Whether the block had a process to itself, which then is to blame for its end. */
  readonly isAlone: boolean;
  /** Why it failed, where its worker lived to say so. */
  readonly error?: string;
  /** The last that the worker wrote to standard error. */
  readonly log?: string;
}

/** A start with its file. */
export interface StartFile extends Start {
  /** Of the block, from 1. */
  readonly number: number;
  /** Absolute or as the folder was named. */
  readonly file: string;
}

const NONE: ReadonlySet<number> = new Set();
/** What is known of a start whose file is torn: its process did not live to write a line. */
const UNKNOWN: Start = { host: hostname(), pid: -1, at: 0, isAlone: false };

function startOf(text: string): Start {
  try {
    return JSON.parse(text) as Start;
  } catch {
    return UNKNOWN;
  }
}

/** All starts of a block, the first one first. */
export function readStarts(folder: string, block: NamedBlock): StartFile[] {
  const starts: StartFile[] = [];
  for (let number = 1; ; number++) {
    const file = join(folder, startedPath(block, number));
    const text = textIfThere(file);
    if (text === undefined) return starts;
    starts.push({ ...startOf(text), number, file });
  }
}

function isProcessThere(pid: number): boolean {
  // Negative numbers would ask for groups of processes.
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether somebody has a block in hand by this start: heard of lately, and not known to be gone. */
export function isInHand({ host, pid, error, file }: StartFile): boolean {
  if (error !== undefined || (host === hostname() && !isProcessThere(pid))) return false;
  const found = statSync(file, { throwIfNoEntry: false });
  return found !== undefined && Date.now() - found.mtimeMs < SILENCE_MS;
}

/** How often starts of a block ended without a result. */
export interface Ends {
  /** Failures of the block: its worker lived, or it was alone. */
  readonly failures: readonly StartFile[];
  /** Processes that went away with it. */
  readonly deaths: number;
}

/** Sums up starts that are over. */
export function endsOf(starts: readonly StartFile[]): Ends {
  const over = starts.filter((start) => !isInHand(start));
  const failures = over.filter(({ error, isAlone }) => error !== undefined || isAlone);
  return { failures, deaths: over.length - failures.length };
}

/** Says that a block begins. @returns the start, by which its end is told */
export function beginStart(folder: string, block: NamedBlock, isAlone: boolean): StartFile {
  const start: Start = { host: hostname(), pid: process.pid, at: Date.now(), isAlone };
  for (let number = readStarts(folder, block).length + 1; ; number++) {
    const file = join(folder, startedPath(block, number));
    const isFirst = onDisk(file, () => {
      mkdirSync(dirname(file), { recursive: true });
      try {
        writeFileSync(file, JSON.stringify(start), { flag: 'wx' });
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
        // On a full disk the name was made, and nothing of the text.
        rmSync(file, { force: true });
        throw error;
      }
    });
    if (isFirst) return { ...start, number, file };
  }
}

/** Says that starts are still in hand. */
export function keepAlive(starts: Iterable<StartFile>): void {
  const now = new Date();
  for (const { file } of starts) {
    try {
      utimesSync(file, now, now);
    } catch {
      // Over by now, or `retry` took it away.
    }
  }
}

/** Forgets a start: the only one of a block that is done; of several, all stay and tell how often it ran. */
export function endStart({ file }: StartFile): void {
  try {
    unlinkSync(file);
  } catch {
    // `retry` took it away.
  }
}

/** Says why a start failed. */
export function failStart({ number: _number, file, ...start }: StartFile, error: string, log: string): void {
  onDisk(file, () => writeFileSync(file, JSON.stringify({ ...start, error, ...(log !== '' && { log }) })));
}

/** A block that was given up. */
export interface Failure {
  readonly block: number;
  readonly id: string;
  /** Of the last start. */
  readonly error: string;
  readonly host: string;
  readonly log?: string;
  readonly starts: number;
}

/** Gives a block up. */
export function giveUp(folder: string, block: NamedBlock, failures: readonly StartFile[]): Failure {
  const last = failures.at(-1) ?? { ...UNKNOWN, error: undefined };
  const failure: Failure = {
    block: block.index,
    id: block.id,
    error: last.error ?? 'its process ended while it ran alone',
    host: last.host,
    ...(last.log !== undefined && { log: last.log }),
    starts: failures.length,
  };
  writeDurably(folder, failedPath(block), `${JSON.stringify(failure, null, 2)}\n`);
  return failure;
}

/**
 * All blocks that were given up, by number.
 *
 * @param done - blocks that are left out: given up here, they came with another folder
 */
export function readFailures(folder: string, done: ReadonlySet<number> = NONE): Failure[] {
  const names = textNames(join(folder, 'failed'));
  const failures = names.map((name) => JSON.parse(textIfThere(join(folder, 'failed', name)) ?? 'null'));
  return failures
    .filter((failure: Failure | null) => failure !== null && !done.has(failure.block))
    .sort((a, b) => a.block - b.block);
}

function textNames(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
}

/** Forgets that a block failed, and all its starts, so that it is run again. */
export function forgive(folder: string, block: NamedBlock): void {
  const files = [...readStarts(folder, block).map(({ file }) => file), join(folder, failedPath(block))];
  for (const file of files) {
    onDisk(file, () => {
      try {
        unlinkSync(file);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    });
  }
}
