import { describe, expect, it } from 'vitest';
import { Dress as Undoing } from '../../src/read/dress/dress.ts';
import { foldedAt, joinedPieces } from '../../src/read/dress/fold.ts';
import { hostOf, syslogHost } from '../../src/read/dress/host-of.ts';
import { plainText, shownLines } from '../../src/read/dress/plain-text.ts';
import { anchorIn, foundPrefix, PrefixShapes } from '../../src/read/dress/prefix-shape.ts';
import { msrCsv } from '../../src/read/dump/msr-csv.ts';
import { type Facts, readBytes, readText } from '../../src/read/index.ts';
import { rounds } from '../rounds.ts';
import { anyDress, type Dress, dressed, PREFIX_NAMES } from './dresses.ts';
import { fixtureBytes, inHex } from './fixture.ts';
import { random } from './mutation.ts';

const LINES = fixtureBytes('dmesg.txt')
  .toString()
  .trimEnd()
  .split('\n')
  .map((line) => line.replace(/^\[ *[\d.]+\] /, ''));
const PLAIN: Dress = { prefix: 'none', wrap: 'none', quoting: 'none', ending: 'LF', encoding: 'UTF-8' };

/** What a log says: registers as far as they are known, and RAM. */
function told(facts: Facts) {
  return {
    registers: inHex(facts.registers),
    ram: facts.ram.filter(({ kind }) => kind === 'ram').map(({ start, end }) => `${start}-${end}`),
  };
}

const WANTED = told(readBytes(dressed(LINES, PLAIN)));

describe('a log in any dress', () => {
  it.each(PREFIX_NAMES)('%s: every line is used', (prefix) => {
    const facts = readBytes(dressed(LINES, { ...PLAIN, prefix }));
    expect(told(facts)).toEqual(WANTED);
    expect(facts.coverage?.unused).toEqual([]);
  });

  it('is read the same, or says which lines are lost: prefix, wrap, quoting, line ends and encoding by chance', () => {
    const below = random(20_261_129);
    const runs = rounds(100, 4000);
    let same = 0;
    for (let run = 0; run < runs; run++) {
      const dress = anyDress(run, below);
      const facts = readBytes(dressed(LINES, dress));
      if (JSON.stringify(told(facts)) === JSON.stringify(WANTED)) same++;
      else expect(facts.coverage?.unused.length, JSON.stringify(dress)).toBeGreaterThan(0);
    }
    expect(same).toBeGreaterThanOrEqual(runs * 0.98);
  });
});

