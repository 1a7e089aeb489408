/** Texts that were cut at a column and had a prefix put before every line: read the same, or what is wrong is said; never another answer. */
import { describe, expect, it } from 'vitest';
import { type Facts, ReadError, readBytes } from '../../src/read/index.ts';
import { rounds } from '../rounds.ts';
import { anyCutDress, cutAndDressed } from './dresses.ts';
import { FIXTURE_NAMES, fixtureBytes } from './fixture.ts';
import { faultOf, isSame } from './judged.ts';
import { random } from './mutation.ts';

/** What is no plain text, or of no line alone. */
const NO_LINES = /\.gz$|utf16|\.json|\.eml$|wrapped/;
const NAMES = FIXTURE_NAMES.filter((name) => !NO_LINES.test(name));

function read(bytes: Uint8Array): Facts | ReadError {
  try {
    return readBytes(bytes);
  } catch (error) {
    if (error instanceof ReadError) return error;
    throw error;
  }
}

/**
 * Share of the texts that may be read as something else: pieces of some 20 columns, cut between words and each behind a prefix,
 * of which some still look like whole lines (9 of 11,264 texts, by sixteen seeds).
 */
const MOST_FAULTS = 0.002;

describe('a text that was cut and dressed', () => {
  it('is read the same, or what is wrong is said', () => {
    const below = random(20_261_201);
    const runs = rounds(2, 16);
    const counts = { same: 0, warned: 0, refused: 0 };
    const faults: string[] = [];
    for (const name of NAMES) {
      const text = fixtureBytes(name).toString();
      const plain = read(Buffer.from(text));
      if (plain instanceof ReadError) continue;
      const lines = text.trimEnd().split(/\r?\n/);
      for (let run = 0; run < runs; run++) {
        const dress = anyCutDress(run, below);
        const facts = read(cutAndDressed(lines, dress));
        const fault = facts instanceof ReadError ? undefined : faultOf(plain, facts);
        if (fault !== undefined) faults.push(`${name}: ${fault}: ${JSON.stringify(dress)}`);
        else if (facts instanceof ReadError) counts.refused++;
        else counts[isSame(plain, facts) ? 'same' : 'warned']++;
      }
    }
    const all = counts.same + counts.warned + counts.refused + faults.length;
    const what = `${JSON.stringify(counts)}\n${faults.join('\n')}`;
    expect(faults.length, what).toBeLessThanOrEqual(all * MOST_FAULTS);
    expect(counts.same, what).toBeGreaterThanOrEqual(all * 0.85);
  });
});
