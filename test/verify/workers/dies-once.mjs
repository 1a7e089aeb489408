/** Ends itself at its first chunk unless the marker file is there; then it is the real worker. */
import { existsSync, writeFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';

const marker = process.env.EPTSWEEP_TEST_MARKER ?? '';
if (existsSync(marker)) await import('../../../dist/src/bin/verify-worker.cjs');
else {
  writeFileSync(marker, '');
  parentPort.on('message', () => process.exit(1));
}
