/** What the process that runs the tests is told, and what it says. */
import type { Mutant } from './operators.ts';
import type { Room } from './rooms.ts';

/** Its argument. */
export interface Job {
  readonly scratch: string;
  readonly builds: Room['builds'];
  readonly tests: readonly string[];
}

/** A mutant to try; without one, the tree as it is. */
export interface Task {
  readonly mutant?: Mutant;
}

/** What became of it. */
export interface Outcome {
  readonly kind: 'killed' | 'survived' | 'timeout' | 'refused' | 'same';
  /** The test that failed, or what the compiler said. */
  readonly by: string;
  readonly cpuSeconds: number;
}

/** What the process says. */
export type Said =
  | { readonly kind: 'ready' }
  /** The processor time it has used since it began. */
  | { readonly kind: 'used'; readonly cpuSeconds: number }
  /** A file of tests begins: from here the clock of a mutant runs anew. */
  | { readonly kind: 'begins'; readonly cpuSeconds: number }
  | { readonly kind: 'outcome'; readonly outcome: Outcome };
