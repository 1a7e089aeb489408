/**
 * The oracle protocol: one JSON object a line in, one JSON object a line out, in the same order. What stands
 * here is public and versioned; docs/oracle.md describes it for people.
 */

/** Version of the protocol; an incompatible change raises it. */
export const PROTOCOL_VERSION = 1;
/** Most bytes of a request line, its newline not counted. A longer one is skipped and answered `too-large`. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;
/** Most spans that an answer lists; beyond them it is marked as truncated and carries exact totals. */
export const MAX_SPANS = 65536;

/** What a request is known by: its answer carries the same. */
export type RequestId = string | number;

/** Why a request was not evaluated. */
type OracleErrorCode =
  | 'too-large'
  | 'bad-json'
  | 'bad-request'
  | 'unknown-policy'
  | 'wrmsr-gp'
  | 'unsupported'
  | 'too-many-spans'
  | 'internal';

/** The `error` of an answer. */
export interface OracleError {
  readonly code: OracleErrorCode;
  /** One line for people; it may change from release to release. */
  readonly message: string;
  /** `bad-request`: where in the request, `msrs.0x200`, `range.1`; empty for the whole of it. */
  readonly path?: string;
  /** `wrmsr-gp`: the refused register, as a hex string. */
  readonly msr?: string;
  /** `wrmsr-gp`: the refused value, as a hex string. */
  readonly value?: string;
}

/** An answer that is an error. */
export interface ErrorAnswer {
  /** The request's id, or null where it has none that could be echoed. */
  readonly id: RequestId | null;
  readonly error: OracleError;
}

/**
 * An error answer as it is written, without the newline.
 *
 * @param answer - id and error
 * @returns one line of JSON
 */
export function errorLine(answer: ErrorAnswer): string {
  return JSON.stringify(answer);
}
