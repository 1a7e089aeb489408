/** One thread of a sweep: an engine of its own, which answers chunk after chunk. */
import { parentPort, workerData } from 'node:worker_threads';
import { createEngine } from '../engine/registry.ts';
import type { GfnRange } from '../types.ts';
import { type SweepJob, sweeper } from './job.ts';

const sweepChunk = sweeper(createEngine('direct'), workerData as SweepJob);
parentPort!.on('message', (chunk: GfnRange) => {
  parentPort!.postMessage(sweepChunk(chunk));
});
