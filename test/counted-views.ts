/** Views as they are opened and given back. */
import type { Evaluator } from '../src/engine/index.ts';

/**
 * Counts what an evaluator opens from now on.
 *
 * @returns views that are open, and all that ever were
 */
export function countViews(evaluator: Evaluator): { now: number; ever: number } {
  const open = { now: 0, ever: 0 };
  const own = evaluator.view.bind(evaluator);
  Object.assign(evaluator, {
    view: (...words: Parameters<typeof own>) => {
      const view = own(...words);
      const dispose = view.dispose.bind(view);
      open.now += 1;
      open.ever += 1;
      return Object.assign(view, {
        dispose: () => {
          open.now -= 1;
          dispose();
        },
      });
    },
  });
  return open;
}
