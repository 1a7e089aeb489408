import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/errors.ts';
import { ANY_TYPE } from '../../src/fit/index.ts';
import { openWanted } from '../../src/open/wanted-text.ts';

const UC = 1;
const WC = 1 << 1;
const WP = 1 << 5;
const WB = 1 << 6;
const GIB = 0x40000;

function fixture(name: string): string {
  return readFileSync(fileURLToPath(new URL(`../read/fixtures/${name}`, import.meta.url)), 'utf8');
}

function messageOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error('the list was accepted');
}

describe("a wanted map from coreboot's log", () => {
  const stretches = [
    { start: 0, end: 0xa0, accepted: WB },
    { start: 0xa0, end: 0xc0, accepted: UC },
    { start: 0xc0, end: 0xbf000, accepted: WB },
    { start: 0xbf000, end: 4 * GIB, accepted: UC },
    { start: 4 * GIB, end: 8 * GIB, accepted: WB },
    { start: 8 * GIB, end: 2 ** 27, accepted: ANY_TYPE },
  ];

  it('is its physical address space, with the address bits that the log states', () => {
    const { text, assumed } = openWanted(fixture('coreboot.txt'), 'log');
    expect(assumed).toEqual([]);
    expect(text).toMatchObject({ maxphyaddr: 39, rest: undefined, end: 8n << 30n });
    expect(text.map(39, ANY_TYPE).stretches).toEqual(stretches);
  });

  it('is the same where the end is printed exclusive, lines interleave, or a TEMPORARY one comes after', () => {
    const log = fixture('coreboot.txt')
      .split('\n')
      .map((line) =>
        line.replace(/- 0x([0-9a-f]{16}) size/, (_, last) => {
          return `- 0x${(BigInt(`0x${last}`) + 1n).toString(16).padStart(16, '0')} size`;
        }),
      )
      .flatMap((line) =>
        line.includes('type 0') && line.includes('size') ? [line, 'apic_id 0x2: done'] : [line],
      );
    log.push(
      'MTRR: TEMPORARY Physical address space:',
      '0x0000000000000000 - 0x000000007fffffff size 0x80000000 type 6',
      '0x00000000ff000000 - 0x00000000ffffffff size 0x01000000 type 5',
    );
    expect(openWanted(log.join('\r\n'), 'log').text.map(39, ANY_TYPE).stretches).toEqual(stretches);
  });

  it.each([
    ['a serial program', (line: string, n: number) => `[2024-06-03 10:11:${10 + (n % 50)}] ${line}`],
    ['pdsh', (line: string) => `board7: ${line}`],
    ['cat -n', (line: string, n: number) => `${String(n + 1).padStart(6)}\t${line}`],
    ['ts in German', (line: string, n: number) => `Mo 3. Jun 10:11:${10 + (n % 50)} ${line}`],
    ['HTML', (line: string) => `<li>${line.replaceAll(' ', '&nbsp;')}</li>`],
    ['a quoted mail', (line: string) => `> ${line}`],
    ['a terminal of 48 columns', (line: string) => line.replaceAll(/.{48}(?=.)/g, '$&\n')],
  ])('is the same behind what %s puts before or around the lines', (_, dress) => {
    const log = fixture('coreboot.txt').trimEnd().replaceAll('[DEBUG]  ', '').split('\n').map(dress);
    expect(openWanted(log.join('\n'), 'log').text.map(39, ANY_TYPE).stretches).toEqual(stretches);
  });

  it('is the TEMPORARY one where there is no other, and that is said', () => {
    const { text, assumed } = openWanted(
      'MTRR: TEMPORARY Physical address space:\n' +
        '0x0000000000000000 - 0x000000003fffffff size 0x40000000 type 6\n' +
        '0x00000000ff000000 - 0x00000000ffffffff size 0x01000000 type 5\n',
      'log',
    );
    expect(assumed.map(([what]) => what)).toEqual(['the TEMPORARY address space is the one that is wanted']);
    expect(text.maxphyaddr).toBeUndefined();
    expect(text.map(36, UC).stretches.map(({ accepted }) => accepted)).toEqual([WB, UC, WP, UC]);
  });
});

describe("a wanted map from EDK2's log", () => {
  it('is its last list of memory ranges, which names the whole space', () => {
    const { text } = openWanted(fixture('edk2.txt'), 'log');
    expect(text).toMatchObject({ maxphyaddr: 39, end: 1n << 39n });
    expect(text.map(39, ANY_TYPE).stretches).toEqual([
      { start: 0, end: 0xa0, accepted: WB },
      { start: 0xa0, end: 0xc0, accepted: UC },
      { start: 0xc0, end: 0xe8, accepted: WP },
      { start: 0xe8, end: 0xf0, accepted: WC },
      { start: 0xf0, end: 0x100, accepted: WP },
      { start: 0x100, end: 0xbf000, accepted: WB },
      { start: 0xbf000, end: 4 * GIB, accepted: UC },
      { start: 4 * GIB, end: 8 * GIB, accepted: WB },
      { start: 8 * GIB, end: 2 ** 27, accepted: UC },
    ]);
  });

  it.each([
    [31, undefined],
    [32, 32],
    [52, 52],
    [53, undefined],
  ])('of 2^%i bytes tells %s address bits', (bits, maxphyaddr) => {
    const last = ((1n << BigInt(bits)) - 1n).toString(16).padStart(16, '0');
    const { text } = openWanted(`Memory Ranges:\n====\nWB:0000000000000000-${last}\n`, 'log');
    expect(text.maxphyaddr).toBe(maxphyaddr);
  });

  it('is the same behind a prefix that its lines alone show', () => {
    const list = 'Memory Ranges:\n====\nWB:0000000000-007fffffff\nUC:0080000000-00ffffffff\n\nloading\n';
    const { text } = openWanted(list.replaceAll(/^/gm, 'node3 11:12 | '), 'log');
    expect(text.map(32, ANY_TYPE).stretches.map(({ accepted }) => accepted)).toEqual([WB, UC]);
  });

  it('ends where other lines begin', () => {
    const text =
      'Memory Ranges:\n=====\nWB:0x00000000000000-0x0000007fffffff\nloading\nUC:00000000f0000000-00000000ffffffff\n';
    expect(openWanted(text, 'log').text.end).toBe(1n << 31n);
  });
});

describe('a list that is no wanted map', () => {
  it.each([
    ['Memory Ranges:\n====\n', 'log:1:1: expected ranges below this line (the list is cut off)'],
    [
      'x\nMTRR: Physical address space:\n0x0000000000000000 - 0x00000000000a07ff size 0x000a0800 type 6\n',
      'log:3:1: expected an end on a page of 4096 bytes, got 0xa07ff (the page ends at 0xa0fff)',
    ],
    ['Memory Ranges:\nR*:0000000000-00ffffffff\n', 'log:2:1: expected a memory type, got "R*"'],
    [
      'Memory Ranges:\nWB:0000000000-0000000fff\nUC:0000000000-00ffffffff\n',
      'log:3:1: 0x0-0xfff is wanted UC here and WB before',
    ],
  ])('%j', (text, message) => {
    expect(messageOf(() => openWanted(text, 'log'))).toContain(message);
  });
});
