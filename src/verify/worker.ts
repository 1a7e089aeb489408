/** One thread of a visit: an engine of its own, which answers chunk after chunk. */
import { parentPort, workerData } from 'node:worker_threads';
import { createEvaluatorSync } from '../engine/evaluator.ts';
import { type VerifyJob, visitorOf } from './job.ts';
import type { WorkerReply, WorkerRequest } from './messages.ts';

const visitChunk = visitorOf(createEvaluatorSync({ engine: 'direct' }), workerData as VerifyJob);

function replyTo({ id, chunk }: WorkerRequest): WorkerReply {
  try {
    return { kind: 'visited', id, visited: visitChunk(chunk) };
  } catch (error) {
    return { kind: 'failed', id, reason: error instanceof Error ? error.message : String(error) };
  }
}

parentPort?.on('message', (request: WorkerRequest) => parentPort?.postMessage(replyTo(request)));
