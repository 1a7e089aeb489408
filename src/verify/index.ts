export type { SweepJob, SweepOptions, Swept, SweptChunk } from './job.ts';
export { MOST_THREADS, sweep, sweepInWorkers, threadsOf } from './pages.ts';
export { nothingVerified, reduced, type Verified, verify } from './verify.ts';
