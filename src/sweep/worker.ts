/** One thread of a sweep: an engine of its own, which answers chunk after chunk. */
import { parentPort, workerData } from 'node:worker_threads';
import { createEngine } from '../engine/registry.ts';
import type { GfnRange } from '../types.ts';
import type { SweepJob } from './job.ts';

const { vcpu, policy } = workerData as SweepJob;
const view = createEngine('direct').open(vcpu, policy);
parentPort!.on('message', (chunk: GfnRange) => {
  parentPort!.postMessage(view.sweep!(chunk));
});
