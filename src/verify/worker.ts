/** One thread of a sweep: an engine of its own, which answers chunk after chunk. */
import { parentPort, workerData } from 'node:worker_threads';
import { createEngine } from '../engine/registry.ts';
import { type SweepJob, sweeper } from './job.ts';
import type { WorkerReply, WorkerRequest } from './messages.ts';

const sweepChunk = sweeper(createEngine('direct'), workerData as SweepJob);

function replyTo({ id, chunk }: WorkerRequest): WorkerReply {
  try {
    return { kind: 'swept', id, swept: sweepChunk(chunk) };
  } catch (error) {
    return { kind: 'failed', id, reason: error instanceof Error ? error.message : String(error) };
  }
}

parentPort?.on('message', (request: WorkerRequest) => parentPort?.postMessage(replyTo(request)));
