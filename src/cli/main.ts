#!/usr/bin/env node
import { ownProcess } from './output/streams.ts';
import { run } from './run.ts';

ownProcess();

// Not awaited at the top: the bundle that ships is CommonJS, which starts faster than modules do.
run(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode;
});
