import { describe, expect, it } from 'vitest';
import { Arena } from '../../src/wasm/arena.ts';

const END = 2 ** 16;

function small(): Arena {
  return new Arena(0, END, () => {
    throw new Error('the memory grows');
  });
}

describe('the memory that the host hands out', () => {
  it('hands out again what was freed, so that many blocks, one at a time, need no more', () => {
    const arena = small();
    const kept = arena.allocate(100);
    const seen = new Set<number>();
    for (let turn = 0; turn < 1e5; turn++) {
      const [a, b] = [arena.allocate(1000), arena.allocate(3000 + (turn % 7) * 64)];
      seen.add(a).add(b);
      arena.free(turn % 2 === 0 ? a : b);
      arena.free(turn % 2 === 0 ? b : a);
    }
    expect(seen.has(kept)).toBe(false);
    expect(seen.size).toBe(2);
  });

  it('gives nobody memory that is in use, however often another block is freed', () => {
    const arena = small();
    const [first, second] = [arena.allocate(64), arena.allocate(64)];
    arena.free(first);
    arena.free(first);
    arena.free(first + 8);
    expect(arena.allocate(64)).toBe(first);
    const third = arena.allocate(64);
    expect([first, second]).not.toContain(third);
  });

  it('gives the whole back in one piece, in whatever order it is freed', () => {
    const arena = small();
    const blocks = Array.from({ length: 8 }, () => arena.allocate(64));
    for (const at of [3, 1, 2, 7, 0, 5, 6, 4]) arena.free(blocks[at]!);
    expect(arena.allocate(END - 64)).toBe(blocks[0]);
  });
});
