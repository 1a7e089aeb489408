import { describe, expect, it } from 'vitest';
import { parseAccepted, parseWanted, parseWantedLine } from '../../src/config/fit/wanted.ts';
import { ConfigError } from '../../src/errors.ts';
import { ANY_TYPE } from '../../src/fit/index.ts';

const GIB = 0x40000;

function messageOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error('the wanted map was accepted');
}

describe('a wanted map in a line', () => {
  it('takes types and ranges in every spelling', () => {
    const same = [
      'WB 0-3G, UC 3G-4G, WB 4G+12G, UC rest',
      'WB 0-0xbfffffff; UC 0xc0000000 - 0xffffffff; WB 4G-0x3ffffffff; rest UC',
      '# a comment\nwrite-back 0+3072M\n3G+1G uncachable\nWB 0x1_0000_0000+0x300000000\ndefault: UC'.replace(
        ':',
        '',
      ),
    ];
    for (const text of same) {
      const { map, rest, end } = parseWantedLine(text);
      expect(end).toBe(16n << 30n);
      expect(map(39, rest!).stretches).toEqual([
        { start: 0, end: 3 * GIB, accepted: 1 << 6 },
        { start: 3 * GIB, end: 4 * GIB, accepted: 1 },
        { start: 4 * GIB, end: 16 * GIB, accepted: 1 << 6 },
        { start: 16 * GIB, end: 2 ** 27, accepted: 1 },
      ]);
    }
  });

  it('takes several types, and any', () => {
    const { map, rest } = parseWantedLine('UC/WP 0xff000000+16M, any 0-1M, WB|WT 1M-2M');
    expect(rest).toBeUndefined();
    const [, low, , flash] = map(32, 1).stretches;
    expect(low).toEqual({ start: 0x100, end: 0x200, accepted: (1 << 6) | (1 << 4) });
    expect(flash).toEqual({ start: 0xff000, end: 0x100000, accepted: 1 | (1 << 5) });
    expect(parseAccepted('any')).toBe(ANY_TYPE);
    expect(parseAccepted('WX')).toBeUndefined();
  });

  it.each([
    ['', '--want:1:1: expected a wanted map, got nothing (such as "WB 0-3G, UC 3G-4G")'],
    [
      'WB 0-3G, UC 2G-4G',
      '--want:1:10: 0x80000000-0xbfffffff is wanted UC here and WB before (every page is wanted once: cut one of the two ranges)',
    ],
    [
      'WB 0-3G,\n WB 1G+1G',
      '--want:2:2: 0x40000000-0x7fffffff is wanted twice (every page is wanted once: cut one of the two ranges)',
    ],
    ['WB 3G-1G', '--want:1:1: the range "3G-1G" ends before it starts (write FIRST-LAST or START+SIZE)'],
    ['WB 1G+0', '--want:1:1: the range "1G+0" is empty (write FIRST-LAST or START+SIZE)'],
    [
      'WB 0-0x12345',
      '--want:1:1: expected an end on a page of 4096 bytes, got 0x12345 (the page ends at 0x12fff)',
    ],
    [
      'WB 0x123-0xfff',
      '--want:1:1: expected a start on a page of 4096 bytes, got 0x123 (the page starts at 0x0)',
    ],
    ['WB 0-1G, WBB 1G-2G', '--want:1:10: expected a memory type, got "WBB" (did you mean "WB"?)'],
    ['UC- 0-1G', '--want:1:1: UC- is a type of the PAT, no MTRR can hold it'],
    ['WB 4G', '--want:1:1: expected a type and a range such as "WB 0-3G", got "WB 4G"'],
    ['0-4G', '--want:1:1: expected a type and a range such as "WB 0-3G", got "0-4G"'],
    ['WB 0-4Q', '--want:1:1: expected a range such as 0xa0000-0xbffff, 3G-4G or 0xc0000000+1G, got "0-4Q"'],
    ['UC rest, WB rest', '--want:1:10: what the rest may have is given twice (say it once)'],
  ])('%j: %s', (text, message) => {
    expect(messageOf(() => parseWantedLine(text))).toContain(message);
  });

  it('says every problem of a text, in its order', () => {
    const lines = messageOf(() => parseWantedLine('XX 0-1G, WB 2G-1G\nWB 3G')).split('\n');
    expect(lines.map((line) => line.slice(0, 13))).toEqual([
      '--want:1:1: e',
      '--want:1:10: ',
      '--want:2:1: e',
    ]);
  });

  it('names the range that leaves the space', () => {
    const { map } = parseWantedLine('WB 0-1G, UC 32G+64G');
    expect(messageOf(() => map(36, 1))).toBe(
      '--want:1:10: expected an end within 2^36, got 0x17ffffffff (the space has 36 address bits; --phys-bits states others)',
    );
    expect(map(39, ANY_TYPE).stretches).toHaveLength(4);
  });
});

describe('a wanted map in a file', () => {
  it('takes entries as text and as maps, and JSON', () => {
    const yaml = parseWanted(
      'maxphyaddr: 39\nvcnt: 10\nrest: UC\nwant:\n  - WB 0-3G\n  - {type: [WP, UC], range: 0xff000000-0xffffffff, name: flash}\n',
      'want.yml',
    );
    const json = parseWanted(
      '{"maxphyaddr": 39, "vcnt": 10, "rest": "UC", "want": ["WB 0-3G", {"type": ["WP", "UC"], "range": "0xff000000-0xffffffff"}]}',
      'want.json',
    );
    for (const { maxphyaddr, vcnt, rest, map } of [yaml, json]) {
      expect({ maxphyaddr, vcnt, rest }).toEqual({ maxphyaddr: 39, vcnt: 10, rest: 1 });
      expect(map(39, 1).stretches.map(({ accepted }) => accepted)).toEqual([1 << 6, 1, 1 | (1 << 5), 1]);
    }
  });

  it.each([
    ['maxphyaddr: 39\n', 'w.yml:1:1: expected a map with a list "want"'],
    ['want: []\nwnat: 1\n', 'w.yml:2:1: wnat: unknown key (did you mean "want"?)'],
    [
      'want: [17]\n',
      'w.yml:1:8: want[0]: expected text such as "WB 0-3G", or a map with type and range, got 17',
    ],
    ['want:\n  - {type: WB}\n', 'w.yml:2:5: want[0]: expected type and range; range is missing'],
    [
      'want:\n  - {type: WB, range: 1G-0}\n',
      'w.yml:2:23: want[0].range: the range "1G-0" ends before it starts',
    ],
    ['want:\n  - {type: WX, range: 0-1G}\n', 'w.yml:2:12: want[0].type: expected a memory type, got "WX"'],
    ['want: []\nrest: 9\n', 'w.yml:2:7: rest: expected a memory type, got "9"'],
    ['want: []\nmaxphyaddr: 53\n', 'w.yml:2:13: maxphyaddr: expected a number 32..52, got 53'],
    ['want: []\nvcnt: 41\n', 'w.yml:2:7: vcnt: expected a number 0..40, got 41'],
    ['want: [WB 0-1G\n', 'w.yml:'],
    ['', 'w.yml:1:1: empty: expected a wanted map'],
  ])('%j: %s', (text, message) => {
    expect(messageOf(() => parseWanted(text, 'w.yml'))).toContain(message);
  });
});
