/** How does a reduction's time grow with the range, and with the number of registers? */
import { contiguous, SDM, withHoles } from '../machines.ts';
import { figureOf, here, race, timeRatio } from '../rounds.ts';
import { type Question, rowOf } from '../row.ts';
import { createEngines } from '../wasm.ts';

/** Orders of range lengths that are plotted; the first and the last but two make the bar. */
const ORDERS = [20, 25, 30, 35, 40] as const;
const REGISTERS = [1, 2, 4, 8, 16, 24, 32, 40] as const;

/** Microseconds of histogram and digest by length of the range and by number of registers. */
export interface Growth {
  readonly byOrder: readonly (readonly [number, number])[];
  readonly contiguousByRegisters: readonly (readonly [number, number])[];
  readonly holesByRegisters: readonly (readonly [number, number])[];
}

let last: Growth | undefined;

/** What the last run measured, for the plots. */
export function lastGrowth(): Growth | undefined {
  return last;
}

export const growth: Question = {
  ids: ['reduce-growth'],
  async ask({ effort, isTiny }) {
    const { auto } = createEngines();
    const view = auto.open(contiguous(1).vcpu, SDM);
    const times = await race(
      ORDERS.map((order) => {
        const range = { start: 0, end: 2 ** order };
        return here(String(order), 1, () => {
          view.totals('ept', { range });
          view.digest(range);
        });
      }),
      effort,
    );
    const medians = (of: typeof times, names: readonly number[]): [number, number][] =>
      names.map((name) => [name, figureOf(of[String(name)]!).median / 1000]);
    const registers = REGISTERS.filter((count) => !isTiny || count <= 8);
    const byRegisters = async (machineOf: typeof contiguous): Promise<[number, number][]> => {
      const contestants = registers.map((count) => {
        const { vcpu } = machineOf(1, count);
        return here(String(count), 1, () => {
          const one = auto.open(vcpu, SDM);
          one.totals('ept');
          one.digest();
          one.dispose();
        });
      });
      return medians(await race(contestants, { ...effort, rounds: 3 }), registers);
    };
    last = {
      byOrder: medians(times, ORDERS),
      contiguousByRegisters: await byRegisters(contiguous),
      holesByRegisters: await byRegisters(withHoles),
    };
    return [
      rowOf({
        id: 'reduce-growth',
        what: 'pages by type and digest: time of 2^40 pages over that of 2^30, plan built before',
        times,
        ratios: { growth: timeRatio(times, '40', '30') },
        bars: { growth: { atMost: 2 } },
      }),
    ];
  },
};
