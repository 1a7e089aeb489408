/** The list of what firmware wants, with the line of each range, out of logs that were cut, prefixed or put into a journal. */
import { describe, expect, it } from 'vitest';
import { type WantedList, wantedList } from '../../src/read/wanted.ts';

const shown = (list: WantedList | undefined) =>
  list && [
    `${list.tool}@${list.line} ${list.maxphyaddr ?? 'no'} bits${list.isTemporary ? ', temporary' : ''}`,
    ...list.ranges.map(
      ({ line, start, end, type }) => `${type} ${start.toString(16)}-${end.toString(16)}@${line}`,
    ),
  ];
const read = (...lines: readonly string[]) => shown(wantedList(lines.join('\n')));

const SPACE = 'MTRR: Physical address space:';
const LOW = '0x0000000000000000 - 0x000000007fffffff size 0x80000000 type 6';
const HOLE = '0x0000000080000000 - 0x00000000ffffffff size 0x80000000 type 0';
const WIDTH = 'CPU physical address size: 39 bits';
const COREBOOT = [SPACE, LOW, HOLE, WIDTH];
const MEMORY = 'Memory Ranges:';
const WB = 'WB:0000000000000000-000000007fffffff';
const UC = 'UC:0000000080000000-00000000ffffffff';

describe('the list of a log', () => {
  it('has each range at its line', () => {
    expect(read('x', ...COREBOOT)).toEqual([
      'coreboot@2 39 bits',
      '6 0-80000000@3',
      '0 80000000-100000000@4',
    ]);
    expect(read(MEMORY, '=====', WB, UC)).toEqual([
      'EDK2@1 32 bits',
      'WB 0-80000000@3',
      'UC 80000000-100000000@4',
    ]);
    expect(read(WIDTH, LOW, WB)).toBeUndefined();
    expect(read(MEMORY)).toEqual(['EDK2@1 no bits']);
  });

  it.each([
    ['a number of three digits', LOW.replace('type 6', 'type 123'), true],
    ['one of four', LOW.replace('type 6', 'type 1234'), false],
    ['a size of sixteen digits', LOW.replace('0x80000000 ', '0x8000000000000000 '), true],
    ['one of seventeen', LOW.replace('0x80000000 ', '0x80000000000000000 '), false],
    ['a start of fifteen', LOW.replace('0x0000000000000000', '0x000000000000000'), false],
    ['no type', LOW.replace(' type 6', ''), false],
  ])('of coreboot with %s', (_, line, isOne) => {
    expect(read(SPACE, line)).toHaveLength(isOne ? 2 : 1);
  });

  it.each([
    ['WB:0x000000-0x0fffff', true],
    ['wb:000000-0fffff', true],
    ['R*:000000-0fffff', true],
    ['UC-:000000-0fffff', true],
    ['WX:000000-0fffff', false],
    ['WB:00000-0fffff', false],
    ['WB:00000000000000000-0fffff', false],
    ['WB:000000-0ffff', false],
    ['WB:000000-0fffff x', false],
  ])('of EDK2 with %s', (line, isOne) => {
    expect(read(MEMORY, line)).toHaveLength(isOne ? 2 : 1);
  });

  it('of EDK2 goes on behind blank lines and rulers of four signs, and ends with anything else', () => {
    expect(read(MEMORY, '====', '', WB, '', UC)).toHaveLength(3);
    expect(read(MEMORY, '===', WB)).toEqual(['EDK2@1 no bits']);
    expect(read(MEMORY, WB, 'loading', UC)).toHaveLength(2);
    expect(read(SPACE, LOW, 'loading', HOLE)).toHaveLength(3);
  });

  it('is the last of several, the TEMPORARY one where there is no other', () => {
    const temporary = 'MTRR: TEMPORARY Physical address space:';
    expect(read(SPACE, LOW, SPACE, HOLE)).toEqual(['coreboot@3 no bits', '0 80000000-100000000@4']);
    expect(read(SPACE, LOW, temporary, HOLE)).toEqual(['coreboot@1 no bits', '6 0-80000000@2']);
    expect(read(temporary, LOW, temporary, HOLE)).toEqual([
      'coreboot@3 no bits, temporary',
      '0 80000000-100000000@4',
    ]);
  });
});

describe('the list of a log that a terminal cut', () => {
  const cut = (columns: number, ...lines: readonly string[]) =>
    read(...lines.flatMap((line) => line.match(new RegExp(`.{1,${columns}}`, 'g')) ?? ['']));
  const whole = (...starts: readonly number[]) => [
    `coreboot@${starts[0]} 39 bits`,
    `6 0-80000000@${starts[1]}`,
    `0 80000000-100000000@${starts[2]}`,
  ];

  it('is told by ranges of coreboot alone', () => {
    expect(cut(40, ...COREBOOT)).toEqual(whole(1, 2, 4));
    expect(cut(20, ...COREBOOT)).toEqual(whole(1, 3, 7));
  });

  it('is told by the heading, and by the address bits', () => {
    expect(cut(28, SPACE, LOW)).toEqual(['coreboot@1 no bits', '6 0-80000000@3']);
    expect(cut(28, SPACE, 'loading')).toEqual(['coreboot@1 no bits']);
    expect(cut(33, WIDTH, MEMORY, 'loading')).toEqual(['EDK2@3 no bits']);
    expect(cut(33, WIDTH, SPACE)).toEqual(['coreboot@3 39 bits']);
  });

  it('is told by ranges of EDK2 alone', () => {
    expect(cut(32, MEMORY, WB, UC)).toEqual(['EDK2@1 32 bits', 'WB 0-80000000@2', 'UC 80000000-100000000@4']);
  });

  it('is the same behind a prefix, which was there when it was cut', () => {
    const behind = (prefix: string, ...lines: readonly string[]) => lines.map((line) => prefix + line);
    const apic = `apic_id 0x0000 setup mtrr for ${WIDTH}`;
    expect(cut(76, ...behind('node3 11:12 | ', apic, SPACE, LOW, HOLE))).toEqual(whole(3, 4, 5));
    expect(cut(48, ...behind('[DEBUG]  ', ...COREBOOT))).toEqual(whole(1, 2, 4));
    expect(cut(40, ...behind('<7>', ...COREBOOT))).toEqual(whole(1, 2, 4));
  });

  it.each(['[DEBUG]  ', 'node3 11:12 | '])('begins with a line of its own behind %j', (prefix) => {
    const lines = ['loading the payload from the flash chip of the board', MEMORY, WB, UC];
    expect(read(...lines.map((line) => prefix + line))).toEqual([
      'EDK2@2 32 bits',
      'WB 0-80000000@3',
      'UC 80000000-100000000@4',
    ]);
  });
});

describe('the list of a journal', () => {
  const json = (text: string) => JSON.stringify({ MESSAGE: text, _HOSTNAME: 'board' });
  const cursor = (count: number) =>
    `__CURSOR=s=0123456789abcdef0123456789abcdef;i=${count};b=fedcba9876543210fedcba9876543210;m=1;t=1;x=1`;

  it('is that of its messages, at their lines', () => {
    expect(read('', ...COREBOOT.map(json))).toEqual([
      'coreboot@2 39 bits',
      '6 0-80000000@3',
      '0 80000000-100000000@4',
    ]);
  });

  it('is that of the record that ends with the text, too', () => {
    const records = [SPACE, LOW, HOLE].flatMap((text, at) => [cursor(at + 1), `MESSAGE=${text}`]);
    expect(read(...records)).toEqual(['coreboot@2 no bits', '6 0-80000000@4', '0 80000000-100000000@6']);
  });
});