describe('what a text as a whole went through', () => {
  it('takes no record of /dev/kmsg for a row of registers, of which a log of that form has nothing else', () => {
    for (const record of ['6,339,5140,-;pci 0000:00', '6,1234,5678901234,c;x', '4,95,20235,-,caller=T0;x']) {
      expect(msrCsv.hint.test(record), record).toBe(false);
    }
    for (const row of ['0,0x200,0x6', '0,200,6', '3,200,6,-', '0;200;6', '0,200,6,cached']) {
      expect(msrCsv.hint.test(row), row).toBe(true);
    }
  });

  it('says how many lines are used where they came dressed, and which are not', () => {
    const text =
      'a 1| MTRR default type: uncachable\na 2| MTRR variable ranges enabled:\na 3|   0 disabled\n';
    expect(readText(text).messages.map((one) => one.text)).toEqual([
      '3 of 3 lines that tell memory types used',
    ]);
    const damaged = '0x2ff,0xc00\n  0 base 00C0000000 mask 7FC000?000 uncachable\n';
    expect(readText(damaged)).toMatchObject({
      coverage: { used: 1, total: 2, unused: [{ line: 2 }] },
      messages: [{ severity: 'warning', at: { line: 2 } }],
    });
  });

  it('finds the column where lines were cut, and where one line ends', () => {
    const judge = {
      meaningOf: (text: string) => (/^<[a-z]{4,12}>$/.test(text) ? text : ''),
      isPrefixed: (text: string) => text.startsWith('<'),
    };
    expect(foldedAt(['<abcdefg', 'hij>', '<abcd>', 'x'], judge)).toEqual({ column: 8, proofs: 1 });
    expect(foldedAt(['<abcdef>', 'hij>', '<abcd>', 'x'], judge)).toBeUndefined();
    expect(foldedAt(['<abcdefg', '<abcd>'], judge)).toBeUndefined();
    const joined = joinedPieces(['<abcdefg', 'hij>', '<klmnop>', '<qrst>'], judge);
    expect(joined.map(({ text }) => text)).toEqual(['<abcdefghij>', '<klmnop>', '<qrst>']);
  });

  it('counts pieces that follow each other once', () => {
    const judge = {
      meaningOf: (text: string) => (/^<[a-z<]{4,20}>$/.test(text) ? text : ''),
      isPrefixed: () => false,
    };
    expect(foldedAt(['<abcdefg', '<hijklmn', 'op>'], judge)).toEqual({ column: 8, proofs: 1 });
    expect(foldedAt([], judge)).toBeUndefined();
  });

  describe('puts pieces together', () => {
    /** What each text means; another means nothing. */
    const joinedBy = (meanings: Readonly<Record<string, string>>, pieces: readonly string[]) =>
      joinedPieces(pieces, { meaningOf: (text) => meanings[text] ?? '', isPrefixed: () => false }).map(
        ({ text, first, end, isWhole }) => `${first}-${end} ${text}${isWhole ? '' : '?'}`,
      );

    it.each([
      ['that are a line together', { abcd: '1' }, ['ab', 'cd', 'ef'], ['0-2 abcd', '2-3 ef?']],
      [
        'of which most are in whole lines',
        { ab: '1', abcd: '2', cdef: '3' },
        ['ab', 'cd', 'ef'],
        ['0-1 ab', '1-3 cdef'],
      ],
      [
        'of which the last alone is a line, too',
        { ef: '1', abcdef: '2' },
        ['ab', 'cd', 'ef'],
        ['0-3 abcdef'],
      ],
      [
        'in as many lines as there may be',
        { ab: '1', cd: '2', abcd: '3' },
        ['ab', 'cd'],
        ['0-1 ab', '1-2 cd'],
      ],
      [
        'in as many lines, which begin before the last but one',
        { a: '1', b: '2', abc: '3', cd: '4', d: '5' },
        ['a', 'b', 'c', 'd'],
        ['0-1 a', '1-2 b', '2-4 cd'],
      ],
      [
        'in as many lines, the shorter ones last',
        { ab: '1', abcd: '2', cdef: '3', ef: '4' },
        ['ab', 'cd', 'ef'],
        ['0-2 abcd', '2-3 ef'],
      ],
      ['of which each adds something', { ab: '1', abcd: '1' }, ['ab', 'cd'], ['0-1 ab', '1-2 cd?']],
      ['unless they mean nothing', { ab: '1' }, ['ab', 'cd'], ['0-1 ab', '1-2 cd?']],
      [
        'that nobody knows, all in one',
        { cd: '1' },
        ['x', 'y', 'z', 'cd', 'v', 'w'],
        ['0-3 xyz?', '3-4 cd', '4-6 vw?'],
      ],
      [
        'of one line in the middle',
        { bcd: '1', e: '2' },
        ['a', 'b', 'c', 'd', 'e'],
        ['0-1 a?', '1-4 bcd', '4-5 e'],
      ],
    ] as const)('%s', (_, meanings, pieces, lines) => {
      expect(joinedBy(meanings, pieces)).toEqual(lines);
    });
  });

  describe('as it comes', () => {
    const whole = /^\([a-z]{4,30}\)$/;
    /** What is read of lines, in turn, and what is lost. */
    function undoing(reads: RegExp = whole) {
      const said: string[] = [];
      const dress = new Undoing(
        { meaningOf: (text) => (whole.test(text) ? text : ''), isPrefixed: (text) => text.startsWith('#') },
        (text, number) => {
          said.push(`${number} ${text}`);
          return reads.test(text);
        },
        (text, numbers) => said.push(`lost ${numbers.join()} ${text}`),
      );
      let number = 0;
      const push = (...lines: readonly string[]) => {
        for (const line of lines) dress.push(line, ++number);
      };
      return { dress, push, said };
    }

    it('waits for 4096 lines', () => {
      const { push, said } = undoing();
      push(...Array.from({ length: 4095 }, () => 'x'));
      expect(said).toEqual([]);
      push('y');
      expect([said.length, said.at(-1)]).toEqual([4096, '4096 y']);
      push('z');
      expect([said.length, said.at(-1)]).toEqual([4097, '4097 z']);
    });

    it('waits for 262144 characters', () => {
      const { push, said } = undoing();
      const line = 'x'.repeat(4096);
      push(...Array.from({ length: 63 }, () => line), line.slice(1));
      expect(said).toEqual([]);
      push('y');
      expect([said.length, said.at(-1)]).toEqual([65, '65 y']);
    });

    it('counts the lines that are the rests of others', () => {
      const { dress, push, said } = undoing();
      push('(abcdef)', '(abcdefg', 'hijklmno', 'p)', '(abcdefg', 'h)');
      dress.finish();
      expect(said).toEqual(['1 (abcdef)', '2 (abcdefghijklmnop)', '5 (abcdefgh)']);
      expect([dress.column, dress.joined]).toEqual([8, 3]);
    });

    it('reads of pieces that are no line the longest stretches that say something', () => {
      const { dress, push, said } = undoing(/^(?:\([a-z]+\)|BBBBBBBBcc|EEEEEEEE)$/);
      push('(abcdefg', 'h)', 'AAAAAAAA', 'BBBBBBBB', 'cc', 'EEEEEEEE', 'FFFFFFFF', 'g');
      dress.finish();
      expect(said).toEqual([
        '1 (abcdefgh)',
        '3 AAAAAAAABBBBBBBBcc',
        '3 AAAAAAAABBBBBBBB',
        '3 AAAAAAAA',
        '4 BBBBBBBBcc',
        'lost 3 AAAAAAAA',
        '6 EEEEEEEEFFFFFFFFg',
        '6 EEEEEEEEFFFFFFFF',
        '6 EEEEEEEE',
        '7 FFFFFFFFg',
        '7 FFFFFFFF',
        '8 g',
        'lost 7,8 FFFFFFFFg',
      ]);
      expect(dress.joined).toBe(1);
    });

    it('hands on what waits before a line that is the rest of none', () => {
      const { dress, push, said } = undoing();
      push('(abcdefg', 'h)', '(abcdef)', '#x', '(abcdef)', '', '(abcdef)', 'line');
      dress.finish();
      expect(said).toEqual([
        '1 (abcdefgh)',
        '3 (abcdef)',
        '4 #x',
        '5 (abcdef)',
        '6 ',
        '7 (abcdef)',
        '8 line',
        'lost 8 line',
      ]);
    });
  });

  it('keeps values whole that a column cut in two', () => {
    const line = '[    0.1] reg00: base=0x080000000 ( 2048MB), size= 2048MB, count=1: uncachable';
    expect(inHex(readText(line.replaceAll(/.{27}/g, '$&\n')).registers)).toMatchObject({ '200': '80000000' });
  });

  it('refuses columns so narrow that pieces look like values, and takes short lines that are whole', () => {
    expect(() => readText('0x200,0x6\n0x201,0x7f80\n000800\n0x2ff,0xc06\n')).toThrow(
      '-:1: the lines were cut at column 12: so narrowly that pieces of values look like whole ones',
    );
    const short = '0x200,0x6\n0x201,0x800\n0x2ff,0xc06\nrdmsr 0xfe\n508\n';
    expect(inHex(readText(short).registers)).toMatchObject({ '200': '6', '201': '800', '2ff': 'c06' });
  });
});

