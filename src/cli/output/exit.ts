/** Exit codes, and how an error becomes one and a line on standard error. */
import { ConfigError, EptsweepError, type ErrorCode, messageWithoutPath } from '../../errors.ts';

/** Answered, nothing found. */
export const EXIT_OK = 0;
/** A difference or a finding. */
export const EXIT_FOUND = 1;
/** Usage, or input that cannot be used. */
export const EXIT_BAD_INPUT = 2;
/** A fault of the program's own, or of what it stands on: a full disk under a campaign, blocks that failed. */
export const EXIT_INTERNAL = 3;
/** Interrupted. */
export const EXIT_INTERRUPTED = 130;
/** The terminal has gone: SIGHUP. */
export const EXIT_HUNG_UP = 129;
/** Told to end by SIGTERM. */
export const EXIT_TERMINATED = 143;

/** Usage that commander itself cannot judge. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The reader of standard output has gone; not an error. */
export class PipeClosed extends Error {
  override readonly name = 'PipeClosed';
}

const FILE_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
  ENOTDIR: 'not a directory',
  ELOOP: 'a link that leads back to itself',
  ENOSPC: 'no space left on device',
  EROFS: 'read-only file system',
  EDQUOT: 'disk quota exceeded',
  EFBIG: 'larger than the limit for files (ulimit -f)',
};

function isFileProblem(error: unknown): error is NodeJS.ErrnoException {
  return (
    error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string' && 'syscall' in error
  );
}

/** Codes of what is no fault of an input. */
const OF_THE_MACHINE: readonly ErrorCode[] = ['storage', 'no-memory'];

/** What is wrong with a file or a stream, in the words of all commands. */
export function fileProblem({ code = '', message }: NodeJS.ErrnoException): string {
  return FILE_PROBLEMS[code] ?? (code || message);
}

/** What an error means for the process. */
export interface Outcome {
  readonly exitCode: number;
  /** Lines for standard error; none for nothing. */
  readonly lines: readonly string[];
}

/**
 * The outcome of an error.
 *
 * @param error - whatever was thrown
 * @param command - `eptsweep map`, in front of messages that name no file
 */
export function outcomeOf(error: unknown, command: string): Outcome {
  if (error instanceof PipeClosed) return { exitCode: EXIT_OK, lines: [] };
  if (error instanceof ConfigError) return { exitCode: EXIT_BAD_INPUT, lines: error.lines };
  if (error instanceof UsageError)
    return { exitCode: EXIT_BAD_INPUT, lines: [`${command}: ${error.message}`] };
  if (error instanceof EptsweepError && error.code !== 'internal') {
    return {
      exitCode: OF_THE_MACHINE.includes(error.code) ? EXIT_INTERNAL : EXIT_BAD_INPUT,
      lines: [`${command}: ${messageWithoutPath(error)}`],
    };
  }
  if (isFileProblem(error)) {
    const where = error.path ? `${error.path}: ` : '';
    return { exitCode: EXIT_BAD_INPUT, lines: [`${command}: ${where}${fileProblem(error)}`] };
  }
  const message = error instanceof Error ? error.message : String(error);
  const stack = process.env.EPTSWEEP_DEBUG && error instanceof Error ? `${error.stack}`.split('\n') : [];
  const remedy = stack.length > 0 ? '' : ' (a fault of eptsweep; EPTSWEEP_DEBUG=1 shows where)';
  return {
    exitCode: EXIT_INTERNAL,
    lines: [`${command}: internal error: ${message.split('\n', 1)[0]}${remedy}`, ...stack],
  };
}
