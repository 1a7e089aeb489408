/** A sample of the points, asked again of another engine: what it says otherwise is a finding. */
import { answerText } from '../../diff/index.ts';
import type { View } from '../../engine/index.ts';
import type { Total, Want } from '../../types.ts';
import type { Query } from '../../vm/index.ts';
import type { Case } from '../cases.ts';
import { type AskContext, countContradiction } from './context.ts';

/** Totals in words, in one order whoever counts. */
export function totalsText(want: Want, totals: readonly Total[]): string {
  return totals
    .map((total) => `${answerText(want, total)} ${total.pages}`)
    .sort()
    .join(', ');
}

/** Whether a point is one of those that are asked again: one in so many, by its number. */
export function isSample(point: bigint, oneIn: number): boolean {
  return oneIn > 0 && point % BigInt(oneIn) === 0n;
}

/**
 * Asks the witness for a view's totals again, where the point is of the sample.
 *
 * @param query - frames that were asked for
 */
export function verify({ spec, world, tally }: AskContext, one: Case, view: View, query: Query = {}): void {
  if (!isSample(one.point, spec.verify.reference)) return;
  const { want } = spec;
  const theirs = world.witness.view(view.vcpu, view.policy);
  try {
    tally.add('verified');
    const [a, b] = [view, theirs].map((side) => totalsText(want, side.totals(want, query)));
    if (a === b) return;
    const text = `${world.evaluator.engine} counts ${a}; ${world.witness.engine} counts ${b}`;
    countContradiction(tally, one.point, text);
  } finally {
    theirs.dispose();
  }
}
