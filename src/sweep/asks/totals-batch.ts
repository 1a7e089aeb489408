/** `totals` of layouts that are made: pages by answer, as {@link askTotals} sums them point by point. */
import { answerText } from '../../diff/index.ts';
import { sumOf } from './context.ts';
import type { MadeQuestion } from './made.ts';

/** Asks for totals. */
export const TOTALS_MADE: MadeQuestion = {
  sides: (_, own) => [own],
  take({ context: { tally, spec }, combination }, { matrix }) {
    for (const { a, pages } of matrix) {
      tally.add(sumOf({ combination }, `pages/${answerText(spec.want, a)}`), pages);
    }
  },
};
