import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rounds } from '../rounds.ts';
import { FIXTURE_NAMES, fixtureBytes } from './fixture.ts';
import { mutated, random, readDamaged } from './mutation.ts';

const TEXTS = FIXTURE_NAMES.filter((name) => !/\.gz$|utf16/.test(name)).map(fixtureBytes);

describe('damaged and arbitrary input', () => {
  it('is read or refused, and no register is made up: mutations of every fixture', () => {
    const runs = rounds(200, 2000);
    const below = random(0x5eed);
    const outcomes = { read: 0, refused: 0, unusable: 0 };
    for (let run = 0; run < runs; run++) {
      const bytes = mutated(TEXTS[run % TEXTS.length]!, TEXTS[below(TEXTS.length)]!, below);
      outcomes[readDamaged(bytes)]++;
    }
    expect(outcomes.read).toBeGreaterThan(runs / 2);
    expect(outcomes.unusable).toBeGreaterThan(0);
  });

  it('is read or refused: any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        readDamaged(Buffer.from(bytes));
      }),
      { numRuns: rounds(50, 500) },
    );
  });

  it('is read or refused: lines of fixtures in any order', () => {
    const lines = TEXTS.flatMap((bytes) => bytes.toString('utf8').split('\n'));
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...lines), { maxLength: 60 }), (some) => {
        readDamaged(Buffer.from(some.join('\n')));
      }),
      { numRuns: rounds(50, 500) },
    );
  });
});
