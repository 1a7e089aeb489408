/** Options that several commands behind `sweep` have. */
import { availableParallelism } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { MOST_THREADS } from '../../verify/index.ts';
import { SUMMARY_FORMATS, type SummaryFormat } from '../../write/sweep/output.ts';
import { widthOption } from '../options.ts';

/** Values of {@link addSummaryOptions}. */
export interface SummaryOptions {
  readonly format: SummaryFormat;
  readonly json?: true;
  readonly color?: boolean;
  readonly width: number;
}

/** Values of {@link addRunOptions}. */
export interface RunCliOptions extends SummaryOptions {
  readonly output: string;
  readonly threads: number;
  readonly queue?: string;
}

/** Adds what a summary is printed as. */
export function addSummaryOptions(command: Command, formats: readonly string[] = SUMMARY_FORMATS): Command {
  return command
    .addOption(new Option('-f, --format <format>', 'how to print').choices(formats).default(formats[0]))
    .option('--json', 'the same as -f json')
    .addOption(widthOption())
    .option('--color', 'colours even where the output is no terminal')
    .option('--no-color', 'no colours');
}

/** `-o`: the folder of results. */
export function folderOption(): Option {
  return new Option(
    '-o, --output <dir>',
    'folder of the results; it is made, or gone on with',
  ).makeOptionMandatory();
}

function threadCount(text: string): number {
  const count = Number(text);
  if (!/^\d{1,3}$/.test(text) || count > MOST_THREADS) {
    throw new InvalidArgumentError(`expected 0..${MOST_THREADS}`);
  }
  return count;
}

/** `--threads`. */
export function threadsOption(): Option {
  return new Option('--threads <n>', 'blocks that are computed at once')
    .argParser(threadCount)
    .default(availableParallelism(), 'as many as the machine runs at once');
}

/** A share of the blocks: `1%`, `0.5 %`. */
export function shareArgument(text: string): number {
  const match = /^(\d{1,3}(?:\.\d{1,6})?) ?%$/.exec(text);
  const share = Number(match?.[1]) / 100;
  if (!match || share > 1) throw new InvalidArgumentError('expected a share in per cent: 1%');
  return share;
}
