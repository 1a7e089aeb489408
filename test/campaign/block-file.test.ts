/** A block file vouches for itself: every cut and every changed byte of it is noticed. */
import { describe, expect, it } from 'vitest';
import { type BlockFile, blockFileText, readBlockFile } from '../../src/campaign/block-file.ts';
import {
  blockIndexOf,
  blockPath,
  failedPath,
  startedPath,
  tablePath,
} from '../../src/campaign/results-layout.ts';

const FILE: BlockFile = {
  campaign: 'c'.repeat(64),
  block: 123,
  id: '0a1b2c3d4e5f60718293a4b5c6d7e8f9'.repeat(2),
  counters: { sums: { points: '18014398509481986' } },
  tables: [{ path: 'data/points/ask=totals/x.parquet', bytes: 10, sha256: 'd'.repeat(64) }],
};

describe('a block file', () => {
  const text = blockFileText(FILE);

  it('is read back, from the same text each time', () => {
    expect(readBlockFile(text)).toEqual(FILE);
    expect(blockFileText(readBlockFile(text) as BlockFile)).toBe(text);
  });

  it('is known to be torn wherever it is cut', () => {
    for (let length = 0; length < text.length; length++) {
      expect(readBlockFile(text.slice(0, length))).toBe('it is torn');
    }
  });

  it('is known to be changed whichever byte of it is', () => {
    for (let at = 0; at < text.length; at++) {
      const changed = `${text.slice(0, at)}${text[at] === '1' ? '2' : '1'}${text.slice(at + 1)}`;
      expect(typeof readBlockFile(changed)).toBe('string');
    }
  });

  it('of another format is not read', () => {
    const sealed = blockFileText(FILE).replace('block@1', 'block@2');
    expect(readBlockFile(sealed)).toBe('its SHA-256 does not fit');
  });
});

describe('names in a results folder', () => {
  const block = { index: 123, id: FILE.id };

  it('are those that the docs promise', () => {
    expect(blockPath(block)).toBe('blocks/00/000123-0a1b2c3d4e5f6071.json');
    expect(blockPath({ ...block, index: 1_234_567 })).toBe('blocks/123/1234567-0a1b2c3d4e5f6071.json');
    expect(
      tablePath(block, 'points', [
        ['ask', 'compare'],
        ['policy', 'kvm-5.14+levelCheck=none'],
      ]),
    ).toBe('data/points/ask=compare/policy=kvm-5.14%2BlevelCheck%3Dnone/000123-0a1b2c3d4e5f6071.parquet');
    expect([startedPath(block, 2), failedPath(block)]).toEqual([
      'started/0a1b2c3d4e5f6071.2',
      'failed/0a1b2c3d4e5f6071.json',
    ]);
  });

  it('give the number of a block back', () => {
    expect(blockIndexOf('000123-0a1b2c3d4e5f6071.json')).toBe(123);
    expect(blockIndexOf('1234567-0a1b2c3d4e5f6071.json')).toBe(1_234_567);
    expect(blockIndexOf('README.md')).toBeUndefined();
  });
});
