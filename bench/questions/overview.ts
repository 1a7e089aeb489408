/** How fast is each engine, page by page and in runs, beside memory.fill? By tinybench, one after the other. */
import { Bench as TinyBench } from 'tinybench';
import { createReferenceEngine } from '../../src/reference/index.ts';
import { TILE_FRAMES, TYPE_TILE_FRAMES } from '../../src/vm/index.ts';
import { contiguous, SDM } from '../machines.ts';
import { numberLoop } from '../number-loop.ts';
import { type Question, rowOf } from '../row.ts';
import { createEngines, memoryFill } from '../wasm.ts';

/** Frames that the slow contestants answer a repetition. */
const FEW = 1024;
/** Above the fixed ranges. */
const FIRST = 0x10000;

export const overview: Question = {
  ids: ['overview-types', 'overview-entries'],
  async ask({ isTiny }) {
    const machine = contiguous(1);
    const { module, auto, direct, scalar } = createEngines();
    const views = {
      reference: createReferenceEngine().open(machine.vcpu, SDM),
      directScalar: scalar.open(machine.vcpu, SDM),
      direct: direct.open(machine.vcpu, SDM),
      auto: auto.open(machine.vcpu, SDM),
    };
    const loop = numberLoop(machine);
    const out = new Uint8Array(TILE_FRAMES);
    const rows = [];
    for (const kind of ['types', 'entries'] as const) {
      const tile = kind === 'types' ? TYPE_TILE_FRAMES : TILE_FRAMES;
      const bench = new TinyBench({
        time: isTiny ? 1 : 200,
        warmupTime: isTiny ? 1 : 50,
        iterations: 3,
        warmupIterations: 1,
      });
      const units = new Map<string, number>();
      const add = (name: string, frames: number, work: () => void): void => {
        units.set(name, frames);
        bench.add(name, () => {
          work();
        });
      };
      add('reference', FEW, () => views.reference[kind](FIRST, FEW));
      if (kind === 'types') add('numberLoop', TILE_FRAMES, () => loop(FIRST, out));
      add('directScalar', TILE_FRAMES, () => views.directScalar[kind](FIRST, TILE_FRAMES));
      add('direct', tile, () => views.direct[kind](FIRST, tile));
      add('auto', tile, () => views.auto[kind](FIRST, tile));
      const fill = memoryFill(module, TYPE_TILE_FRAMES);
      add('memoryFill', tile, () => {
        void fill.run(1);
      });
      await bench.run();
      const nanoseconds = Object.fromEntries(
        bench.tasks.map(({ name, result }) => {
          if (result.state !== 'completed') throw new Error(`${name}: ${result.state}`);
          return [name, [(result.latency.p50 * 1e6) / units.get(name)!]];
        }),
      );
      rows.push(
        rowOf({
          id: `overview-${kind}`,
          what: `${kind} of contiguous masks, each engine by itself`,
          times: nanoseconds,
          ratios: { reference: nanoseconds.reference![0]! / nanoseconds.auto![0]! },
        }),
      );
    }
    return rows;
  },
};
