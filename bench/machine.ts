/** What a figure was measured on. */
import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import type { Native } from './native.ts';

/** CPU, Node, build. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly node: string;
  readonly v8: string;
  /** Of the embedded release build: the beginning of its inputs' hash. */
  readonly wasm: string;
  readonly compiler: string | null;
  /** Runnable processes over the last minute, when the bench began. */
  readonly load: number;
  /** Whether other work takes so much of it that figures mean little, those of threads least of all. */
  readonly isBusy: boolean;
}

/** This machine. */
export function machineOf(native: Native | undefined): Machine {
  const generated = readFileSync(new URL('../src/wasm/binary.ts', import.meta.url), 'utf8');
  const hash = /Inputs: ([0-9a-f]{12})/.exec(generated)?.[1] ?? 'unknown';
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    v8: process.versions.v8,
    wasm: `release ${hash}, SIMD`,
    compiler: native?.compiler ?? null,
    load: Number(loadavg()[0]!.toFixed(1)),
    isBusy: loadavg()[0]! > cpus().length / 2,
  };
}

/** One line. */
export function machineText({ cpu, cores, node, v8, wasm, compiler, load, isBusy }: Machine): string {
  const c = compiler ?? 'no C compiler: native rows are absent';
  return `${cpu}, ${cores} cores, load ${load}${isBusy ? ' (busy)' : ''}; Node ${node} (V8 ${v8}); Wasm ${wasm}; ${c}`;
}
