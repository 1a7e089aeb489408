/** Every kind of text in two dresses, one over the other: the same registers, or what is wrong is said; never another answer. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type Facts, ReadError, readBytes, readStream } from '../../src/read/index.ts';
import { rounds } from '../rounds.ts';
import { anyTwoDresses, type Dress, dressed } from './dresses.ts';
import { fixtureBytes } from './fixture.ts';
import { faultOf, registersOf } from './judged.ts';
import { random } from './mutation.ts';

const linesOf = (name: string): readonly string[] => fixtureBytes(name).toString().trimEnd().split('\n');
const kernelLinesOf = (name: string) => linesOf(name).map((line) => line.replace(/^\[ *[\d.]+\] /, ''));

interface Source {
  readonly lines: readonly string[];
  readonly isKernelLog: boolean;
  /** Share of the dresses in which all of it is read: bare values show what they are in few. */
  readonly least: number;
}

const SOURCES: Readonly<Record<string, Source>> = {
  dmesg: { lines: kernelLinesOf('dmesg.txt'), isKernelLog: true, least: 0.6 },
  'dmesg with mtrr=debug': { lines: kernelLinesOf('dmesg-mtrr-debug.txt'), isKernelLog: true, least: 0.6 },
  'dmesg of an AMD machine': { lines: kernelLinesOf('dmesg-amd-tom2.txt'), isKernelLog: true, least: 0.6 },
  coreboot: { lines: linesOf('coreboot.txt'), isKernelLog: false, least: 0.6 },
  Xen: { lines: linesOf('xen.txt'), isKernelLog: false, least: 0.6 },
  EDK2: { lines: linesOf('edk2.txt'), isKernelLog: false, least: 0.6 },
  '/proc/mtrr with a log': {
    lines: [...linesOf('proc-mtrr.txt'), ...kernelLinesOf('dmesg-6.8.txt')],
    isKernelLog: false,
    least: 0.6,
  },
  rdmsr: { lines: linesOf('rdmsr.txt'), isKernelLog: false, least: 0 },
  'rdmsr with labels': { lines: linesOf('rdmsr-labels.txt'), isKernelLog: false, least: 0 },
};

/** As from a file; every eighth is packed. */
async function readDressed(
  lines: readonly string[],
  dress: Dress,
  isPacked: boolean,
): Promise<Facts | ReadError> {
  const bytes = dressed(lines, dress);
  try {
    return isPacked ? await readStream([gzipSync(bytes)]) : readBytes(bytes);
  } catch (error) {
    if (error instanceof ReadError) return error;
    throw error;
  }
}

describe('a text in two dresses', () => {
  it.each(Object.entries(SOURCES))('%s', async (_, { lines, isKernelLog, least }) => {
    const plain = readBytes(Buffer.from(`${lines.join('\n')}\n`));
    const below = random(20_261_130);
    const runs = rounds(40, 400);
    const faults: string[] = [];
    let whole = 0;
    for (let run = 0; run < runs; run++) {
      const dress = anyTwoDresses(run, below, isKernelLog);
      const facts = await readDressed(lines, dress, run % 8 === 7);
      if (facts instanceof ReadError) continue;
      const fault = faultOf(plain, facts);
      if (fault !== undefined) faults.push(`${fault}: ${JSON.stringify(dress)}`);
      else if (registersOf(facts).size === registersOf(plain).size) whole++;
    }
    expect(faults).toEqual([]);
    expect(whole).toBeGreaterThanOrEqual(runs * least);
  });
});
