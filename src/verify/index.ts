export type { VerifyJob, Visited, VisitedChunk, VisitOptions } from './job.ts';
export { MOST_THREADS, threadsOf, visit, visitInWorkers } from './pages.ts';
export { nothingVerified, reduced, type Verified, verify } from './verify.ts';
