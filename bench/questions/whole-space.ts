/** What does a whole space of 2^40 pages cost, the plan included, against filling 64 MiB once? */
import { contiguous, type Machine, SDM, SEEDS, sparse, withHoles } from '../machines.ts';
import { type Figure, figureOf, here, race, timeRatio } from '../rounds.ts';
import { type Bench, type Question, type Row, rowOf } from '../row.ts';
import { createEngines, type Engines, LONG_BYTES, memoryFill } from '../wasm.ts';

/** Time of some work over that of one memory.fill of 64 MiB. */
async function overFill(engines: Engines, { effort, isTiny }: Bench, work: () => void): Promise<Figure> {
  const fill = memoryFill(engines.module, LONG_BYTES, 1);
  const rounds = isTiny ? 2 : effort.rounds;
  return timeRatio(
    await race([here('engine', 1, work), fill], { ...effort, rounds }),
    'engine',
    'memoryFill',
  );
}

/** The same, the median over machines. */
async function overMachines(
  bench: Bench,
  machines: readonly Machine[],
  work: (engines: Engines, machine: Machine) => void,
): Promise<Figure> {
  const ratios: number[] = [];
  const effort = { ...bench.effort, rounds: Math.max(3, Math.ceil(bench.effort.rounds / 3)) };
  const engines = createEngines();
  const fill = memoryFill(engines.module, LONG_BYTES, 1);
  for (const machine of machines) {
    const times = await race([here('engine', 1, () => work(engines, machine)), fill], effort);
    ratios.push(timeRatio(times, 'engine', 'memoryFill').median);
  }
  return figureOf(ratios);
}

function reduce({ auto }: Engines, { vcpu }: Machine): void {
  const view = auto.open(vcpu, SDM);
  view.totals('ept');
  view.digest();
  view.dispose();
}

async function histogramRow(bench: Bench): Promise<Row> {
  const engines = createEngines();
  const { vcpu } = contiguous(1);
  const fill64m = await overFill(engines, bench, () => {
    const view = engines.auto.open(vcpu, SDM);
    view.totals('ept');
    view.dispose();
  });
  return rowOf({
    id: 'histogram-contiguous-2^40',
    what: 'pages by type of 2^40 pages, 8 contiguous masks, plan included; time over 64 MiB memory.fill',
    ratios: { fill64m },
    bars: { fill64m: { atMost: 1 / 100 } },
  });
}

async function contiguousRow(bench: Bench): Promise<Row> {
  const engines = createEngines();
  const machine = contiguous(1);
  return rowOf({
    id: 'reduce-contiguous-2^40',
    what: 'pages by type and digest of 2^40 pages, 8 contiguous masks, plan included',
    ratios: { fill64m: await overFill(engines, bench, () => reduce(engines, machine)) },
    bars: { fill64m: { atMost: 1 / 40 } },
  });
}

async function holesRow(bench: Bench): Promise<Row> {
  const machines = SEEDS.slice(0, bench.isTiny ? 2 : SEEDS.length).map((seed) => withHoles(seed));
  return rowOf({
    id: 'reduce-holes-2^40',
    what: 'pages by type and digest of 2^40 pages, 10 masks with holes, 16 seeds, plan included',
    ratios: { fill64m: await overMachines(bench, machines, reduce) },
    bars: { fill64m: { atMost: 1 / 10 } },
  });
}

/** Compares a machine with the next seed's, plans included. */
function comparing(next: (seed: number) => Machine, machines: readonly Machine[]) {
  const others = new Map(machines.map((machine, index) => [machine, next(index + 2)]));
  return ({ auto }: Engines, machine: Machine): void => {
    const a = auto.open(machine.vcpu, SDM);
    const b = auto.open(others.get(machine)!.vcpu, SDM);
    auto.compare!(a, b, 'ept');
    a.dispose();
    b.dispose();
  };
}

async function compareRow(bench: Bench): Promise<Row> {
  const machines = SEEDS.slice(0, bench.isTiny ? 2 : SEEDS.length).map((seed) => withHoles(seed));
  return rowOf({
    id: 'compare-holes-2^40',
    what: 'pages that differ, by pair of types, of two machines with holes over 2^40 pages, 16 seeds',
    ratios: { fill64m: await overMachines(bench, machines, comparing(withHoles, machines)) },
    bars: { fill64m: { atMost: 1 / 4 } },
  });
}

async function sparseRow(bench: Bench): Promise<Row> {
  const seeds = SEEDS.slice(0, bench.isTiny ? 1 : 4);
  const machines = seeds.map((seed) => sparse(seed));
  const effort = { rounds: Math.min(3, bench.effort.rounds), turnMs: bench.effort.turnMs };
  const compare = comparing(sparse, machines);
  const fill64m = await overMachines({ ...bench, effort }, machines, compare);
  const engines = createEngines();
  const before = engines.module.sizeBytes;
  let peakMib = 0;
  for (const machine of machines) {
    compare(engines, machine);
    peakMib = Math.max(peakMib, (engines.module.sizeBytes - before) / 2 ** 20);
  }
  return rowOf({
    id: 'compare-sparse-2^40',
    what: 'the same with masks that test 1 to 3 bits; peak of the memory that it takes',
    ratios: { fill64m, peakMiB: peakMib },
    bars: { fill64m: { atMost: 250 }, peakMiB: { atMost: 64 } },
  });
}

export const wholeSpace: Question = {
  ids: ['histogram-contiguous-2^40', 'reduce-contiguous-2^40', 'reduce-holes-2^40'],
  ask: async (bench) => [await histogramRow(bench), await contiguousRow(bench), await holesRow(bench)],
};

export const comparison: Question = {
  ids: ['compare-holes-2^40', 'compare-sparse-2^40'],
  ask: async (bench) => [await compareRow(bench), await sparseRow(bench)],
};
