/** A thread of `batch-2-threads`: runs the layouts that it is told, with an evaluator of its own. */
import { parentPort, workerData } from 'node:worker_threads';

const { createEvaluatorSync, policy, vcpu } = await import(workerData.entry);
const guest = vcpu({ maxphyaddr: 46, noncoherentDma: true });
const sides = ['sdm', 'kvm-5.16'].map((name) => ({ vcpu: guest, policy: policy(name) }));
const batch = createEvaluatorSync().batch({ sides, seed: 1n });
parentPort.on('message', ({ first, count }) => parentPort.postMessage(batch.run(first, count).digest));
