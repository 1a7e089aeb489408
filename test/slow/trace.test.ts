/** Ten million lines: time, memory, and the one entry that is wrong. */
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { preset } from '../../src/config/index.ts';
import { createEngine } from '../../src/engine/registry.ts';
import { policy } from '../../src/policy/index.ts';
import { vcpuOf } from '../../src/vm/index.ts';
import { generateTrace } from '../trace/generate.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/src/bin/eptsweep.cjs', import.meta.url));
const LINES = 10_000_000;
const WRONG_LINE = 7_654_321;
/** The bars are for a machine that does nothing else: seconds of the processor, and mebibytes above an empty Node. */
const MOST_SECONDS = 20;
const MOST_MEBIBYTES = 150;

interface Usage {
  readonly status: number | null;
  readonly stdout: string;
  readonly seconds: number;
  readonly mebibytes: number;
}

/** Runs a script of Node's that says at its end what it used. */
function used(args: readonly string[]): Promise<Usage> {
  const report =
    "process.on('exit',()=>{const u=process.resourceUsage();require('fs').writeSync(3,JSON.stringify([u.userCPUTime+u.systemCPUTime,u.maxRSS]))})";
  return new Promise((resolve) => {
    const preload = `data:text/javascript,import{createRequire}from'node:module';const require=createRequire('/');${report}`;
    const child = spawn(process.execPath, ['--import', preload, ...args], {
      stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
    });
    const texts: [string, string] = ['', ''];
    child.stdout!.on('data', (text: Buffer) => {
      texts[0] += text.toString();
    });
    child.stdio[3]!.on('data', (text: Buffer) => {
      texts[1] += text.toString();
    });
    child.on('close', (status) => {
      const [microseconds, kibibytes] = JSON.parse(texts[1]) as [number, number];
      resolve({ status, stdout: texts[0], seconds: microseconds / 1e6, mebibytes: kibibytes / 1024 });
    });
  });
}

describe('ten million lines', () => {
  const folder = mkdtempSync(join(tmpdir(), 'eptsweep-trace-'));
  const file = join(folder, 'trace.txt');

  beforeAll(() => {
    const engine = createEngine('auto');
    const view = engine.open(vcpuOf(preset('surface-pro7'), 0), policy('kvm-6.8'));
    const out = openSync(file, 'w');
    const recipe = { view, lines: LINES, wrong: { line: WRONG_LINE, bits: 0x20n } };
    for (const piece of generateTrace(recipe)) writeSync(out, piece);
    closeSync(out);
    engine.dispose();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([[['--policy', 'kvm-6.8']], [[]]])('with one wrong entry, %j', async (options) => {
    const empty = await used(['-e', '']);
    const { status, stdout, seconds, mebibytes } = await used([
      PROGRAM,
      'trace',
      'surface-pro7',
      file,
      ...options,
      '-f',
      'json',
    ]);
    console.info(`${seconds.toFixed(1)} s, ${(mebibytes - empty.mebibytes).toFixed(0)} MiB above empty Node`);
    expect(JSON.parse(stdout)).toMatchObject({
      lines: LINES,
      wrongEntries: 1,
      stretchCount: 1,
      first: { line: WRONG_LINE },
    });
    expect(status).toBe(1);
    expect(seconds).toBeLessThan(MOST_SECONDS);
    expect(mebibytes - empty.mebibytes).toBeLessThan(MOST_MEBIBYTES);
  });

  it('all wrong: no more memory than one', async () => {
    const empty = await used(['-e', '']);
    const options = ['--policy', 'kvm-6.16', '-f', 'json'];
    // Without a device KVM writes WB with IPAT: every entry of the trace is wrong for this VM.
    const run = () => used([PROGRAM, 'trace', 'ovmf-q35', file, ...options]);
    // When the heap is swept is chance, and its peak with it: the smaller of two runs is what it takes.
    const [one, other] = [await run(), await run()];
    expect(JSON.parse(one.stdout).wrongEntries).toBeGreaterThan(LINES / 2);
    expect(one.status).toBe(1);
    expect(Math.min(one.mebibytes, other.mebibytes) - empty.mebibytes).toBeLessThan(MOST_MEBIBYTES);
  });
});
