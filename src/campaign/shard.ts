/** Which blocks a run takes: all, every n-th, or those named. */
import { InputRangeError } from '../errors.ts';

/** Every `of`-th block, from `index` on. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Most shards that can be asked for; more than there are blocks are empty. */
const MOST_SHARDS = 10_000_000;

function shardOf(index: number, of: number, source: string): Shard {
  const isWhole = Number.isInteger(index) && Number.isInteger(of);
  if (isWhole && of >= 1 && of <= MOST_SHARDS && index >= 0 && index < of) return { index, of };
  throw new InputRangeError('shard', `expected i/n with 0 <= i < n, got ${source}`);
}

/** Variables in which job arrays say which of them this is, of how many, and from where in what steps they count. */
const ARRAYS: readonly {
  readonly index: string;
  readonly count: string;
  readonly least?: string;
  readonly step?: string;
}[] = [
  {
    index: 'SLURM_ARRAY_TASK_ID',
    count: 'SLURM_ARRAY_TASK_COUNT',
    least: 'SLURM_ARRAY_TASK_MIN',
    step: 'SLURM_ARRAY_TASK_STEP',
  },
  { index: 'JOB_COMPLETION_INDEX', count: 'JOB_COMPLETIONS' },
  { index: 'AWS_BATCH_JOB_ARRAY_INDEX', count: 'AWS_BATCH_JOB_ARRAY_SIZE' },
];

function shardOfArray(environment: Environment): Shard {
  for (const array of ARRAYS) {
    const index = environment[array.index];
    if (index === undefined) continue;
    const count = environment[array.count];
    if (count === undefined) {
      throw new InputRangeError(
        'shard',
        `${array.index} is ${index}, and ${array.count} is not set: of how many is it one?`,
        array.count === 'JOB_COMPLETIONS' ? 'set it in the manifest, beside completions' : undefined,
      );
    }
    const least = Number(environment[array.least ?? ''] ?? 0);
    const step = Number(environment[array.step ?? ''] ?? 1);
    return shardOf(
      (Number(index) - least) / step,
      Number(count),
      `${array.index}=${index} of ${array.count}=${count}`,
    );
  }
  const names = ARRAYS.map(({ index }) => index).join(', ');
  throw new InputRangeError('shard', `auto: none of ${names} is set`, 'give it as i/n');
}

/**
 * Reads `--shard`.
 *
 * @param text - `2/7`, counted from 0, or `auto` for what a job array says in the environment
 * @throws InputError where it is no shard
 * @example
 * parseShard('2/7', {}); // { index: 2, of: 7 }
 */
export function parseShard(text: string, environment: Environment): Shard {
  if (text === 'auto') return shardOfArray(environment);
  const match = /^(\d{1,9})\/(\d{1,9})$/.exec(text);
  if (!match) throw new InputRangeError('shard', `expected i/n, as in 0/4, or auto, got "${text}"`);
  return shardOf(Number(match[1]), Number(match[2]), text);
}

/**
 * Reads `--blocks`.
 *
 * @param text - `3,17,40-99`, numbers from 0
 * @param blocks - of the campaign
 * @returns ascending, each once
 * @throws InputError where it is malformed or names blocks that there are not
 * @example
 * parseBlocks('3,5-7', 10); // [3, 5, 6, 7]
 */
export function parseBlocks(text: string, blocks: number): number[] {
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(part);
    const [first, last] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
    if (!match || last < first) {
      throw new InputRangeError('blocks', `expected numbers and ranges, as in 3,17,40-99, got "${part}"`);
    }
    if (last >= blocks) {
      throw new InputRangeError('blocks', `the last block is ${blocks - 1}, got ${last}`);
    }
    for (let index = first; index <= last; index++) found.add(index);
  }
  return [...found].sort((a, b) => a - b);
}

/** Blocks of a shard, ascending. */
export function* blocksOf(blocks: number, { index, of }: Shard): Generator<number, void, undefined> {
  for (let block = index; block < blocks; block += of) yield block;
}
