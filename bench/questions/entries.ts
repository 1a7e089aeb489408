/** Do runs of entries come at the speed of stores? Contiguous masks; a tile, and a buffer that fits no cache. */
import type { EngineView } from '../../src/vm/engine.ts';
import { TILE_FRAMES } from '../../src/vm/index.ts';
import { contiguous, SDM, SEEDS, withHoles } from '../machines.ts';
import type { NativeProgram } from '../native.ts';
import { type Contestant, figureOf, here, race, speedRatio } from '../rounds.ts';
import { type Bench, NO_COMPILER, type Question, type Row, rowOf } from '../row.ts';
import { createEngines, LONG_BYTES, memoryFill, vectorStores } from '../wasm.ts';

/** Tiles of one repetition: the first 16 GiB, where all edges are. */
const TILES = 256;

/** Tells the C program the spans of a view, and checks that it writes the same entries. */
export async function nativeFill(fill: NativeProgram, view: EngineView): Promise<Contestant> {
  const end = TILES * TILE_FRAMES;
  const spans = [...view.spans('ept', { range: { start: 0, end } })].map((span) => {
    const address = BigInt(span.start) << 12n;
    return `${span.end} ${view.entries(span.start, 1)[0]! ^ address}`;
  });
  await fill.ask(`spans ${spans.length} ${spans.join(' ')}`);
  const { sum } = await fill.time(`tiles 0 ${TILES} ${TILE_FRAMES} 1`);
  const last = view.entries(end - TILE_FRAMES, TILE_FRAMES).reduce((xor, entry) => xor ^ entry, 0n);
  if (sum !== last) throw new Error('native fill writes other entries than the engine');
  return {
    name: 'nativeFill',
    units: TILES * TILE_FRAMES,
    run: async (repeat) => (await fill.time(`tiles 0 ${TILES} ${TILE_FRAMES} ${repeat}`)).nanoseconds,
  };
}

function engineEntries(view: EngineView): Contestant {
  return here('engine', TILES * TILE_FRAMES, () => {
    for (let tile = 0; tile < TILES; tile++) view.entries(tile * TILE_FRAMES, TILE_FRAMES);
  });
}

async function tileRow({ effort, native }: Bench): Promise<Row> {
  const { module, auto } = createEngines();
  const view = auto.open(contiguous(1).vcpu, SDM);
  const tile = view.entries(0, 1).byteOffset;
  const times = await race(
    [
      engineEntries(view),
      memoryFill(module, TILE_FRAMES * 8, TILE_FRAMES, tile),
      vectorStores(module, TILE_FRAMES * 8, TILE_FRAMES, tile),
      ...(native ? [await nativeFill(native.fill, view)] : []),
    ],
    effort,
  );
  return rowOf({
    id: 'entries-contiguous-tile',
    what: 'entries, contiguous masks, 128 KiB tile reused',
    times,
    ratios: {
      vectorStores: speedRatio(times, 'engine', 'vectorStores'),
      memoryFill: speedRatio(times, 'engine', 'memoryFill'),
      nativeFill: native && speedRatio(times, 'engine', 'nativeFill'),
    },
    bars: { memoryFill: { atLeast: 0.75 }, nativeFill: { atLeast: 0.9 } },
    note: native ? undefined : NO_COMPILER,
  });
}

async function longRow({ effort, isTiny }: Bench): Promise<Row> {
  const bytes = isTiny ? LONG_BYTES / 64 : LONG_BYTES;
  const { module, auto } = createEngines();
  const view = auto.open(contiguous(1).vcpu, SDM);
  const buffer = auto.entryBuffer!(bytes / 8);
  const fill = memoryFill(module, bytes, bytes / 8, buffer.entries.byteOffset);
  const times = await race([here('engine', bytes / 8, () => view.fill!(buffer, 0)), fill], effort);
  return rowOf({
    id: 'entries-contiguous-64m',
    what: 'entries, contiguous masks, 64 MiB buffer reused',
    times,
    ratios: { memoryFill: speedRatio(times, 'engine', 'memoryFill') },
    bars: { memoryFill: { atLeast: 0.75 } },
  });
}

async function holesRow({ effort, isTiny, native }: Bench): Promise<Row> {
  const { module, auto } = createEngines();
  const contestant = native && (await nativeFill(native.fill, auto.open(contiguous(1).vcpu, SDM)));
  const tile = auto.open(contiguous(1).vcpu, SDM).entries(0, 1).byteOffset;
  const fill = memoryFill(module, TILE_FRAMES * 8, TILE_FRAMES, tile);
  const perSeed = { ...effort, rounds: Math.max(3, Math.ceil(effort.rounds / 3)) };
  const toNative: number[] = [];
  const toFill: number[] = [];
  for (const seed of isTiny ? SEEDS.slice(0, 2) : SEEDS) {
    const view = auto.open(withHoles(seed).vcpu, SDM);
    const times = await race([engineEntries(view), fill, ...(contestant ? [contestant] : [])], perSeed);
    toFill.push(speedRatio(times, 'engine', 'memoryFill').median);
    if (contestant) toNative.push(speedRatio(times, 'engine', 'nativeFill').median);
    view.dispose();
  }
  return rowOf({
    id: 'entries-holes-tile',
    what: 'entries, 10 masks with holes, 16 seeds, 128 KiB tile; native fill of contiguous masks',
    ratios: { nativeFill: contestant && figureOf(toNative), memoryFill: figureOf(toFill) },
    bars: { nativeFill: { atLeast: 0.6 } },
    note: native ? undefined : NO_COMPILER,
  });
}

export const entries: Question = {
  ids: ['entries-contiguous-tile', 'entries-contiguous-64m', 'entries-holes-tile'],
  ask: async (bench) => [await tileRow(bench), await longRow(bench), await holesRow(bench)],
};
