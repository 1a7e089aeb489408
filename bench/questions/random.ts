/** What does a page of a list cost, such as a trace's, in any order? */
import { TILE_FRAMES } from '../../src/vm/index.ts';
import { Rng } from '../../test/generators/rng.ts';
import { anyMasks, SDM } from '../machines.ts';
import { here, race, speedRatio } from '../rounds.ts';
import { NO_COMPILER, type Question, rowOf } from '../row.ts';
import { createEngines } from '../wasm.ts';
import { nativePlan, sumOfTypes } from './direct.ts';

export const random: Question = {
  ids: ['random-10'],
  async ask({ effort, native }) {
    const machine = anyMasks(2, 10);
    const rng = new Rng(10);
    const list = Float64Array.from({ length: TILE_FRAMES }, () => Number(rng.bits(40)));
    const { auto, direct } = createEngines();
    const view = auto.open(machine.vcpu, SDM);
    const slow = direct.open(machine.vcpu, SDM);
    const contestants = [
      here('engine', list.length, () => view.typesOf(list)),
      here('directScalar', list.length, () => slow.typesOf(list)),
    ];
    if (native) {
      const { naive } = native;
      await nativePlan(naive, machine);
      await naive.ask(`list ${list.length} ${list.join(' ')}`);
      const { sum } = await naive.time('look 1');
      if (sum !== sumOfTypes(view.typesOf(list))) {
        throw new Error('native naive finds other types than the engine');
      }
      contestants.push({
        name: 'nativeNaive',
        units: list.length,
        run: async (repeat) => (await naive.time(`look ${repeat}`)).nanoseconds,
      });
    }
    const times = await race(contestants, effort);
    return [
      rowOf({
        id: 'random-10',
        what: 'types of 16384 pages in random order, 10 masks of any bits',
        times,
        ratios: {
          nativeNaive: native && speedRatio(times, 'engine', 'nativeNaive'),
          directScalar: speedRatio(times, 'engine', 'directScalar'),
        },
        bars: { nativeNaive: { atLeast: 1 }, directScalar: { atLeast: 3 } },
        note: native ? undefined : NO_COMPILER,
      }),
    ];
  },
};
