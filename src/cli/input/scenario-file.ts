/** Scenarios by name, from files, and from standard input. JSON lines are never held as a whole, but for standard input. */
import { createReadStream } from 'node:fs';
import { dirname } from 'node:path';
import { areScenarioLines } from '../../config/scenario/read-text.ts';
import { SCENARIOS, scenarioNamed } from '../../config/scenarios/index.ts';
import { textOf } from '../../open/input.ts';
import { didYouMean } from '../../suggest.ts';
import { UsageError } from '../output/exit.ts';
import { takeStdin } from './input-file.ts';
import { chunksOfFile, linesOfChunks } from './line-file.ts';

/** A scenario's text, and where it is from. */
export interface ScenarioInput {
  readonly text: string | (() => Iterable<string>);
  /** Its name, for messages. */
  readonly file: string;
  /** What the files that it names are relative to. */
  readonly folder: string;
}

/** Largest scenario that is read as a whole. */
const MOST_BYTES = 64 << 20;
/** Most JSON lines that are kept from standard input, which cannot be read twice. */
const MOST_LINE_BYTES = 512 << 20;

function tooLarge(argument: string, isLines: boolean): UsageError {
  return isLines
    ? new UsageError(
        `${argument}: expected up to 512 MiB of JSON lines from standard input, got more: give a file`,
      )
    : new UsageError(
        `${argument}: expected a scenario of up to 64 MiB, got more: give its head on the first line and an event on each further one, in a file that ends in .ndjson`,
      );
}

async function chunksOf(argument: string): Promise<readonly Buffer[]> {
  const stream = argument === '-' ? takeStdin() : createReadStream(argument);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
      if (size <= MOST_BYTES) continue;
      const isLines = argument === '-' && areScenarioLines(textOf(chunks[0]!));
      if (!isLines || size > MOST_LINE_BYTES) throw tooLarge(argument, isLines);
    }
  } catch (error) {
    throw error instanceof UsageError ? error : Object.assign(error as Error, { path: argument });
  }
  return chunks;
}

function noScenario(argument: string, name: string): UsageError {
  const names = SCENARIOS.map((one) => one.name);
  const hint = didYouMean(name, names);
  const remedy = hint ? ` (${hint})` : ' (see eptsweep replay --list)';
  return new UsageError(`${name}: no scenario of that name${remedy}; a file is given as ./${argument}`);
}

/**
 * What an argument names.
 *
 * @param vcpus - another number of vCPUs, for scenarios that are written for any
 * @throws UsageError for a name that is none, and a text that is too large
 */
export async function scenarioInput(argument: string, vcpus: number | undefined): Promise<ScenarioInput> {
  const ready = scenarioNamed(argument, vcpus);
  if (ready) return { text: ready.text, file: ready.name, folder: '.' };
  const [name] = argument.split(',') as [string];
  if (argument !== '-' && !/[/\\.]/.test(name)) throw noScenario(argument, name);
  const place =
    argument === '-' ? { file: '<stdin>', folder: '.' } : { file: argument, folder: dirname(argument) };
  if (/\.(ndjson|jsonl)$/.test(argument)) {
    return { ...place, text: () => linesOfChunks(chunksOfFile(argument)) };
  }
  const chunks = await chunksOf(argument);
  const isLines = argument === '-' && areScenarioLines(textOf(chunks[0] ?? Buffer.of()));
  return { ...place, text: isLines ? () => linesOfChunks(chunks) : textOf(Buffer.concat(chunks)) };
}
