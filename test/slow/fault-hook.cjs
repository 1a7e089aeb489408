/**
 * Loaded before the program (`node --require`): kills it in the middle of writing, at a byte or right before the rename, and
 * gives it the process id that containers give all.
 *
 *   FAULT=write|rename   where it is killed
 *   FAULT=thread|threads its first thread ends when it is first heard of, or each does
 *   FAULT_PID=1          the id that it believes to have
 */
const fs = require('node:fs');

const { FAULT, FAULT_PID } = process.env;
const own = process.pid;
if (FAULT_PID) Object.defineProperty(process, 'pid', { value: Number(FAULT_PID) });

const temporaries = new Set();
const { openSync, renameSync, writeSync } = fs;

fs.openSync = (path, flags, ...rest) => {
  const descriptor = openSync(path, flags, ...rest);
  if (flags === 'wx') temporaries.add(descriptor);
  return descriptor;
};
fs.writeSync = (descriptor, bytes, ...rest) => {
  if (FAULT !== 'write' || !temporaries.has(descriptor)) return writeSync(descriptor, bytes, ...rest);
  writeSync(descriptor, bytes, 0, Math.ceil(bytes.length / 2));
  process.kill(own, 'SIGKILL');
};
fs.renameSync = (...paths) => {
  if (FAULT === 'rename') process.kill(own, 'SIGKILL');
  return renameSync(...paths);
};

if (FAULT === 'thread' || FAULT === 'threads') {
  const threads = require('node:worker_threads');
  let ended = 0;
  threads.Worker = class extends threads.Worker {
    constructor(...args) {
      super(...args);
      if (FAULT === 'thread' && ended++ > 0) return;
      this.once('message', () => void this.terminate());
    }
  };
  require('node:module').syncBuiltinESMExports();
}
