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
  | 'bad-campaign'
  | 'storage'
  | 'no-memory'
  | 'disposed'
  | 'internal';

/**
 * Base of all errors that this library raises on purpose. `instanceof` knows {@link InputTypeError} and
 * {@link InputRangeError} too, whose classes derive from JavaScript's own.
 */
export class EptsweepError extends Error {
  override readonly name: string = 'EptsweepError';
  /**
   * @param code - stable code, for programs
   * @param message - one line, for people
   * @param path - where in the input, `msrs.0x200` or `slots.0.pfn`; empty for the whole of it
   */
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly path: string = '',
  ) {
    super(message);
  }

  // biome-ignore-start lint/complexity/noThisInStatic: `this` is the class behind instanceof, a subclass too
  /**
   * @param value - anything
   * @returns whether it is one of the library's own
   */
  static override [Symbol.hasInstance](this: unknown, value: unknown): boolean {
    return hasInstance.call(this, value) || (this === EptsweepError && isInputError(value));
  }
  // biome-ignore-end lint/complexity/noThisInStatic: as above
}

/** `instanceof` as every class has it. */
const hasInstance = Function.prototype[Symbol.hasInstance];

function isInputError(value: unknown): boolean {
  return value instanceof InputTypeError || value instanceof InputRangeError;
}

/** `slots.0.pfn: expected an integer, got "1" (did you mean 1?)`. */
function inputLine(path: string, problem: string, hint: string | undefined): string {
  return `${path === '' ? '' : `${path}: `}${problem}${hint === undefined ? '' : ` (${hint})`}`;
}

/**
 * What {@link InputTypeError} and {@link InputRangeError} have in common, for `instanceof`: an argument, an option or
 * a value of an input that cannot be used. Nothing is an InputError and neither of the two.
 */
export abstract class InputError extends EptsweepError {
  /** What was expected and what came, without the path. */
  abstract readonly problem: string;
  /** What to do about it. */
  abstract readonly hint: string | undefined;

  /**
   * @param value - anything
   * @returns whether it is one, as TypeError or as RangeError
   */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isInputError(value);
  }
}

/** An input value of the wrong kind: text for a number, an unknown key, an object that is something else. */
export class InputTypeError extends TypeError {
  override readonly name = 'InputTypeError';
  /** Stable code, for programs. */
  readonly code: ErrorCode = 'bad-request';
  /**
   * @param path - where in the input, `slots.0.pfn`; empty for the whole of it
   * @param problem - what was expected and what came; the message is `PATH: PROBLEM (HINT)`
   * @param hint - what to do about it
   */
  constructor(
    readonly path: string,
    readonly problem: string,
    readonly hint?: string | undefined,
  ) {
    super(inputLine(path, problem, hint));
  }
}

/** An input value of the right kind that cannot be: outside its range, no such name, at odds with another one. */
export class InputRangeError extends RangeError {
  override readonly name = 'InputRangeError';
  /**
   * @param path - where in the input, `slots.0.pfn`; empty for the whole of it
   * @param problem - what was expected and what came; the message is `PATH: PROBLEM (HINT)`
   * @param hint - what to do about it
   * @param code - stable code, for programs
   */
  constructor(
    readonly path: string,
    readonly problem: string,
    readonly hint?: string | undefined,
    readonly code: ErrorCode = 'bad-request',
  ) {
    super(inputLine(path, problem, hint));
  }
}

/**
 * The same error as it is seen from further out.
 *
 * @param outer - path of the value that was being read, `vcpus.3`
 * @param error - its path is that within the value
 */
export function inputErrorWithin(outer: string, error: InputError): InputTypeError | InputRangeError {
  const path = error.path === '' ? outer : `${outer}.${error.path}`;
  return error instanceof InputTypeError
    ? new InputTypeError(path, error.problem, error.hint)
    : new InputRangeError(path, error.problem, error.hint, error.code);
}

/**
 * What is wrong, without the path, for those whose own words say what it is about.
 *
 * @param error - what was thrown
 * @returns problem and hint of bad input; the message of any other error
 * @example
 * messageWithoutPath(new Error('no such file')); // 'no such file'
 */
export function messageWithoutPath(error: Error): string {
  return error instanceof InputError ? inputLine('', error.problem, error.hint) : error.message;
}

/** A register write that the modelled CPU or kernel refuses with #GP. */
export class WrmsrFault extends EptsweepError {
  override readonly name = 'WrmsrFault';
  /**
   * @param index - which of the vCPU's writes was refused, from 0
   * @param msr - the MSR's number
   * @param value - the 64-bit value that was to be written
   * @param isHost - whether it is one of the host's own registers, which it then cannot hold
   */
  constructor(
    readonly index: number,
    readonly msr: number,
    readonly value: bigint,
    readonly isHost = false,
  ) {
    super(
      'wrmsr-gp',
      `#GP: WRMSR 0x${msr.toString(16)} <- 0x${value.toString(16)} is refused${isHost ? ', so that no host holds it' : ''}`,
      `${isHost ? 'hostMsrs' : 'msrs'}.0x${msr.toString(16)}`,
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
  /** Lines of the message; what is quoted in one may have line feeds of its own. */
  readonly lines: readonly string[];
  /** @param problems - what is wrong, in the order of the file */
  constructor(readonly problems: readonly ConfigProblem[]) {
    const shown = problems.slice(0, PROBLEMS_SHOWN).map(problemLine);
    const rest = problems.length - shown.length;
    if (rest > 0) shown.push(`${problems[0]?.file}: ... and ${rest} more problems`);
    super('bad-config', shown.join('\n'), problems[0]?.path);
    this.lines = shown;
  }
}
