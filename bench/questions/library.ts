/** What does one layout cost through the library and the oracle, against looking 4,096 frames up one by one? */
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { answerLine } from '../../src/oracle/index.ts';
import { policy } from '../../src/policy/index.ts';
import { vcpu } from '../../src/vm/index.ts';
import { Rng } from '../../test/generators/rng.ts';
import { SDM } from '../machines.ts';
import { type Contestant, here, race, timeRatio } from '../rounds.ts';
import { type Bench, type Question, type Row, rowOf } from '../row.ts';

const KVM = policy('kvm-5.16');
const WIDTH = 46;
const LAYOUTS = 64;
const REFERENCE_FRAMES = 4096;

/** Registers of firmware's kind: up to 8 ranges, fixed ranges in every other one. */
function registersOf(rng: Rng, hasFixed: boolean): Record<number, bigint> {
  const msrs: Record<number, bigint> = {};
  for (let range = rng.between(1, 8); range > 0; range--) {
    const size = 1n << BigInt(rng.between(20, 32));
    const base = (rng.bits(36) / size) * size;
    msrs[0x200 + 2 * (range - 1)] = base | rng.pick([0n, 0n, 6n, 6n, 4n, 1n]);
    msrs[0x201 + 2 * (range - 1)] = ((1n << BigInt(WIDTH)) - size) | 0x800n;
  }
  const fixed = hasFixed ? [0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f] : [];
  for (const msr of fixed) msrs[msr] = msr === 0x259 ? 0n : 0x0606060606060606n;
  msrs[0x2ff] = hasFixed ? 0xc06n : 0x800n;
  return msrs;
}

const INITS = Array.from({ length: LAYOUTS }, (_, seed) => ({
  maxphyaddr: WIDTH,
  msrs: registersOf(new Rng(seed + 1), seed % 2 === 0),
  noncoherentDma: true,
}));

/** The same as requests of the oracle, as a program writes them. */
const REQUESTS = INITS.map(({ msrs, ...init }, index) =>
  JSON.stringify({
    id: `r${index}`,
    want: 'ept',
    policy: index % 2 === 0 ? 'sdm' : 'kvm-5.16',
    ...init,
    msrs: Object.fromEntries(
      Object.entries(msrs).map(([msr, value]) => [
        `0x${Number(msr).toString(16)}`,
        `0x${value.toString(16)}`,
      ]),
    ),
  }),
);

/** Takes the next of the layouts at each turn. */
function inTurns(name: string, work: (index: number) => void): Contestant {
  let index = 0;
  return here(name, 1, () => work(index++ % LAYOUTS));
}

async function libraryRow({ effort }: Bench): Promise<Row> {
  const evaluator = createEvaluatorSync();
  const guests = INITS.map((init) => vcpu(init));
  const views = guests.map((guest) => [evaluator.view(guest, SDM), evaluator.view(guest, KVM)] as const);
  const times = await race(
    [
      inTurns('vcpu', (index) => void vcpu(INITS[index]!)),
      inTurns('view', (index) => evaluator.view(guests[index]!, index % 2 === 0 ? SDM : KVM).dispose()),
      inTurns('compare', (index) => void views[index]![0].compare(views[index]![1]).pages),
      inTurns('all', (index) => {
        const guest = vcpu(INITS[index]!);
        const a = evaluator.view(guest, SDM);
        const b = evaluator.view(guest, KVM);
        void a.compare(b).pages;
        a.dispose();
        b.dispose();
      }),
      inTurns('lookup', (index) => void views[index]![0].typesInto(TYPES, 0)),
    ],
    effort,
  );
  evaluator.dispose();
  return rowOf({
    id: 'library-compare',
    what: 'vcpu, two views and their comparison over 2^34 pages, 1 to 8 ranges; time over the types of 4,096 frames',
    ratios: { lookup: timeRatio(times, 'all', 'lookup') },
    times,
  });
}

const TYPES = new Uint8Array(REFERENCE_FRAMES);

async function oracleRow({ effort }: Bench): Promise<Row> {
  const evaluator = createEvaluatorSync();
  const bytes = REQUESTS.map((request) => JSON.parse(request) as object);
  const times = await race(
    [
      inTurns('answer', (index) => void answerLine(evaluator, REQUESTS[index]!)),
      inTurns('json', (index) => void JSON.stringify(bytes[index]).length),
    ],
    effort,
  );
  evaluator.dispose();
  return rowOf({
    id: 'oracle-answer',
    what: 'one request of the oracle as text to its answer as text; time over writing the same request as JSON',
    ratios: { json: timeRatio(times, 'answer', 'json') },
    times,
  });
}

export const library: Question = {
  ids: ['library-compare', 'oracle-answer'],
  ask: async (bench) => [await libraryRow(bench), await oracleRow(bench)],
};
