/** A question that the worker could not answer, as an error. */
import type { Failure } from '../worker/protocol.ts';

/** Carries what the worker said, with places and remedies. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** What went wrong, of whatever was thrown. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Refusal) return error.failure;
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'internal', message, problems: [] };
}
