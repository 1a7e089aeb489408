/** The first number of a list that is no frame, which eight at a time are looked at for. */
import { describe, expect, it } from 'vitest';
import { loadWasm } from '../../src/wasm/index.ts';

const wasm = loadWasm();
const FRAMES = 2 ** 24;
const GOOD = [0, 1, FRAMES - 1, 4096];

function first(list: readonly number[], frames = FRAMES): number {
  const pointer = wasm.allocate(list.length * 8 + 64);
  wasm.doubles.set([...list, -1, -1], pointer / 8);
  const index = wasm.exports.firstBadFrame(pointer, list.length, frames);
  wasm.free(pointer);
  return index;
}

describe('the first bad frame', () => {
  const good = (count: number) => Array.from({ length: count }, (_, at) => GOOD[at % GOOD.length]!);

  it('of a good list is its length, whatever stands behind it', () => {
    for (let count = 0; count < 40; count++) expect(first(good(count))).toBe(count);
  });

  it.each([-1, -0.5, 0.5, FRAMES - 0.5, FRAMES, FRAMES + 1, 2 ** 60, Number.NaN, Infinity, -Infinity])(
    'is that of %d, wherever it stands',
    (bad) => {
      for (let count = 1; count < 26; count++) {
        for (let at = 0; at < count; at++) {
          const list = good(count).with(at, bad);
          expect(first(list), `${at} of ${count}`).toBe(at);
          if (at + 3 < count) expect(first(list.with(at + 3, bad))).toBe(at);
        }
      }
    },
  );

  it('is none below the end of any space', () => {
    for (const frames of [2 ** 20, 2 ** 40]) {
      expect(first(new Array(9).fill(frames - 1), frames)).toBe(9);
      expect(first(new Array(9).fill(frames), frames)).toBe(0);
    }
    expect(first([-0, 0])).toBe(2);
  });
});
