/** Do two threads sweep faster than one? Every page of 2^30, one by one. */
import { type VerifyJob, visit } from '../../src/verify/index.ts';
import { contiguous, SDM } from '../machines.ts';
import { type Contestant, race, speedRatio } from '../rounds.ts';
import { type Question, rowOf } from '../row.ts';

/** The built worker: from the sources, sweep looks for it beside them. */
const WORKER = new URL('../../dist/src/bin/verify-worker.cjs', import.meta.url);
const MOST_ROUNDS = 7;

function sweeping(name: string, job: VerifyJob, pages: number, threads: number): Contestant {
  return {
    name,
    units: pages,
    async run() {
      const begin = process.hrtime.bigint();
      const range = { start: 0, end: pages };
      const chunks = visit(job, range, { threads, worker: WORKER });
      for await (const _chunk of chunks);
      return Number(process.hrtime.bigint() - begin);
    },
  };
}

export const threads: Question = {
  ids: ['direct-2-threads'],
  async ask({ effort, isTiny }) {
    const pages = isTiny ? 2 ** 22 : 2 ** 30;
    const job: VerifyJob = { vcpu: contiguous(1).vcpu, policy: SDM };
    const contestants = [sweeping('twoThreads', job, pages, 2), sweeping('oneThread', job, pages, 1)];
    // A turn is one sweep: the whole of it, workers started and ended.
    const times = await race(contestants, {
      rounds: Math.min(MOST_ROUNDS, effort.rounds),
      turnMs: 1,
      warmUpTurns: isTiny ? 0 : 1,
    });
    return [
      rowOf({
        id: 'direct-2-threads',
        what: 'digest and pages by type of 2^30 pages one by one, two threads over one, workers started anew',
        times,
        ratios: { oneThread: speedRatio(times, 'twoThreads', 'oneThread') },
        bars: { oneThread: { atLeast: 1.5 } },
      }),
    ];
  },
};
