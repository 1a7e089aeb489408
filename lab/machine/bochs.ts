/** Bochs, which has VMX and EPT in software: one run of it, watched by what comes out of its serial port. */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants, existsSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ReadStream } from 'node:tty';
import { FILES } from '../run-program.ts';
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

/** 4 GiB and more confuse its BIOS. The time is the emulated machine's own, so that nothing waits and runs repeat. */
function settings(image: string, folder: string): string {
  return `memory: guest=3072, host=2048
cpu: model=corei7_skylake_x, count=1, ips=100000000, reset_on_triple_fault=0, msrs=""
romimage: file=${FILES.bios}
vgaromimage: file=${FILES.vgabios}
ata0-master: type=cdrom, path=${image}, status=inserted
boot: cdrom
display_library: term
sound: waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy
com1: enabled=1, mode=file, dev=${join(folder, 'serial.log')}
clock: sync=none, time0=local
panic: action=fatal
error: action=ignore
log: ${join(folder, 'bochs.log')}
`;
}

/** Reads the terminal that Bochs draws its screen on: it stops where nobody does. */
function drain(terminal: string): () => void {
  const stream = new ReadStream(openSync(terminal, constants.O_RDONLY | constants.O_NOCTTY));
  stream.on('error', () => {});
  stream.resume();
  return () => stream.destroy();
}

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}

function textOf(path: string): string {
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

/** Signals that end the lab: without a handler they would leave Bochs behind, which is in a session of its own. */
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
function panicIn(log: string): string | undefined {
  const line = /^.*(Kernel panic|BUG: |Oops: ).*$/m.exec(log)?.[0];
  return line && `the kernel broke: ${line.replace(/^\[ *[\d.]+\] /, '').trim()}`;
}

/**
 * Boots an image.
 *
 * @param image - an ISO image
 * @param folder - for its files
 * @param limits - when to give up
 * @param heard - told of the log's size as it grows
 */
export async function boot(
  image: string,
  folder: string,
  limits: MachineLimits,
  heard: (log: () => string) => void = () => {},
): Promise<MachineRun> {
  const [serial, screen] = [join(folder, 'serial.log'), join(folder, 'screen.txt')];
  for (const path of [serial, screen]) rmSync(path, { force: true });
  writeFileSync(join(folder, 'bochsrc'), settings(image, folder));
  // Debian's build stops at the prompt of its debugger.
  writeFileSync(join(folder, 'commands'), 'c\n');
  const command = `bochs -q -f ${join(folder, 'bochsrc')} -rc ${join(folder, 'commands')}`;
  const output = openSync(screen, 'w');
  const child = spawn('script', ['-qfc', command, '/dev/null'], {
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
  let [size, lastHeard, undrain]: [number, number, (() => void) | undefined] = [0, begin, undefined];
  let [broken, tail]: [string | undefined, string] = [undefined, ''];
  for (;;) {
    await delay(250);
    if (!undrain) {
      const terminal = /connected to screen "(\/dev\/pts\/\d+)"/.exec(textOf(screen))?.[1];
      if (terminal) undrain = drain(terminal);
    }
    const now = Date.now();
    const grown = sizeOf(serial);
    if (grown > size) {
      [size, lastHeard, tail] = [grown, now, textOf(serial).slice(-4096)];
      heard(() => textOf(serial));
    }
    if (tail.includes(`\n${LAST_LINE}`)) break;
    broken = panicIn(tail);
    if (!broken && ended)
      broken = `Bochs stopped${reasonIn(textOf(join(folder, 'bochs.log')), textOf(screen))}`;
    if (!broken && now - lastHeard > limits.silence * 1000) broken = `nothing came for ${limits.silence} s`;
    if (!broken && now - begin > limits.total * 1000) broken = `it took longer than ${limits.total} s`;
    if (broken) break;
  }
  undrain?.();
  stop();
  release();
  return { log: textOf(serial), broken, seconds: Math.round((Date.now() - begin) / 1000) };
}

/** What Bochs said before it stopped. */
function reasonIn(log: string, screen: string): string {
  const panic =
    /^.*p\[.*\] *>>PANIC<< *(.*)$/m.exec(`${log}\n${screen}`)?.[1] ?? /\*\*\* (.*) \*\*\*/.exec(screen)?.[1];
  return panic ? `: ${panic.trim()}` : '';
}
