/** `eptsweep oracle`: the serving end of the oracle protocol on standard input and output. */
import type { Readable, Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { createEngine } from '../engine/registry.ts';
import { PROTOCOL_VERSION, serve } from '../oracle/index.ts';
import { ENGINE_NAMES, type Engine, type EngineName } from '../vm/index.ts';

const EXIT_DONE = 0;
const EXIT_BAD_INPUT = 2;
const EXIT_INTERRUPTED = 130;

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
  readonly engine: Engine;
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
  try {
    for await (const line of serve(engine, input)) {
      if (outputFailure || output.destroyed) break;
      if (!output.write(line) && !output.destroyed) await drained(output);
      if (performance.now() - turnStarted > LONGEST_TURN_MS) {
        await nextTurn();
        turnStarted = performance.now();
      }
    }
  } catch (problem) {
    const failure = problem as NodeJS.ErrnoException;
    if (!outputFailure && !output.destroyed) {
      say(`eptsweep oracle: cannot read the requests: ${failure.message}`);
      return EXIT_BAD_INPUT;
    }
  }
  if (outputFailure && outputFailure.code !== 'EPIPE') {
    say(`eptsweep oracle: cannot write the answers: ${outputFailure.message}`);
    return EXIT_BAD_INPUT;
  }
  return EXIT_DONE;
}

async function runOracle(options: { engine: EngineName; protocol?: true }): Promise<void> {
  const { stdin, stdout, stderr } = process;
  if (options.protocol) {
    stdout.write(`${PROTOCOL_VERSION}\n`);
    return;
  }
  process.once('SIGINT', () => process.exit(EXIT_INTERRUPTED));
  if (stdin.isTTY) {
    stderr.write('eptsweep oracle: one JSON request a line, please; Ctrl-D ends. See docs/oracle.md.\n');
  }
  const engine = createEngine(options.engine);
  try {
    const say = (line: string) => void stderr.write(`${line}\n`);
    process.exitCode = await serveStreams({ engine, input: stdin, output: stdout, say });
  } finally {
    engine.dispose();
  }
}

const EXAMPLES = `
Examples:
  $ eptsweep oracle < requests.jsonl > answers.jsonl
  $ echo '{"id":1,"want":"mtrr","maxphyaddr":36,"msrs":{"0x2ff":"0x806"}}' | eptsweep oracle
  {"id":1,"spans":[["0x0","0x1000000",6]]}
  $ eptsweep oracle --protocol
  1`;

/**
 * The sub-command.
 *
 * @returns a command to add to the program
 */
export function oracleCommand(): Command {
  return new Command('oracle')
    .description('answer requests of the oracle protocol, one JSON object a line, from standard input')
    .addOption(
      new Option('--engine <name>', 'who answers').choices(ENGINE_NAMES).default('auto' satisfies EngineName),
    )
    .option('--protocol', 'print the version of the protocol and end')
    .addHelpText('after', EXAMPLES)
    .action(runOracle);
}
