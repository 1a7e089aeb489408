/** One answer out of several engines: a golden row is what all of them say, each on its own. */
import type { Evaluator, View } from '../engine/index.ts';
import { EptsweepError, WrmsrFault } from '../errors.ts';
import type { Policy } from '../policy/index.ts';
import type { Vcpu } from '../vm/index.ts';

/** Text in which equal answers are equal. */
function textOf(answer: unknown): string {
  return JSON.stringify(answer, (_, value: unknown) =>
    typeof value === 'bigint' ? `0x${value.toString(16)}` : value,
  );
}

/**
 * What all engines answer.
 *
 * @param evaluators - at least one
 * @param ask - puts the question to a view
 * @param about - what is asked about, for the message
 * @returns the answer; undefined where every engine refuses a register write
 * @throws EptsweepError `internal` where two engines differ
 */
export function settledAnswer<Answer>(
  evaluators: readonly Evaluator[],
  vcpu: Vcpu,
  policy: Policy,
  ask: (view: View) => Answer,
  about: string,
): Answer | undefined {
  const answers = evaluators.map((evaluator) => {
    let view: View;
    try {
      view = evaluator.view(vcpu, policy);
    } catch (error) {
      if (error instanceof WrmsrFault) return undefined;
      throw error;
    }
    try {
      return ask(view);
    } finally {
      view.dispose();
    }
  });
  const [first] = answers;
  if (answers.some((answer) => textOf(answer) !== textOf(first))) {
    const said = answers.map((answer, at) => `${evaluators[at]!.engine} ${textOf(answer)}`);
    throw new EptsweepError('internal', `the engines differ about ${about}: ${said.join(', ')}`);
  }
  return first;
}
