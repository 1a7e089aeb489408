/** `eptsweep oracle`: the serving end of the oracle protocol on standard input and output. */

import type { Readable, Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Command } from 'commander';
import { createEvaluatorSync } from '../engine/evaluator.ts';
import type { Evaluator } from '../engine/index.ts';
import { PROTOCOL_VERSION, serve } from '../oracle/index.ts';
import { visibleLines } from '../visible.ts';
import type { EngineName } from '../vm/index.ts';
import { addExamples, engineOption } from './options.ts';
import { EXIT_BAD_INPUT, EXIT_OK, fileProblem } from './output/exit.ts';
import { complain } from './output/notes.ts';
import { writeLines } from './output/output.ts';

/** Answers come in an unbroken row of microtasks; signals and a closed pipe are only seen between turns. */
const LONGEST_TURN_MS = 50;

/** Resolves when the stream takes more, or never will. */
function drained(output: Writable): Promise<void> {
  return new Promise((resolve) => {
    const events = ['drain', 'close', 'error'];
    const done = () => {
      for (const event of events) output.off(event, done);
      resolve();
    };
    for (const event of events) output.on(event, done);
  });
}

/** What a run of {@link serveStreams} needs. */
export interface OracleStreams {
  readonly engine: Evaluator;
  readonly input: Readable;
  readonly output: Writable;
  /** One line for people. */
  readonly say: (line: string) => void;
}

/**
 * Serves requests until the input closes, at the reader's pace.
 *
 * @returns the exit code: 0 also where the reader closes its end first, 2 where a stream fails
 */
export async function serveStreams({ engine, input, output, say }: OracleStreams): Promise<number> {
  let outputFailure: NodeJS.ErrnoException | undefined;
  const onOutputFailure = (failure: NodeJS.ErrnoException) => {
    outputFailure ??= failure;
    input.destroy();
  };
  output.on('error', onOutputFailure);
  let turnStarted = performance.now();
  let isAsked = false;
  try {
    for await (const answers of serve(engine, input)) {
      isAsked = true;
      if (outputFailure || output.destroyed) break;
      if (!output.write(visibleLines(answers)) && !output.destroyed) await drained(output);
      if (performance.now() - turnStarted > LONGEST_TURN_MS) {
        await nextTurn();
        turnStarted = performance.now();
      }
    }
  } catch (problem) {
    const failure = problem as NodeJS.ErrnoException;
    if (!outputFailure && !output.destroyed) {
      say(`eptsweep oracle: cannot read the requests: ${fileProblem(failure)}`);
      return EXIT_BAD_INPUT;
    }
  }
  if (outputFailure && outputFailure.code !== 'EPIPE') {
    say(`eptsweep oracle: cannot write the answers: ${fileProblem(outputFailure)}`);
    return EXIT_BAD_INPUT;
  }
  if (!isAsked && !outputFailure)
    say('eptsweep oracle: no request came on standard input: nothing to answer');
  return EXIT_OK;
}

async function runOracle(options: { engine: EngineName; protocol?: true }): Promise<void> {
  const { stdin, stdout } = process;
  if (options.protocol) {
    return writeLines([String(PROTOCOL_VERSION)]);
  }
  if (stdin.isTTY) complain('eptsweep oracle: reads one JSON request a line; Ctrl-D ends');
  const engine = createEvaluatorSync({ engine: options.engine });
  try {
    process.exitCode = await serveStreams({ engine, input: stdin, output: stdout, say: complain });
  } finally {
    engine.dispose();
  }
}

/** `oracle`. */
export function oracleCommand(): Command {
  const command = new Command('oracle')
    .description('answer requests of the oracle protocol, one JSON object a line, from standard input')
    .addOption(engineOption())
    .option('--protocol', 'print the version of the protocol and end')
    .action(runOracle);
  return addExamples(
    command,
    `$ echo '{"id":1,"maxphyaddr":36,"msrs":{"0x2ff":"0x806"}}' | eptsweep oracle`,
    `$ echo '{"id":2,"maxphyaddr":46,"policy":"kvm-6.8"}' | eptsweep oracle --engine reference`,
    '$ eptsweep oracle --protocol',
    'The protocol is described in docs/oracle.md.',
  );
}
