import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { answerLine } from '../../src/oracle/index.ts';
import { ENGINE_NAMES } from '../../src/vm/index.ts';

const text = readFileSync(new URL('../../docs/oracle.md', import.meta.url), 'utf8');
/** A request piped into `eptsweep oracle`, perhaps cut by tail, and the line that is shown for it. */
const EXAMPLE = /^\$ echo '(.*)' \| eptsweep oracle(?: \| tail -c (\d+))?\n(.*)$/gm;
const examples = [...text.matchAll(EXAMPLE)].map(
  ([, request = '', tail, shown = '']) => [request, Number(tail ?? 0), shown] as const,
);

describe('docs/oracle.md', () => {
  it('has examples', () => expect(examples.length).toBeGreaterThan(7));

  it.each(examples)('%s', (request, tail, shown) => {
    for (const name of ENGINE_NAMES) {
      const engine = createEvaluatorSync({ engine: name });
      try {
        const answer = `${answerLine(engine, request)}\n`;
        // Engines that go page by page may refuse what is shown truncated.
        if (tail > 0 && answer.includes('too-many-spans') && name !== 'auto') continue;
        expect(answer.slice(-tail)).toBe(`${shown}\n`);
      } finally {
        engine.dispose();
      }
    }
  });
});
