/** Questions that take their time: they say how far they are, and can be given up. */
import { Cancelled } from './failure.ts';
import type { Progress } from './protocol.ts';

/** What a question that takes its time is given: it says how far it is, and hears that it is given up. */
export interface Course {
  readonly signal: AbortSignal;
  progress(progress: Progress): void;
}

/** @throws {@link Cancelled} where the question was given up */
export function requireWanted({ signal }: Course): void {
  if (signal.aborted) throw new Cancelled();
}

/** For what nobody watches and nobody gives up. */
export const UNWATCHED: Course = { signal: new AbortController().signal, progress: () => {} };
