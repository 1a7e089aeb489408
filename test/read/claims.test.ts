/** A reader claims each line that it takes something from, or the rest of the text would not know that it is read. */
import { describe, expect, it } from 'vitest';
import { LINE_FORMATS } from '../../src/read/formats.ts';
import { cleanText, type Line } from '../../src/read/line.ts';
import type { Claim, LineFormat, ReadContext } from '../../src/read/reader.ts';
import { FIXTURE_NAMES, fixtureBytes } from './fixture.ts';
import { ODD_TEXTS } from './odd-texts.ts';

const CONTEXT: ReadContext = { file: 'it', boot: 'last', stage: undefined };
/** Enough to see each kind of line, and few enough to read each beginning of the text by itself. */
const MOST_LINES = 90;

const TEXTS: readonly (readonly [string, readonly string[]])[] = [
  ...FIXTURE_NAMES.filter((name) => !/gz$|utf16|json/.test(name)).map(
    (name) => [name, [fixtureBytes(name).toString()]] as const,
  ),
  ['odd texts', [...ODD_TEXTS.values()].map(({ text }) => text)],
];

const linesOf = (text: string): readonly Line[] =>
  text
    .split(/\r?\n/)
    .slice(0, MOST_LINES)
    .map((raw, index) => cleanText(raw, index + 1));

/** What a format makes of a text's beginning, and of its last line. */
function readOf(
  format: LineFormat,
  lines: readonly Line[],
): { readonly facts: string; readonly claim: Claim } {
  const reader = format.open(CONTEXT);
  let claim: Claim = false;
  for (const line of lines) claim = reader.read(line);
  const { recognised: _, ...facts } = reader.finish(MOST_LINES);
  return {
    facts: JSON.stringify(facts, (_, value) =>
      typeof value === 'bigint' ? `${value}` : value instanceof Map ? [...value] : value,
    ),
    claim,
  };
}

describe('each line that something is read of is claimed', () => {
  it.each(TEXTS)('%s', (_, texts) => {
    const pairs = texts.flatMap((text) => LINE_FORMATS.map((format) => [text, format] as const));
    for (const [text, format] of pairs) {
      if (!format.hint.test(text)) continue;
      const lines = linesOf(text);
      let before = readOf(format, []).facts;
      for (let count = 1; count <= lines.length; count++) {
        const { facts, claim } = readOf(format, lines.slice(0, count));
        if (facts !== before) expect([format.name, lines[count - 1]!.text, claim]).not.toContain(false);
        before = facts;
      }
    }
  });
});
