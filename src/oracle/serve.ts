/**
 * The serving end of the protocol over any stream of bytes: requests in, answers out, in the same order and a few
 * at a time, so that neither a long input nor a slow reader makes it grow.
 */
import type { Evaluator } from '../engine/index.ts';
import { answerLine } from './answer.ts';
import { type Line, LineSplitter, NEWLINE } from './lines.ts';
import { errorLine, MAX_LINE_BYTES } from './protocol.ts';

const NOT_BLANK = /[^ \t\r]/;

/** Answers are handed on together up to so many characters, or so many milliseconds. */
const MOST_TOGETHER = 16 * 1024;
const LONGEST_MS = 20;

/** @returns the answer with its newline; nothing for a blank line */
function answerToText(evaluator: Evaluator, text: string): string {
  return NOT_BLANK.test(text) ? `${answerLine(evaluator, text)}\n` : '';
}

function answerTo(evaluator: Evaluator, decoder: TextDecoder, line: Line): string {
  if (line === undefined) {
    const message = `the line has more than ${MAX_LINE_BYTES} bytes; it was skipped`;
    return `${errorLine({ id: null, error: { code: 'too-large', message } })}\n`;
  }
  const text = decoded(decoder, line);
  if (text !== undefined) return answerToText(evaluator, text);
  const message = 'the line is no JSON: it is not UTF-8';
  return `${errorLine({ id: null, error: { code: 'bad-json', message } })}\n`;
}

/** @returns undefined for what is no UTF-8 */
function decoded(decoder: TextDecoder, bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Answers to the lines that a chunk completes, one a step, empty for blank ones. */
function* answersTo(
  evaluator: Evaluator,
  splitter: LineSplitter,
  decoder: TextDecoder,
  chunk: Uint8Array,
): Generator<string, void, undefined> {
  // The rest of a line whose beginning came before.
  const first = splitter.isBetweenLines ? 0 : chunk.indexOf(NEWLINE) + 1;
  const end = chunk.lastIndexOf(NEWLINE) + 1;
  for (const line of splitter.push(chunk.subarray(0, first))) yield answerTo(evaluator, decoder, line);
  // Whole lines are decoded at once: by themselves they take longer than it takes to read them.
  const whole = chunk.subarray(first, end);
  const text = whole.length <= MAX_LINE_BYTES ? decoded(decoder, whole) : undefined;
  if (text === undefined) {
    for (const line of splitter.push(whole)) yield answerTo(evaluator, decoder, line);
  } else {
    for (let at = 0, stop = text.indexOf('\n'); stop >= 0; at = stop + 1, stop = text.indexOf('\n', at)) {
      yield answerToText(evaluator, text.slice(at, stop));
    }
  }
  for (const line of splitter.push(chunk.subarray(end))) yield answerTo(evaluator, decoder, line);
}

/**
 * Answers every request of a stream. The next ones are read only when the answers before them were taken.
 *
 * @param evaluator - the engine to ask; it stays the caller's to dispose
 * @param chunks - the request lines in UTF-8, cut anywhere
 * @returns the answers to requests that came together, each a line with its newline, as long as that is soon; blank
 * lines get none
 * @throws only what reading the chunks throws
 * @example
 * const requests = [new TextEncoder().encode('{"id":1,"maxphyaddr":36,"want":"mtrr"}\n')];
 * const texts = [];
 * for await (const text of serve(createEvaluatorSync(), requests)) texts.push(text);
 * JSON.parse(texts.join('')).spans; // [['0x0', '0x1000000', 0]]
 */
export async function* serve(
  evaluator: Evaluator,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<string, void> {
  const splitter = new LineSplitter(MAX_LINE_BYTES);
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  for await (const chunk of chunks) {
    let together = '';
    let since = performance.now();
    for (const answer of answersTo(evaluator, splitter, decoder, chunk)) {
      together += answer;
      if (together.length < MOST_TOGETHER && performance.now() - since < LONGEST_MS) continue;
      if (together !== '') yield together;
      together = '';
      since = performance.now();
    }
    if (together !== '') yield together;
  }
  for (const line of splitter.end()) {
    const answer = answerTo(evaluator, decoder, line);
    if (answer !== '') yield answer;
  }
}
