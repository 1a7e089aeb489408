export type { SweepJob, SweepOptions, SweptChunk } from './job.ts';
export { MOST_THREADS, sweep, sweepInWorkers, threadsOf } from './sweep.ts';
export { isSame, nothingVerified, reduced, type Verified, verify } from './verify.ts';
