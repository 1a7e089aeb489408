/** What does a page cost where every register is asked, whatever the masks are? */
import { TYPE_TILE_FRAMES } from '../../src/vm/index.ts';
import { anyMasks, type Machine, SDM, SEEDS, withHoles } from '../machines.ts';
import type { NativeProgram } from '../native.ts';
import { numberLoop } from '../number-loop.ts';
import { type Contestant, figureOf, here, race, speedRatio } from '../rounds.ts';
import { type Bench, NO_COMPILER, type Question, type Row, rowOf } from '../row.ts';
import { createEngines } from '../wasm.ts';

/** Where the pages lie: above the fixed ranges, across an edge of the kernel's blocks. */
const FIRST = 0x1ff8000;

/** Check sum of types, as the C program has it. */
export function sumOfTypes(types: Uint8Array): bigint {
  return BigInt(types.reduce((sum, type) => (Math.imul(sum, 31) + type) >>> 0, 0));
}

/** Tells the C program the rules of a machine. */
export async function nativePlan(naive: NativeProgram, { rules, defaultType }: Machine): Promise<void> {
  const words = rules.map(({ mask, value, type }) => `${mask} ${value} ${type}`);
  await naive.ask(`plan ${rules.length} ${defaultType} ${words.join(' ')}`);
}

async function nativeRange(naive: NativeProgram, expected: bigint): Promise<Contestant> {
  const range = `range ${FIRST} ${TYPE_TILE_FRAMES}`;
  const { sum } = await naive.time(`${range} 1`);
  if (sum !== expected) throw new Error('native naive finds other types than the engine');
  return {
    name: 'nativeNaive',
    units: TYPE_TILE_FRAMES,
    run: async (repeat) => (await naive.time(`${range} ${repeat}`)).nanoseconds,
  };
}

async function eightRow({ effort, native }: Bench): Promise<Row> {
  const machine = anyMasks(1, 8);
  const { direct, scalar } = createEngines();
  const view = direct.open(machine.vcpu, SDM);
  const slow = scalar.open(machine.vcpu, SDM);
  const expected = sumOfTypes(view.types(FIRST, TYPE_TILE_FRAMES));
  const loop = numberLoop(machine);
  const out = new Uint8Array(TYPE_TILE_FRAMES);
  loop(FIRST, out);
  if (sumOfTypes(out) !== expected) throw new Error('the number loop finds other types than the engine');
  if (native) await nativePlan(native.naive, machine);
  const times = await race(
    [
      here('engine', TYPE_TILE_FRAMES, () => view.types(FIRST, TYPE_TILE_FRAMES)),
      here('directScalar', TYPE_TILE_FRAMES, () => slow.types(FIRST, TYPE_TILE_FRAMES)),
      here('numberLoop', TYPE_TILE_FRAMES, () => loop(FIRST, out)),
      ...(native ? [await nativeRange(native.naive, expected)] : []),
    ],
    effort,
  );
  return rowOf({
    id: 'direct-simd-8',
    what: 'types page by page, 8 masks of any bits, SIMD',
    times,
    ratios: {
      nativeNaive: native && speedRatio(times, 'engine', 'nativeNaive'),
      numberLoop: speedRatio(times, 'engine', 'numberLoop'),
      directScalar: speedRatio(times, 'engine', 'directScalar'),
    },
    bars: { nativeNaive: { atLeast: 1.8 }, numberLoop: { atLeast: 10 } },
    note: native ? undefined : NO_COMPILER,
  });
}

async function holesRow({ effort, isTiny, native }: Bench): Promise<Row> {
  const { direct } = createEngines();
  const perSeed = { ...effort, rounds: Math.max(3, Math.ceil(effort.rounds / 3)) };
  const ratios: number[] = [];
  for (const seed of native ? SEEDS.slice(0, isTiny ? 2 : SEEDS.length) : []) {
    const machine = withHoles(seed);
    const view = direct.open(machine.vcpu, SDM);
    await nativePlan(native!.naive, machine);
    const contestant = await nativeRange(native!.naive, sumOfTypes(view.types(FIRST, TYPE_TILE_FRAMES)));
    const engine = here('engine', TYPE_TILE_FRAMES, () => view.types(FIRST, TYPE_TILE_FRAMES));
    const times = await race([engine, contestant], perSeed);
    ratios.push(speedRatio(times, 'engine', 'nativeNaive').median);
    view.dispose();
  }
  return rowOf({
    id: 'direct-simd-10-holes',
    what: 'types page by page, 10 masks with holes, 16 seeds, SIMD',
    ratios: { nativeNaive: native && figureOf(ratios) },
    bars: { nativeNaive: { atLeast: 1.5 } },
    note: native ? undefined : NO_COMPILER,
  });
}

export const direct: Question = {
  ids: ['direct-simd-8', 'direct-simd-10-holes'],
  ask: async (bench) => [await eightRow(bench), await holesRow(bench)],
};
