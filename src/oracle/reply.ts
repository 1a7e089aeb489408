/** What comes of asking somebody who speaks the protocol: another program, or whoever answers in its place. */
import type { ErrorReply, SpansReply } from './read-answer.ts';
import type { OracleQuestion } from './write-request.ts';

/** What another program can do wrong as a program; a wrong answer is not among them. */
export type OracleProblemKind = 'crash' | 'hang' | 'garbage' | 'slow' | 'out-of-order';

/** What became of one question. */
export type OracleReply =
  | ({ readonly outcome: 'spans' } & SpansReply)
  | ({ readonly outcome: 'error' } & ErrorReply)
  | { readonly outcome: 'failed'; readonly kind: OracleProblemKind; readonly message: string };

/** Somebody who can be asked. */
export interface Oracle {
  /** Many may be asked without waiting. */
  ask(question: OracleQuestion): Promise<OracleReply>;
}
