/**
 * Another program's answer line, read with suspicion: whatever the protocol does not allow is an
 * {@link InputError} that says what is wrong with it.
 */
import { InputRangeError } from '../errors.ts';
import type { GfnRange, Level, MtrrType, Span, Want } from '../types.ts';
import { expected, readArray, readInteger, readObject, readString, readUnsigned, unfit } from './fields.ts';
import type { RequestId } from './protocol.ts';

const MAX_ENTRY = (1n << 64n) - 1n;
const MAX_TYPE = 7;
const MAX_LEVEL = 3;

/** An answer of which only the id was looked at. */
export interface AnswerEnvelope {
  readonly id: RequestId | null;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Spans that another program gave: ascending, without gaps, over the range asked (a prefix if truncated). */
export interface SpansReply {
  readonly spans: readonly Span[];
  readonly truncated: boolean;
}

/** An error that another program gave; its code may be one that this release does not know. */
export interface ErrorReply {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly msr?: bigint;
    readonly value?: bigint;
  };
}

/**
 * The object that a line holds, and whose answer it is.
 *
 * @throws {@link InputError}
 */
export function readEnvelope(text: string): AnswerEnvelope {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw expected('', 'one JSON object a line', text);
  }
  const body = readObject('', parsed);
  const { id } = body;
  if (id !== null && typeof id !== 'string' && typeof id !== 'number') {
    throw unfit('id', "the request's id", id);
  }
  return { id, body };
}

function readType(path: string, value: unknown): MtrrType {
  const type = value === -1 ? -1 : readInteger(path, value);
  // Reserved types are let through: that a program gives one is a difference to be shown, not garbage.
  if (type > MAX_TYPE) throw unfit(path, 'a memory type or -1', value);
  return type as MtrrType;
}

function readLevel(path: string, value: unknown): Level {
  const level = readInteger(path, value);
  if (level > MAX_LEVEL) throw unfit(path, 'a level from 0 to 3', value);
  return level as Level;
}

function readIpat(path: string, value: unknown): 0 | 1 {
  const ipat = readInteger(path, value);
  if (ipat > 1) throw unfit(path, '0 or 1', value);
  return ipat as 0 | 1;
}

function readEntry(path: string, value: unknown): bigint | null {
  if (value === null) return null;
  const entry = readUnsigned(path, value);
  if (entry > MAX_ENTRY) throw unfit(path, 'a 64-bit entry', value);
  return entry;
}

const FIELD_COUNT: Readonly<Record<Want, number>> = { mtrr: 3, ept: 4, effective: 3, levels: 3, leaf: 4 };

function readSpan(path: string, want: Want, value: unknown): Span {
  const fields = readArray(path, value);
  if (fields.length !== FIELD_COUNT[want]) {
    throw unfit(path, `${FIELD_COUNT[want]} fields in a span of ${want}`, value);
  }
  const range = { start: readInteger(`${path}.0`, fields[0]), end: readInteger(`${path}.1`, fields[1]) };
  switch (want) {
    case 'mtrr':
    case 'effective':
      return { ...range, type: readType(`${path}.2`, fields[2]) };
    case 'ept':
      return { ...range, type: readType(`${path}.2`, fields[2]), ipat: readIpat(`${path}.3`, fields[3]) };
    case 'levels':
      return { ...range, level: readLevel(`${path}.2`, fields[2]) };
    case 'leaf':
      return { ...range, level: readLevel(`${path}.2`, fields[2]), entry: readEntry(`${path}.3`, fields[3]) };
  }
}

function readError(value: unknown): ErrorReply {
  const error = readObject('error', value);
  const code = readString('error.code', error.code);
  const message = typeof error.message === 'string' ? error.message : '';
  if (code !== 'wrmsr-gp') return { error: { code, message } };
  const msr = readUnsigned('error.msr', error.msr);
  return { error: { code, message, msr, value: readUnsigned('error.value', error.value) } };
}

/**
 * What an answer says. Neighbouring spans of one value are accepted although the protocol joins them: a
 * simple program may answer page by page.
 *
 * @param body - the answer's object
 * @param want - what was asked
 * @param range - the frames that were asked for
 * @returns spans that cover the range, or the error
 * @throws {@link InputError} where it is neither
 */
export function readAnswer(
  body: Readonly<Record<string, unknown>>,
  want: Want,
  range: GfnRange,
): SpansReply | ErrorReply {
  if (body.error !== undefined) return readError(body.error);
  const truncated = body.truncated === true;
  let covered = range.start;
  const spans = readArray('spans', body.spans).map((item, index) => {
    const path = `spans.${index}`;
    const span = readSpan(path, want, item);
    if (span.start !== covered || span.end <= span.start) {
      throw unfit(path, `a span from 0x${covered.toString(16)} on`, JSON.stringify(item));
    }
    covered = span.end;
    return span;
  });
  if (covered > range.end || (covered < range.end && !truncated)) {
    throw new InputRangeError(
      'spans',
      `they end at 0x${covered.toString(16)}, asked was 0x${range.end.toString(16)}`,
    );
  }
  return { spans, truncated };
}
