/** What a raw register value states, and which registers bear on memory types. */
import { describe, expect, it } from 'vitest';
import { registerRaw } from '../../src/read/dump/register-line.ts';
import { Draft } from '../../src/read/facts/draft.ts';

describe('a raw value', () => {
  it.each([
    [0x2ff, true],
    [0x277, true],
    [0x26f, true],
    [0x10, false],
    [0x1a0, false],
  ])('of MSR %i bears on memory types: %s', (msr, bears) => {
    const draft = new Draft('x', 'last');
    expect(registerRaw(draft, 1, msr, 6n)).toBe(bears);
    expect([...draft.finish('rdmsr').registers.keys()]).toEqual(bears ? [msr] : []);
  });
});