describe('records that hold a line each', () => {
  it.each(['log', 'message', 'msg', 'MESSAGE'])('member %s', (member) => {
    const lines = LINES.map((line) =>
      JSON.stringify({ [member]: `${line}\n`, time: '2024-06-03T10:11:12Z' }),
    );
    expect(told(readText(lines.join('\n')))).toEqual(WANTED);
  });
});

describe('a learned prefix', () => {
  it('is told from what follows it, and taken from lines that say nothing by themselves', () => {
    const shapes = new PrefixShapes();
    expect(shapes.learn('Mo 3.Jun 10:11:12 rechner1 MTRR variable ranges enabled:')).toBe(true);
    expect(shapes.learn('Di 4.Jun 9:00:00 rechner2 MTRR variable ranges enabled:')).toBe(false);
    const [found] = shapes.without('Mi 15.Jun 23:59:59 rechner3   3 disabled');
    expect(found?.rest).toBe('  3 disabled');
    expect([...shapes.without('  3 disabled')]).toEqual([]);
  });

  const LINE = 'MTRR default type: uncachable';
  /** How much of lines a prefix is that was learned from others. */
  const learned = (prefixes: readonly string[]) => {
    const shapes = new PrefixShapes();
    for (const prefix of prefixes) expect(shapes.learn(prefix + LINE), prefix).toBe(true);
    return shapes;
  };

  it.each([
    ['log: ', ['log: x', 'a1.b-c/d: x', 'log:x', 'log:  x', 'log x', ': x'], [5, 10, 4, 5, 0, 0]],
    ['[ 9] ', ['[ 10] x', '[11] x', '[   7]  x', '[a] x'], [6, 5, 7, 0]],
    ['a 9: ', ['b 10: x', 'b  1: x', 'b1: x', 'b c: x'], [6, 6, 0, 0]],
    ['log:9:', ['log:7:x', 'log-7-x', 'log:7: x', 'log:   7:x', 'log:a: x'], [6, 6, 7, 9, 0]],
    ['log:', ['log:x', 'a-b:7:x', 'log:x:y', 'log: x'], [4, 4, 4, 5]],
    ['log: a ', ['x:y: b z'], [7]],
    ['log#', ['x:y#z'], [4]],
    ['a:b:9:', ['c:d:7:x', 'c:d-7-x', 'c:7:x', 'c:d:e:7:x'], [6, 6, 0, 0]],
    ['log : ', ['log : x', 'log - x', 'log:x'], [6, 0, 0]],
    ['a.b# ', ['c.d# x', 'c# x', 'c.d$ x'], [5, 3, 0]],
    ['{9} ', ['{1.5} x', '{x} x'], [6, 0]],
    ['log# 9: ', ['log# 9: x', 'log# 9- x'], [8, 0]],
    ['(a)-b: ', ['(a):b: x', '(a)-b: x'], [7, 7]],
    ['a(9 b) ', ['x( 10 y) z', 'x(7 y) z'], [9, 7]],
    ['a  ', ['b x', 'b   x', 'b'], [2, 2, 1]],
  ] as const)('of the shape of %j', (prefix, lines, lengths) => {
    const shapes = learned([prefix]);
    expect(lines.map((line) => shapes.lengthOf(line))).toEqual(lengths);
  });

  it('is certain with a sign; of several the longest is tried first', () => {
    const shapes = learned(['a b c: ', 'a ']);
    expect([shapes.lengthOf('x y'), shapes.lengthOf('x y', true)]).toEqual([2, 0]);
    expect([shapes.lengthOf('x y z: w'), shapes.lengthOf('x y z: w', true)]).toEqual([7, 7]);
    expect([...shapes.without('x y z: w')]).toEqual([
      { prefix: 'x y z: ', rest: 'w' },
      { prefix: 'x ', rest: 'y z: w' },
    ]);
    expect([...learned(['a ', 'a b c: ']).without('x y z: w')].map(({ rest }) => rest)).toEqual([
      'w',
      'y z: w',
    ]);
    expect(shapes.isEmpty).toBe(false);
    expect(new PrefixShapes().isEmpty).toBe(true);
  });

  it('is one of twelve', () => {
    const shapes = learned([...'!?%$&;~=^*+#'].map((sign) => `a${sign} `));
    expect(shapes.learn(`a@ ${LINE}`)).toBe(false);
    expect(shapes.lengthOf('a@ x')).toBe(0);
  });

  it('ends before the text, within 200 characters, and holds no other line', () => {
    expect(foundPrefix(`a: ${LINE}`)).toBe('a: ');
    expect(foundPrefix(LINE)).toBeUndefined();
    expect(foundPrefix(`  ${LINE}`)).toBeUndefined();
    expect(foundPrefix(`${'a'.repeat(199)} ${LINE}`)).toHaveLength(200);
    expect(foundPrefix(`${'a'.repeat(200)} ${LINE}`)).toBeUndefined();
    expect(foundPrefix(`[    0.1] a [    0.2] ${LINE}`)).toBeUndefined();
    expect(foundPrefix(`a: ${LINE} [    0.1] b [    0.2] c`)).toBeUndefined();
    expect(foundPrefix(`a: ${LINE}${' '.repeat(153)}[ 0.1] b [ 0.2]`)).toBeUndefined();
    expect(foundPrefix(`a: ${LINE}${' '.repeat(157)}[ 0.1] b [ 0.2]`)).toBe('a: ');
  });

  it('goes up to what a format knows, which is looked for in 400 characters', () => {
    expect(anchorIn(LINE)).toBe(0);
    expect(anchorIn(`${'a'.repeat(387)} ${LINE}`)).toBe(388);
    expect(anchorIn(`${'a'.repeat(388)} ${LINE}`)).toBeUndefined();
    expect(anchorIn(`a${LINE}`)).toBeUndefined();
  });

  it('is none inside a word', () => {
    const shapes = new PrefixShapes();
    expect(shapes.learn('noMTRR default type: uncachable')).toBe(false);
    expect(shapes.learn('   MTRR default type: uncachable')).toBe(false);
  });
});

