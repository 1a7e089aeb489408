/** How many configs a second, from raw register writes to the histogram of the whole space? */
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { contiguous, SDM } from '../machines.ts';
import { figureOf, here, race } from '../rounds.ts';
import { type Question, rowOf } from '../row.ts';

const CONFIGS = 1000;

export const batch: Question = {
  ids: ['batch-8'],
  async ask({ effort, isTiny }) {
    const evaluator = createEvaluatorSync();
    const items = Array.from({ length: isTiny ? 20 : CONFIGS }, (_, i) => ({
      vcpu: contiguous(i + 1).vcpu,
      policy: SDM,
    }));
    const engine = here('engine', items.length, () => {
      for (const result of evaluator.evaluateMany(items)) {
        if ('error' in result) throw result.error;
      }
    });
    const times = await race([engine], effort);
    evaluator.dispose();
    const { median, spread } = figureOf(times.engine!.map((nanoseconds) => 1e9 / nanoseconds));
    return [
      rowOf({
        id: 'batch-8',
        what: 'whole-space histograms of random configs with 8 contiguous masks, one thread',
        times,
        ratios: { configsPerSecond: { median, spread } },
        bars: { configsPerSecond: { atLeast: 20000 } },
      }),
    ];
  },
};
