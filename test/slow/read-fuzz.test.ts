import { describe, expect, it } from 'vitest';
import { readText } from '../../src/read/index.ts';
import { cleanLine } from '../../src/read/line.ts';
import { FIXTURE_NAMES, fixtureBytes } from '../read/fixture.ts';
import { mutated, random, readDamaged } from '../read/mutation.ts';
import { processorMs } from './processor.ts';
import { SAMPLE_NAMES, sampleBytes } from './shared/folder.ts';

const TEXTS = [
  ...FIXTURE_NAMES.filter((name) => !/\.gz$|utf16/.test(name)).map(fixtureBytes),
  ...SAMPLE_NAMES.map(sampleBytes),
];
const RUNS = 100_000;
const LONGEST_MS = 1000;

describe('readers under mutation', () => {
  it(`${RUNS} damaged dumps: no crash, no hang, no register that the text does not hold`, {
    timeout: 1_800_000,
  }, () => {
    const below = random(20_261_122);
    const outcomes = { read: 0, refused: 0, unusable: 0 };
    let longest = 0;
    for (let run = 0; run < RUNS; run++) {
      const bytes = mutated(TEXTS[run % TEXTS.length]!, TEXTS[below(TEXTS.length)]!, below);
      const started = processorMs();
      outcomes[readDamaged(bytes)]++;
      longest = Math.max(longest, processorMs() - started);
    }
    console.log(
      `read ${outcomes.read}, unusable ${outcomes.unusable}, refused ${outcomes.refused}; longest ${longest.toFixed(0)} ms`,
    );
    expect(longest).toBeLessThan(LONGEST_MS);
    expect(outcomes.read).toBeGreaterThan(RUNS / 2);
  });

  it('hostile lines: none takes longer than a second', { timeout: 120_000 }, () => {
    const parts = [
      '[',
      '> ',
      '=3D',
      '[B]',
      '<1>',
      '"\\',
      '&',
      '0x',
      ' ',
      '[    0.1] ',
      '(XEN) [',
      'reg00: base=',
      'MTRR ',
      'UC:',
      '0,',
      '{"',
      'rdmsr ',
      'a-b : ',
      '1. ',
    ];
    for (const part of parts) {
      const line = part.repeat(100_000);
      const started = processorMs();
      cleanLine(line, 1);
      try {
        readText(`${line}\n`.repeat(3));
      } catch (error) {
        expect((error as Error).name).toBe('ReadError');
      }
      expect(processorMs() - started, part).toBeLessThan(LONGEST_MS);
    }
  });
});
