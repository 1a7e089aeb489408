/** What SIGINT, SIGTERM and SIGHUP do: they end the program at once, but for a command that first brings something to an end. */
import { EXIT_HUNG_UP, EXIT_INTERRUPTED, EXIT_TERMINATED } from './output/exit.ts';
import { clearLine, remark } from './output/notes.ts';

const CODES = { SIGINT: EXIT_INTERRUPTED, SIGTERM: EXIT_TERMINATED, SIGHUP: EXIT_HUNG_UP };

/** A signal that asks the program to end. */
type EndingSignal = keyof typeof CODES;

// Not left to the signals themselves: what is half-written goes when the process exits.
const endAtOnce = (signal: EndingSignal): void => {
  clearLine();
  if (consequence !== undefined) remark(`interrupted: ${consequence}`);
  process.exit(CODES[signal]);
};
let onSignal = endAtOnce;
let consequence: string | undefined;
const heard = (signal: NodeJS.Signals): void => onSignal(signal as EndingSignal);

/** Runs the program with its signals heard. */
export async function hearingSignals<Result>(work: () => Promise<Result>): Promise<Result> {
  for (const signal of Object.keys(CODES)) process.on(signal, heard);
  try {
    return await work();
  } finally {
    consequence = undefined;
    for (const signal of Object.keys(CODES)) process.off(signal, heard);
  }
}

/**
 * Notes what a signal is answered with.
 *
 * @param text - what there is of the answer by then, and how to go on; undefined: nothing is to be said
 */
export function ifInterrupted(text: string | undefined): void {
  consequence = text;
}

/** How a job can be told to come to an end. */
export interface Endings {
  /** Aborted by the first signal: take nothing more, finish what is in hand. */
  readonly finish: AbortSignal;
  /** Aborted by the second one: drop what is in hand. */
  readonly drop: AbortSignal;
  /** Exit code of the first signal, once there was one. */
  exitCode(): number | undefined;
}

/**
 * Runs a job that comes to an end by itself at a first signal, and at once at a second; a third ends the program.
 *
 * @param onFirst - told at the first signal, for a line to the user
 */
export async function withEndings<Result>(
  work: (endings: Endings) => Promise<Result>,
  onFirst: () => void,
): Promise<Result> {
  const [finish, drop] = [new AbortController(), new AbortController()];
  let exitCode: number | undefined;
  onSignal = (signal) => {
    if (drop.signal.aborted) endAtOnce(signal);
    if (finish.signal.aborted) drop.abort();
    else {
      exitCode = CODES[signal];
      finish.abort();
      onFirst();
    }
  };
  try {
    return await work({ finish: finish.signal, drop: drop.signal, exitCode: () => exitCode });
  } finally {
    onSignal = endAtOnce;
  }
}
