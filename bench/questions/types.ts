/** Do runs of types come at the speed of stores? */
import { TYPE_TILE_FRAMES } from '../../src/vm/index.ts';
import { contiguous, SDM } from '../machines.ts';
import { here, race, speedRatio } from '../rounds.ts';
import { type Question, rowOf } from '../row.ts';
import { createEngines, memoryFill } from '../wasm.ts';

/** Tiles of one repetition: the first 16 GiB, where all edges are. */
const TILES = 32;

export const types: Question = {
  ids: ['types-contiguous-tile'],
  async ask({ effort }) {
    const { module, auto } = createEngines();
    const view = auto.open(contiguous(1).vcpu, SDM);
    const engine = here('engine', TILES * TYPE_TILE_FRAMES, () => {
      for (let tile = 0; tile < TILES; tile++) view.types(tile * TYPE_TILE_FRAMES, TYPE_TILE_FRAMES);
    });
    const times = await race([engine, memoryFill(module, TYPE_TILE_FRAMES)], effort);
    return [
      rowOf({
        id: 'types-contiguous-tile',
        what: 'types, contiguous masks, 128 KiB tile reused',
        times,
        ratios: { memoryFill: speedRatio(times, 'engine', 'memoryFill') },
        bars: { memoryFill: { atLeast: 0.75 } },
      }),
    ];
  },
};