describe('hosts', () => {
  it.each([
    ['Jun 03 10:11:12 node1 kernel: ', 'node1'],
    ['Mon 2024-06-03 10:11:12 CEST node1 kernel: ', 'node1'],
    ['Mon 2024-06-03 10:11:12 CEST kernel: ', undefined],
    ['[    0.738551] kernel: ', undefined],
    ['Jun 03 10:11:12 localhost kernel: ', undefined],
  ])('%j names %s', (prefix, host) => {
    expect(syslogHost(prefix)).toBe(host);
  });

  it.each([
    ['node1: [    0.000000] ', 'node1'],
    ['10.0.0.5: ', '10.0.0.5'],
    ['guest-1  | ', 'guest-1'],
    ['[pod/guest-x/serial] ', 'pod/guest-x/serial'],
    ['logs/a.log:12:[    0.000000] ', 'logs/a.log'],
    ['logs/a.log-13-[    0.000000] ', 'logs/a.log'],
    ['12:', undefined],
    ['2024-06-03T10:11:12Z ', undefined],
    ['10:11:12 ', undefined],
  ])('%j names %s', (prefix, host) => {
    expect(hostOf(prefix)).toBe(host);
  });

  const MIXED = [
    'node1: MTRR default type: uncachable',
    'node2: MTRR default type: write-back',
    'node2: MTRR variable ranges enabled:',
    'node1: MTRR variable ranges enabled:',
    'node1:   0 base 0000000000 mask 7F80000000 write-back',
    'node2:   0 base 0080000000 mask 7F80000000 uncachable',
    'node3: nothing of the kind',
  ].join('\n');

  it("are not the CPUs of coreboot's lines, which a prefix leaves alone", () => {
    const line = 'apic_id 0x2: MTRR: Fixed MSR 0x250 0x0606060606060606';
    const facts = readText(`guest | ${line}\nguest | ${line.replace('0x2:', '0x4:')}\n`);
    expect([...facts.cpus.keys()]).toEqual([2, 4]);
  });

  it('are kept apart; the last is taken, and it is said', () => {
    const facts = readText(MIXED);
    expect(inHex(facts.registers)).toMatchObject({ '200': '80000000', '2ff': '806' });
    expect(facts.hosts).toEqual(['node1', 'node2']);
    expect(facts.messages).toContainEqual({
      severity: 'note',
      text: '2 hosts (node1, node2): node2 is taken; choose with --host HOST',
      at: { file: '-', line: 1 },
    });
    expect(facts.contradictions).toEqual([]);
  });

  it('of more hosts than are kept say so', () => {
    const line = (host: number) => `Nov 30 12:00:00 h${host} kernel: MTRR default type: write-back`;
    const noted = (count: number) =>
      readText(Array.from({ length: count }, (_, host) => line(host)).join('\n'), {
        file: 'log',
      }).messages.map(({ text }) => text);
    expect(noted(4097)).toContain(
      '4096 hosts (h0, h1, h2, h3, h4, h5, h6, h7, and 4088 more): h4095 is taken; choose with --host HOST; lines of further hosts are left out',
    );
    expect(noted(9)).toContain(
      '9 hosts (h0, h1, h2, h3, h4, h5, h6, h7, and 1 more): h8 is taken; choose with --host HOST',
    );
  });

  it('are chosen by name', () => {
    expect(inHex(readText(MIXED, { host: 'node1' }).registers)).toMatchObject({ '200': '6', '2ff': '800' });
    expect(() => readText(MIXED, { host: 'node4' })).toThrow(
      '-:1: --host node4 was asked for, and there are node1, node2',
    );
    expect(() => readText('0x2ff,0xc00\n', { host: 'node4' })).toThrow('the lines name none');
  });
});

