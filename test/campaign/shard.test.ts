/** Which blocks a run takes, from the command line and from what job arrays say. */
import { describe, expect, it } from 'vitest';
import { blocksOf, parseBlocks, parseShard } from '../../src/campaign/shard.ts';

describe('--shard', () => {
  it.each([
    ['0/1', {}, { index: 0, of: 1 }],
    ['6/7', {}, { index: 6, of: 7 }],
    ['auto', { SLURM_ARRAY_TASK_ID: '3', SLURM_ARRAY_TASK_COUNT: '8' }, { index: 3, of: 8 }],
    [
      'auto',
      { SLURM_ARRAY_TASK_ID: '3', SLURM_ARRAY_TASK_COUNT: '8', SLURM_ARRAY_TASK_MIN: '1' },
      { index: 2, of: 8 },
    ],
    [
      'auto',
      {
        SLURM_ARRAY_TASK_ID: '14',
        SLURM_ARRAY_TASK_COUNT: '4',
        SLURM_ARRAY_TASK_MIN: '2',
        SLURM_ARRAY_TASK_STEP: '4',
      },
      { index: 3, of: 4 },
    ],
    ['auto', { JOB_COMPLETION_INDEX: '0', JOB_COMPLETIONS: '5' }, { index: 0, of: 5 }],
    ['auto', { AWS_BATCH_JOB_ARRAY_INDEX: '4', AWS_BATCH_JOB_ARRAY_SIZE: '5' }, { index: 4, of: 5 }],
  ])('%s with %j', (text, environment, expected) => {
    expect(parseShard(text, environment)).toEqual(expected);
  });

  it.each([
    ['7/7', {}, 'shard: expected i/n with 0 <= i < n, got 7/7'],
    ['0/0', {}, 'shard: expected i/n with 0 <= i < n, got 0/0'],
    ['1', {}, 'shard: expected i/n, as in 0/4, or auto, got "1"'],
    ['-1/3', {}, 'shard: expected i/n, as in 0/4, or auto, got "-1/3"'],
    [
      'auto',
      {},
      'shard: auto: none of SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX, AWS_BATCH_JOB_ARRAY_INDEX is set (give it as i/n)',
    ],
    [
      'auto',
      { JOB_COMPLETION_INDEX: '2' },
      'shard: JOB_COMPLETION_INDEX is 2, and JOB_COMPLETIONS is not set: of how many is it one? (set it in the manifest, beside completions)',
    ],
    [
      'auto',
      { SLURM_ARRAY_TASK_ID: '9', SLURM_ARRAY_TASK_COUNT: '3' },
      'shard: expected i/n with 0 <= i < n, got SLURM_ARRAY_TASK_ID=9 of SLURM_ARRAY_TASK_COUNT=3',
    ],
  ])('%s with %j is refused', (text, environment, message) => {
    expect(() => parseShard(text, environment)).toThrow(message);
  });

  it.each([1, 2, 3, 7, 30])('parts blocks into %i without rest or overlap', (of) => {
    const all = Array.from({ length: of }, (_, index) => [...blocksOf(23, { index, of })]).flat();
    expect(all.sort((a, b) => a - b)).toEqual(Array.from({ length: 23 }, (_, index) => index));
  });
});

describe('--blocks', () => {
  it.each([
    ['3', [3]],
    ['17,3,5-7', [3, 5, 6, 7, 17]],
    ['5-7,6-8,5', [5, 6, 7, 8]],
  ])('%s', (text, expected) => {
    expect(parseBlocks(text, 20)).toEqual(expected);
  });

  it.each([
    ['20', 'blocks: the last block is 19, got 20'],
    ['7-5', 'blocks: expected numbers and ranges, as in 3,17,40-99, got "7-5"'],
    ['', 'blocks: expected numbers and ranges, as in 3,17,40-99, got ""'],
    ['1,,2', 'blocks: expected numbers and ranges, as in 3,17,40-99, got ""'],
    ['a', 'blocks: expected numbers and ranges, as in 3,17,40-99, got "a"'],
  ])('%j is refused', (text, message) => {
    expect(() => parseBlocks(text, 20)).toThrow(message);
  });
});
