/** How much work something is, counted and not timed: V8 says how often each block of the sources was entered. */
import { type Profiler, Session } from 'node:inspector';
import { setFlagsFromString } from 'node:v8';

// What is optimized away, or thrown out as unused, is not counted: the process goes on without.
for (const flag of ['--no-opt', '--no-maglev', '--no-flush-bytecode']) setFlagsFromString(flag);

/** Every block and function that ran in `run`, times how often; what is built in, and WebAssembly, count as the call alone. */
export function executedBlocks(run: () => void): number {
  const session = new Session();
  session.connect();
  const post = (method: string, params?: object): unknown => {
    let answer: unknown;
    session.post(method, params, (error, result) => {
      if (error) throw error;
      answer = result;
    });
    return answer;
  };
  try {
    post('Profiler.enable');
    post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    run();
    const { result } = post('Profiler.takePreciseCoverage') as Profiler.TakePreciseCoverageReturnType;
    let count = 0;
    for (const { url, functions } of result) {
      if (!url.includes('/src/')) continue;
      for (const { ranges } of functions) for (const range of ranges) count += range.count;
    }
    return count;
  } finally {
    post('Profiler.stopPreciseCoverage');
    post('Profiler.disable');
    session.disconnect();
  }
}
