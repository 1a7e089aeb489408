export type { SweepJob, SweepOptions, Swept, SweptChunk } from './job.ts';
export { MOST_THREADS, sweep, sweepInWorkers, threadsOf } from './sweep.ts';
export { nothingVerified, reduced, type Verified, verify } from './verify.ts';