describe('plain characters', () => {
  it.each([
    ['00000\u20139FFFF', '00000-9FFFF'],
    ['00000&#8211;9FFFF', '00000-9FFFF'],
    ['00000&#x2013;9FFFF', '00000-9FFFF'],
    ['00000&ndash;9FFFF', '00000-9FFFF'],
    ['00000\u00e2\u20ac\u201c9FFFF', '00000-9FFFF'],
    ['<span class="kw">MTRR</span>&nbsp;&lt;x&gt;', 'MTRR <x>'],
    ['<6>[    0.1] x', '<6>[    0.1] x'],
    ['a\u00a0\u202fb\u200b', 'a  b'],
    ['\u201cx\u201d', '"x"'],
    ['size=&nbsp;2048MB &unknown; &amp;', 'size= 2048MB &unknown; &'],
    ['{"log":"MTRR default type: x\\n","stream":"stdout"}', 'MTRR default type: x\n'],
    ['0x00000\u00108000', '0x00000\ufffd8000'],
    ['0x00000000800\u0010', '0x00000000800\ufffd'],
    ['0x800\u0000\t0x6\r', '0x800  0x6 '],
    ['&#0; &#1; &#x10ffff; &#x110000;', '&#0; \u0001 \u{10ffff} &#x110000;'],
  ])('%j is %j', (raw, plain) => {
    expect(plainText(raw)).toBe(plain);
  });

  it('makes no number of pieces between which a digit was lost', () => {
    const cut =
      'MTRR overview\n-------------\nReg 0: 0x0000000000000000 - 0x00000000800\u0010\n0000 (  2048 MB)   Write-Back\n';
    expect(() => readText(cut, { file: 'fwts' })).toThrow('fwts');
  });

  it('takes the beginning of a value that has 16 digits for none', () => {
    for (const cut of ['[DEBUG]  MTRR: Fixed MSR 0x250 0x06060606', 'Fixed MTRR[00]   : 06060606']) {
      const facts = readText(`MTRR Settings:\n${cut}\n0x2ff,0xc06\n`);
      expect(facts.registers.has(0x250), cut).toBe(false);
      expect(facts.coverage?.unused, cut).toEqual([{ file: '-', line: 2 }]);
    }
  });

  it('shows a line of HTML as a browser does', () => {
    expect(shownLines('a<br>b<br/>c')).toEqual(['a', 'b', 'c']);
    expect(shownLines('<li><div>a</div></li>')).toEqual(['<li><div>a']);
    expect(shownLines('a <b>')).toEqual(['a <b>']);
  });
});
