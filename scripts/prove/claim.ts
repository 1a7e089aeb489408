/** What is claimed of the Wasm: that a run gives what a rule says, for all inputs. */

import { equal } from './bitvectors.ts';
import { and, not } from './conditions.ts';
import type { Executor } from './execute.ts';
import type { WasmModule } from './module.ts';
import type { Rules } from './rules.ts';
import { type Term, variable } from './term.ts';
import { replaced } from './walk.ts';

/** One claim: where `assumed` holds, every `got` is its `want`, and the run's obligations hold. */
export interface Claim {
  /** What of the Wasm it is about, such as `directMtrrTypesScalar`. */
  readonly about: string;
  readonly assumed: readonly Term[];
  readonly pairs: readonly { readonly got: Term; readonly want: Term }[];
  readonly obligations: readonly Term[];
  /**
   * Conditions that may be anything: what holds whatever they are, holds for what they say. It spares the solver what
   * they are made of. A refutation then need not be one of the Wasm, so that it is looked for again without this.
   */
  readonly any?: readonly Term[];
}

/** A rule in words, and the claims that the Wasm follows it. */
export interface Statement {
  readonly id: string;
  readonly title: string;
  /** Where the rule stands. */
  readonly source: string;
  /** Claims of a build; those about functions that it has inlined are left out by `has`. */
  readonly claims: (subject: Subject, rules: Rules) => Iterable<Claim>;
  /** A wrong rule that has to be refuted. */
  readonly planted: { readonly what: string; readonly rules: Partial<Rules> };
  /** Values that refute it as a config, where registers are among them. */
  readonly config?: (model: ReadonlyMap<string, bigint>) => readonly string[];
}

/** A build, and whether a function stands alone in it. */
export interface Subject {
  readonly module: WasmModule;
  readonly executor: (options?: ConstructorParameters<typeof Executor>[1]) => Executor;
  readonly has: (name: string) => boolean;
}

/** What would refute a claim: values that satisfy all of this. */
export function refutation({ assumed, pairs, obligations, any = [] }: Claim): Term {
  const holds = and(...pairs.map(({ got, want }) => equal(got, want)), ...obligations);
  const refuted = and(...assumed, not(holds));
  return replaced(refuted, new Map(any.map((one, index) => [one, variable(`any${index}`, 0)])));
}
