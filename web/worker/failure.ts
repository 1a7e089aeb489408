/** Why a question has no answer, as values that the page can show and act on. */
import { ConfigError, EptsweepError, messageWithoutPath, WrmsrFault } from '../../src/index.ts';
import { ReadError } from '../../src/read/index.ts';
import type { Failure } from './protocol.ts';

/** A question that was given up. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
  constructor() {
    super('given up');
  }
}

function codeOf(error: unknown): Failure['code'] {
  if (error instanceof Cancelled) return 'cancelled';
  if (error instanceof WrmsrFault) return 'refused';
  if (error instanceof ReadError) return error.reason === 'unusable' ? 'input' : error.reason;
  if (error instanceof ConfigError) return isRefused(error) ? 'refused' : 'input';
  return error instanceof EptsweepError && error.code !== 'internal' ? 'input' : 'internal';
}

/** A refused write of a file is reported at its line, by a config's error. */
function isRefused({ problems }: ConfigError): boolean {
  return problems.length === 1 && /^WRMSR .* is refused/.test(problems[0]!.message);
}

function problemsOf(error: unknown): Failure['problems'] {
  if (error instanceof ConfigError) return error.problems.map(({ column: _, ...problem }) => problem);
  if (!(error instanceof ReadError)) return [];
  const { file, line = 0, path, message } = error;
  // The place stands in front of the message too.
  return [{ file, line, message: message.slice(path.length + 2) }];
}

/**
 * What a thrown value means for the page.
 *
 * @param error - whatever was thrown
 * @param head - first lines of the text that it is about
 */
export function failureOf(error: unknown, head?: readonly string[]): Failure {
  const code = codeOf(error);
  const message = error instanceof Error ? messageWithoutPath(error) : String(error);
  return { code, message, problems: problemsOf(error), ...(head && code === 'not-recognised' && { head }) };
}
