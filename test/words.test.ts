import { expect, it } from 'vitest';
import { addresses, addressText, counted, idsText, listed, plural, shellWord } from '../src/words.ts';

it('says addresses of frames, inclusive', () => {
  expect(addressText(0xa0)).toBe('0xa0000');
  expect(addresses({ start: 0xa0, end: 0xc0 })).toBe('0xa0000-0xbffff');
  expect(addresses({ start: 0, end: 2 ** 40 })).toBe('0x0-0xfffffffffffff');
});

it('lists and counts', () => {
  expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(listed)).toEqual(['', 'a', 'a and b', 'a, b and c']);
  expect([1, 2, 2500].map((count) => counted(count, 'CPU'))).toEqual(['1 CPU', '2 CPUs', '2500 CPUs']);
  expect([1, 2500].map((count) => plural(count, 'entry', 'entries'))).toEqual(['1 entry', '2,500 entries']);
});

it('joins runs of numbers', () => {
  expect(idsText([])).toBe('');
  expect(idsText([7, 0, 1, 2, 3])).toBe('0-3,7');
  expect(idsText([32, 33, 34, 35, 39])).toBe('32-35,39');
});

it('quotes what a shell would take apart', () => {
  expect(shellWord('redis://host:6379/a_b+c@d%,=.yaml')).toBe('redis://host:6379/a_b+c@d%,=.yaml');
  expect(["it's here", '', 'a*', '$HOME'].map(shellWord)).toEqual([
    "'it'\\''s here'",
    "''",
    "'a*'",
    "'$HOME'",
  ]);
});
