/**
 * What can go wrong, as values that a caller can tell apart. "Undefined by the architecture" is a result
 * (see {@link UNDEFINED} in types.ts), never one of these.
 */

/** Stable codes, the same as in the oracle protocol where it has one. */
export type ErrorCode =
  | 'bad-request'
  | 'unknown-policy'
  | 'wrmsr-gp'
  | 'unsupported'
  | 'too-many-spans'
  | 'bad-config'
  | 'internal';

/** Base of all errors that this library raises on purpose. */
export class EptsweepError extends Error {
  override readonly name: string = 'EptsweepError';
  /**
   * @param code - stable code, for programs
   * @param message - one line, for people
   * @param path - where in the input, `msrs.0x200` or `memory.0.pfn`; empty for the whole of it
   */
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly path: string = '',
  ) {
    super(message);
  }
}

/** An input value of the wrong kind or outside its range. */
export class InputError extends EptsweepError {
  override readonly name = 'InputError';
  constructor(path: string, message: string) {
    super('bad-request', message, path);
  }
}

/** A register write that the modelled CPU or kernel refuses with #GP. */
export class WrmsrFault extends EptsweepError {
  override readonly name = 'WrmsrFault';
  /**
   * @param index - which of the vCPU's writes was refused, from 0
   * @param msr - the MSR's number
   * @param value - the 64-bit value that was to be written
   */
  constructor(
    readonly index: number,
    readonly msr: number,
    readonly value: bigint,
  ) {
    super(
      'wrmsr-gp',
      `#GP: WRMSR 0x${msr.toString(16)} <- 0x${value.toString(16)} is refused`,
      `msrs.0x${msr.toString(16)}`,
    );
  }
}

/** One thing that is wrong with a config, and where. */
export interface ConfigProblem {
  /** File as the user named it, `<stdin>`, or a preset's name. */
  readonly file: string;
  /** From 1; 0 where the input has no lines. */
  readonly line: number;
  readonly column: number;
  /** `vcpus[0].mtrr.variable[1].size`; empty for the whole file. */
  readonly path: string;
  /** What was expected and what was there, without the place. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** How many problems of one file are worth a line each. */
const PROBLEMS_SHOWN = 20;

/** `guest.yaml:6:15: vcpus[0].mtrr.variable[1].size: expected ..., got ... (hint)`. */
function problemLine({ file, line, column, path, message, hint }: ConfigProblem): string {
  const place = line > 0 ? `${file}:${line}:${column}` : file;
  return `${place}: ${path === '' ? '' : `${path}: `}${message}${hint === undefined ? '' : ` (${hint})`}`;
}

/** A VM config that cannot be used; its message has a line for each problem, in the order of the file. */
export class ConfigError extends EptsweepError {
  override readonly name = 'ConfigError';
  constructor(readonly problems: readonly ConfigProblem[]) {
    const shown = problems.slice(0, PROBLEMS_SHOWN).map(problemLine);
    const rest = problems.length - shown.length;
    if (rest > 0) shown.push(`${problems[0]?.file}: ... and ${rest} more problems`);
    super('bad-config', shown.join('\n'), problems[0]?.path);
  }
}
