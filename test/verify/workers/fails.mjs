/** Says of every chunk that it could not be visited. */
import { parentPort } from 'node:worker_threads';

parentPort.on('message', ({ id }) =>
  parentPort.postMessage({ kind: 'failed', id, reason: 'no luck\nat all' }),
);
