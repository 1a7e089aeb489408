/** Asks the solver of the claims of statements. */
import { type Claim, refutation, type Statement, type Subject } from './claim.ts';
import { Executor } from './execute.ts';
import type { WasmModule } from './module.ts';
import { RULES } from './rules.ts';
import { type Answer, solve } from './solver.ts';

/** After which a claim counts as open. */
export const SECONDS_A_CLAIM = 600;

export interface Proved {
  readonly statement: Statement;
  readonly claim: Claim;
  /** `never` refuted is proved. */
  readonly answer: Answer;
  readonly seconds: number;
}

export function subjectOf(module: WasmModule): Subject {
  return {
    module,
    executor: (options) => new Executor(module, options),
    has: (name) => module.functions.has(name),
  };
}

async function answered(claim: Claim, seconds: number): Promise<Answer> {
  const answer = await solve([refutation(claim)], seconds);
  // Conditions that may be anything may be so together as the Wasm never has them.
  const isSure = answer.kind !== 'model' || !claim.any?.length;
  return isSure ? answer : solve([refutation({ ...claim, any: [] })], seconds);
}

/** Work for each claim of a statement. */
export function* proofs(
  statement: Statement,
  subject: Subject,
  seconds = SECONDS_A_CLAIM,
): Generator<() => Promise<Proved>> {
  for (const claim of statement.claims(subject, RULES)) {
    yield async () => {
      const begin = performance.now();
      const answer = await answered(claim, seconds);
      return { statement, claim, answer, seconds: (performance.now() - begin) / 1000 };
    };
  }
}

/** Values that refute the planted error of a statement: those of the first claim that it makes wrong. */
export async function refutePlanted(
  statement: Statement,
  subject: Subject,
  seconds = SECONDS_A_CLAIM,
): Promise<ReadonlyMap<string, bigint> | undefined> {
  for (const claim of statement.claims(subject, { ...RULES, ...statement.planted.rules })) {
    const answer = await answered(claim, seconds);
    if (answer.kind === 'model') return answer.model;
  }
  return undefined;
}
