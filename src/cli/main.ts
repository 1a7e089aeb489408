#!/usr/bin/env node
import { run } from './run.ts';

// Where nobody hears what is wrong there is nobody to tell; the exit code says it still.
process.stderr.on('error', () => undefined);

// Not awaited at the top: the bundle that ships is CommonJS, which starts faster than modules do.
run(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode;
});
