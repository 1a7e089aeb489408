/** A line of megabytes: what is twice as long takes about twice the work, whoever reads it. */
import { describe, expect, it } from 'vitest';
import { readBytes } from '../../src/read/index.ts';
import { FIXTURE_NAMES, fixtureBytes } from '../read/fixture.ts';
import { processorMs } from './processor.ts';

const NAMES = FIXTURE_NAMES.filter((name) => !/\.gz$|utf16/.test(name));
const SIZE = 5_000_000;

/** The fixture behind its longest line, repeated to a size. */
function withLongLine(name: string, size: number): Buffer {
  const text = fixtureBytes(name).toString('latin1');
  const longest = text.split('\n').reduce((best, line) => (line.length > best.length ? line : best));
  return Buffer.from(`${longest.repeat(Math.ceil(size / longest.length)).slice(0, size)}\n${text}`, 'latin1');
}

function read(bytes: Buffer): void {
  try {
    readBytes(bytes, { file: 'long' });
  } catch (error) {
    // Refused is fine; what it says is tested elsewhere.
    expect(error).toBeInstanceOf(Error);
  }
}

describe('a line of megabytes', () => {
  it.each(NAMES)('%s', { timeout: 60_000 }, (name) => {
    const [half, whole] = [withLongLine(name, SIZE / 2), withLongLine(name, SIZE)];
    read(half);
    const start = processorMs();
    read(half);
    const between = processorMs();
    read(whole);
    const [short, long] = [between - start, processorMs() - between];
    // Quadratic work would be four times as much; what is too short to be timed says nothing.
    expect(long).toBeLessThan(3 * short + 100);
  });
});
