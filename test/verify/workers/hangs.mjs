/** Takes a chunk and never comes back. */
import { parentPort } from 'node:worker_threads';

parentPort.on('message', () => {
  for (;;);
});
