/** What does a layout cost that is made, answered by two policies and compared? */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { createEvaluatorSync, type Evaluator } from '../../src/engine/index.ts';
import { policy } from '../../src/policy/index.ts';
import { type BatchSide, type MsrWrite, vcpu } from '../../src/vm/index.ts';
import { type Contestant, here, race, speedRatio } from '../rounds.ts';
import { type Bench, NO_COMPILER, type Question, type Row, rowOf } from '../row.ts';

/** The built library: threads and processes of their own cannot run the sources. */
const LIBRARY = new URL('../../dist/src/index.js', import.meta.url).href;
const WORKER = new URL('../batch-worker.mjs', import.meta.url);
const GUEST = { maxphyaddr: 46, noncoherentDma: true } as const;
const SIDES: readonly BatchSide[] = ['sdm', 'kvm-5.16'].map((name) => ({
  vcpu: vcpu(GUEST),
  policy: policy(name),
}));
const SEED = 1n;
/** Layouts of a repetition in the Wasm and in C, and one after the other through the library. */
const LAYOUTS = 4096;
const VIEWED = 64;
/** Layouts of a turn of the threads: a call that takes far longer than to ask for it. */
const THREAD_LAYOUTS = 2 ** 19;
const MOST_ROUNDS = 15;

/** The way through the library that there is for one layout. */
function viewEach(evaluator: Evaluator, layouts: readonly (readonly MsrWrite[])[]): bigint {
  let pages = 0n;
  for (const msrs of layouts) {
    const guest = vcpu({ ...GUEST, msrs });
    const [a, b] = SIDES.map((side) => evaluator.view(guest, side.policy));
    pages += a!.compare(b!).pages;
    a!.dispose();
    b!.dispose();
  }
  return pages;
}

async function compareRow({ effort, native }: Bench): Promise<Row> {
  const evaluator = createEvaluatorSync();
  const batch = evaluator.batch({ sides: SIDES, seed: SEED });
  const layouts = Array.from({ length: VIEWED }, (_, index) => batch.layout(BigInt(index)));
  const contestants = [
    here('engine', LAYOUTS, () => batch.run(0n, LAYOUTS)),
    here('library', VIEWED, () => viewEach(evaluator, layouts)),
  ];
  if (native) {
    const line = (repeat: number): string => `run ${SEED} 0 ${LAYOUTS} ${repeat}`;
    if ((await native.batch.time(line(1))).sum !== batch.run(0n, LAYOUTS).digest) {
      throw new Error('native batch answers otherwise than the engine');
    }
    contestants.push({
      name: 'nativeBatch',
      units: LAYOUTS,
      run: async (repeat) => (await native.batch.time(line(repeat))).nanoseconds,
    });
  }
  const times = await race(contestants, effort);
  evaluator.dispose();
  return rowOf({
    id: 'batch-compare',
    what: 'layouts as firmware writes them, 1 to 8 ranges, made and compared under sdm and kvm-5.16, one by one',
    times,
    ratios: {
      library: speedRatio(times, 'engine', 'library'),
      nativeBatch: native && speedRatio(times, 'engine', 'nativeBatch'),
    },
    bars: { library: { atLeast: 40 }, nativeBatch: { atLeast: 0.6 } },
    note: native ? undefined : NO_COMPILER,
  });
}

function running(name: string, workers: readonly Worker[], layouts: number): Contestant {
  const count = layouts / workers.length;
  return {
    name,
    units: layouts,
    async run(repeat) {
      const begin = process.hrtime.bigint();
      for (let turn = 0; turn < repeat; turn++) {
        await Promise.all(
          workers.map((worker, place) => {
            worker.postMessage({ first: BigInt(place * count), count });
            return once(worker, 'message');
          }),
        );
      }
      return Number(process.hrtime.bigint() - begin);
    },
  };
}

async function threadsRow({ effort, isTiny }: Bench): Promise<Row> {
  const workers = [1, 2].map(() => new Worker(WORKER, { workerData: { entry: LIBRARY } }));
  const layouts = isTiny ? LAYOUTS : THREAD_LAYOUTS;
  const times = await race(
    [running('twoThreads', workers, layouts), running('oneThread', workers.slice(1), layouts)],
    { rounds: Math.min(MOST_ROUNDS, effort.rounds), turnMs: 1 },
  );
  await Promise.all(workers.map((worker) => worker.terminate()));
  return rowOf({
    id: 'batch-2-threads',
    what: 'the same in two threads over one',
    times,
    ratios: { oneThread: speedRatio(times, 'twoThreads', 'oneThread') },
    bars: { oneThread: { atLeast: 1.8 } },
  });
}

/** Resident memory after some layouts and after many more, MiB apart. */
function memoryRow({ isTiny }: Bench): Row {
  const [few, many] = isTiny ? [1e4, 1e5] : [1e6, 3e7];
  const script = `
    import { createEvaluatorSync, policy, vcpu } from '${LIBRARY}';
    const guest = vcpu({ maxphyaddr: 46, noncoherentDma: true });
    const sides = ['sdm', 'kvm-5.16'].map((name) => ({ vcpu: guest, policy: policy(name) }));
    const batch = createEvaluatorSync().batch({ sides });
    batch.run(0n, ${few});
    const before = process.memoryUsage().rss;
    batch.run(${few}n, ${many});
    process.stdout.write(String(Math.max(0, process.memoryUsage().rss - before)));
  `;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the library ended with ${status}: ${stderr}`);
  return rowOf({
    id: 'batch-memory',
    what: `resident memory that ${many.toExponential()} layouts take beyond what ${few.toExponential()} did, MiB`,
    ratios: { mib: Number(stdout) / 2 ** 20 },
    bars: { mib: { atMost: 8 } },
  });
}

export const batchCompare: Question = {
  ids: ['batch-compare', 'batch-2-threads', 'batch-memory'],
  ask: async (bench) => [await compareRow(bench), await threadsRow(bench), memoryRow(bench)],
};
