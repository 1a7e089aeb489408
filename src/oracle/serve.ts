/**
 * The serving end of the protocol over any stream of bytes: requests in, answers out, in the same order and
 * one at a time, so that neither a long input nor a slow reader makes it grow.
 */
import type { Evaluator } from '../engine/index.ts';
import { answerLine } from './answer.ts';
import { type Line, LineSplitter } from './lines.ts';
import { errorLine, MAX_LINE_BYTES } from './protocol.ts';

const NOT_BLANK = /[^ \t\r]/;

/** @returns the answer with its newline, or undefined for a blank line */
function answerTo(evaluator: Evaluator, decoder: TextDecoder, line: Line): string | undefined {
  if (line === undefined) {
    const message = `the line has more than ${MAX_LINE_BYTES} bytes; it was skipped`;
    return `${errorLine({ id: null, error: { code: 'too-large', message } })}\n`;
  }
  let text: string;
  try {
    text = decoder.decode(line);
  } catch {
    const message = 'the line is no JSON: it is not UTF-8';
    return `${errorLine({ id: null, error: { code: 'bad-json', message } })}\n`;
  }
  return NOT_BLANK.test(text) ? `${answerLine(evaluator, text)}\n` : undefined;
}

/**
 * Answers every request of a stream. The next one is read only when the answer before it was taken.
 *
 * @param evaluator - the engine to ask; it stays the caller's to dispose
 * @param chunks - the request lines in UTF-8, cut anywhere
 * @returns one answer a step, each a line with its newline; blank lines get none
 * @throws only what reading the chunks throws
 * @example
 * const requests = [new TextEncoder().encode('{"id":1,"maxphyaddr":36,"want":"mtrr"}\n')];
 * const lines = [];
 * for await (const line of serve(createEvaluatorSync(), requests)) lines.push(line);
 * JSON.parse(lines.join('')).spans; // [['0x0', '0x1000000', 0]]
 */
export async function* serve(
  evaluator: Evaluator,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<string, void> {
  const splitter = new LineSplitter(MAX_LINE_BYTES);
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  for await (const chunk of chunks) {
    for (const line of splitter.push(chunk)) {
      const answer = answerTo(evaluator, decoder, line);
      if (answer !== undefined) yield answer;
    }
  }
  for (const line of splitter.end()) {
    const answer = answerTo(evaluator, decoder, line);
    if (answer !== undefined) yield answer;
  }
}
