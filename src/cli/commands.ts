/** The commands, each imported only when it is needed. */
import type { Command } from 'commander';

/** Name and loader of each command, in the order of the help. */
export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  map: async () => (await import('./map.ts')).mapCommand(),
  explain: async () => (await import('./explain.ts')).explainCommand(),
  diff: async () => (await import('./diff.ts')).diffCommand(),
  fuzz: async () => (await import('./fuzz.ts')).fuzzCommand(),
  sweep: async () => (await import('./sweep/sweep.ts')).sweepCommand(),
  share: async () => (await import('./share.ts')).shareCommand(),
  replay: async () => (await import('./replay.ts')).replayCommand(),
  trace: async () => (await import('./trace.ts')).traceCommand(),
  verify: async () => (await import('./verify.ts')).verifyCommand(),
  check: async () => (await import('./check.ts')).checkCommand(),
  assert: async () => (await import('./assert.ts')).assertCommand(),
  fit: async () => (await import('./fit.ts')).fitCommand(),
  convert: async () => (await import('./convert.ts')).convertCommand(),
  page: async () => (await import('./page.ts')).pageCommand(),
  capture: async () => (await import('./capture.ts')).captureCommand(),
  vectors: async () => (await import('./vectors.ts')).vectorsCommand(),
  oracle: async () => (await import('./oracle.ts')).oracleCommand(),
  list: async () => (await import('./list.ts')).listCommand(COMMANDS),
  completion: async () => (await import('./completion.ts')).completionCommand(COMMANDS),
};
