/** Asks the solver of the claims of statements, as many at a time as there are processors. */
import { availableParallelism } from 'node:os';
import { type Claim, refutation, type Statement, type Subject } from './claim.ts';
import { Executor } from './execute.ts';
import type { WasmModule } from './module.ts';
import { RULES } from './rules.ts';
import { type Answer, solve } from './solver.ts';

/** After which a claim counts as open. */
export const SECONDS_A_CLAIM = 240;

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

async function proved(statement: Statement, claim: Claim, seconds: number): Promise<Proved> {
  const begin = performance.now();
  const answer = await solve([refutation(claim)], seconds);
  return { statement, claim, answer, seconds: (performance.now() - begin) / 1000 };
}

/** Answers of all claims of some statements, in their order. */
export async function* prove(
  statements: readonly Statement[],
  subject: Subject,
  seconds = SECONDS_A_CLAIM,
): AsyncGenerator<Proved> {
  const running: Promise<Proved>[] = [];
  for (const statement of statements) {
    for (const claim of statement.claims(subject, RULES)) {
      running.push(proved(statement, claim, seconds));
      if (running.length >= availableParallelism()) yield await running.shift()!;
    }
  }
  for (const one of running) yield await one;
}

/** Values that refute the planted error of a statement: those of the first claim that it makes wrong. */
export async function refutePlanted(
  statement: Statement,
  subject: Subject,
  seconds = SECONDS_A_CLAIM,
): Promise<ReadonlyMap<string, bigint> | undefined> {
  for (const claim of statement.claims(subject, { ...RULES, ...statement.planted.rules })) {
    const answer = await solve([refutation(claim)], seconds);
    if (answer.kind === 'model') return answer.model;
  }
  return undefined;
}
