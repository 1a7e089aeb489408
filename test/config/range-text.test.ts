import { describe, expect, it } from 'vitest';
import { framesTouched, parseRange, parseRangeOrOne } from '../../src/config/range-text.ts';

describe('parseRange', () => {
  it.each([
    '0xa0000-0xbffff',
    '0xa0000 - 0xbffff',
    '640K-768K',
    '640K+128K',
    '0xa0000+0x20000',
    '0xa0000+128 K',
  ])('takes a last byte, a page to end before, and a size: %s', (text) => {
    expect(parseRange(text)).toEqual({ start: 0xa0000n, end: 0xc0000n });
  });

  it('takes a page that is first and last for that page', () => {
    expect(parseRange('0x1000-0x1000')).toEqual({ start: 0x1000n, end: 0x2000n });
    expect(parseRange('0-0')).toEqual({ start: 0n, end: 0x1000n });
    expect(parseRange('0x10-0x10')).toEqual({ start: 0x10n, end: 0x11n });
  });

  it('includes the last of frame numbers, wherever it lies', () => {
    expect(parseRange('0xa0-0x1000', 'gfn')).toEqual({ start: 0xa0n, end: 0x1001n });
    expect(parseRange('0x1000-0x1000', 'gfn')).toEqual({ start: 0x1000n, end: 0x1001n });
    expect(parseRange('0xa0+0x20', 'gfn')).toEqual({ start: 0xa0n, end: 0xc0n });
  });

  it('says why there is none', () => {
    expect(parseRange('0xbffff-0xa0000')).toBe('ends before it starts');
    expect(parseRange('4G-3G')).toBe('ends before it starts');
    expect(parseRange('0x1000+0')).toBe('is empty');
    for (const text of ['0xa0000', '', '-', '1-2-3', '0x1-', 5, null])
      expect(parseRange(text)).toBe('malformed');
  });

  it('takes one address or frame where that may be', () => {
    expect(parseRangeOrOne('4G')).toEqual({ start: 1n << 32n, end: (1n << 32n) + 1n });
    expect(parseRangeOrOne('0x1000', 'gfn')).toEqual({ start: 0x1000n, end: 0x1001n });
    expect(parseRangeOrOne('3G-4G')).toEqual({ start: 3n << 30n, end: 1n << 32n });
  });
});

it('framesTouched rounds outward', () => {
  expect(framesTouched({ start: 0xa0123n, end: 0xbf001n })).toEqual({ start: 0xa0, end: 0xc0 });
});
