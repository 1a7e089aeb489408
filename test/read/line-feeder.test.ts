/** What feeds the readers, where no text of a dump shows it. */
import { describe, expect, it } from 'vitest';
import { LINE_FORMATS } from '../../src/read/formats.ts';
import { LineFeeder } from '../../src/read/line-feeder.ts';

const CONTEXT = { file: 'x', boot: 'last', stage: undefined } as const;
const feederOf = () => new LineFeeder(LINE_FORMATS, CONTEXT);

/** Registers that a text gives. */
function registersOf(lines: readonly string[]): readonly number[] {
  const feeder = feederOf();
  for (const [at, line] of lines.entries()) feeder.feed(line, at + 1);
  return feeder.finish().flatMap(({ registers }) => [...registers.keys()]);
}

describe('a line feeder', () => {
  it('counts the lines that say something, from none', () => {
    const feeder = feederOf();
    expect(feeder.readLines).toBe(0);
    feeder.feed('Registers:', 1);
    feeder.feed('0x2ff,0xc06', 2);
    feeder.feed('0xfe,0x508', 3);
    feeder.finish();
    expect(feeder.readLines).toBe(2);
  });

  it.each([
    [2 ** 18 - 1, [0x2ff]],
    [2 ** 18, []],
  ])(
    'puts another piece behind %i characters of a line that soft breaks cut: registers %j',
    (length, registers) => {
      const begun = 'option=3D1 '.padEnd(length, '.');
      expect(registersOf([`${begun}=`, '<br>0x2ff,0xc06<br>=', 'that was it'])).toEqual(registers);
    },
  );

  it('loses the last piece of a line too that soft breaks cut, but takes it by itself', () => {
    const begun = 'option=3D1 '.padEnd(2 ** 18, '.');
    expect(registersOf([`${begun}=`, '<br>0x2ff,0xc06<br>=', '<br>0xfe,0x508'])).toEqual([0xfe]);
  });
});
