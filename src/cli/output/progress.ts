/** How far a long job is: a line on a terminal that rewrites itself, or lines of JSON for programs. */
import { type ProgressDetails, progressJson, progressText } from '../../write/progress/progress.ts';
import { milliseconds } from './clock.ts';
import { clearLine, type Manner, progressShown, showLine, spoken, writeProgress } from './notes.ts';

/** The one that is told of, of a run; what begins meanwhile, such as writing what is being computed, is a part of it. */
let told: { readonly progress: Progress; readonly run: Manner } | undefined;

/** What ends before is told of nothing. */
const FIRST_MS = 400;
const LEAST_MS = { line: 100, json: 1000 } as const;

/** What a job consists of. */
export interface ProgressSubject {
  /** What is counted: `pages`. */
  readonly unit: string;
  /** How many in all; undefined where nobody knows, as of a pipe. */
  readonly total?: number | undefined;
  /** How many were done before it began. */
  readonly before?: number;
  /** What else there is to tell. */
  readonly details?: () => readonly ProgressDetails[];
  /** Whether a terminal shows the answer meanwhile, which a line would cut into. */
  readonly isInSight?: boolean;
  /** Whether programs are told of its end where it was too short to be told of before. */
  readonly isTold?: boolean;
}

/** Shows progress while it lasts. */
export class Progress {
  readonly #subject: ProgressSubject;
  readonly #shown: ReturnType<typeof progressShown>;
  readonly #began = milliseconds();
  #nextAt: number;
  #done: number;
  #wasTold: boolean;

  constructor(subject: ProgressSubject) {
    this.#subject = subject;
    const run = spoken();
    // One that an error ended says so to nobody; it ends with its run.
    const isPart = told?.run === run;
    const shown = isPart ? undefined : progressShown();
    this.#shown = shown === 'line' && subject.isInSight ? undefined : shown;
    if (!isPart) told = { progress: this, run };
    this.#wasTold = subject.isTold ?? true;
    this.#done = subject.before ?? 0;
    this.#nextAt = this.#began + (this.#shown === 'json' ? LEAST_MS.json : FIRST_MS);
  }

  get seconds(): number {
    return (milliseconds() - this.#began) / 1000;
  }

  /** @param done - how many of the whole job are done by now */
  show(done: number): void {
    this.#done = done;
    if (this.#shown === undefined) return;
    const now = milliseconds();
    if (now < this.#nextAt) return;
    this.#nextAt = now + LEAST_MS[this.#shown];
    this.#wasTold = true;
    this.#write();
  }

  /** One more is done. */
  step(): void {
    this.show(this.#done + 1);
  }

  /** Items, each counted when the next one is asked for. */
  *counting<Item>(items: Iterable<Item>): Generator<Item, void, undefined> {
    for (const item of items) {
      yield item;
      this.step();
    }
  }

  #write(): void {
    const { unit, total, before = 0, details } = this.#subject;
    const state = {
      command: spoken().command,
      unit,
      done: this.#done,
      total,
      before,
      seconds: this.seconds,
      details: details?.() ?? [],
    };
    if (this.#shown === 'line') showLine(progressText(state));
    else writeProgress(progressJson(state));
  }

  /**
   * The job has come to its end: the line goes, and programs are told once more.
   *
   * @param done - how many are done where {@link show} was not told
   */
  end(done = this.#done): void {
    this.#done = done;
    if (this.#shown === 'json' && this.#wasTold) this.#write();
    this.clear();
  }

  /** Removes the line; whatever begins from now on is told of. */
  clear(): void {
    if (told?.progress !== this) return;
    told = undefined;
    clearLine();
  }
}
