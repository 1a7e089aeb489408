import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MOST_LINE_BYTES } from '../../src/read/trace/byte-lines.ts';
import { readTrace, readTraceText } from '../../src/read/trace/stream.ts';
import type { EntryBatch, TraceSource } from '../../src/trace/index.ts';
import { entryTexts } from './entry-texts.ts';

/** Entries as text: `line space gfn level entry`. */
function collector(): { readonly texts: string[]; readonly take: (batch: EntryBatch) => void } {
  const texts: string[] = [];
  const take = (batch: EntryBatch) => {
    texts.push(...entryTexts(batch));
  };
  return { texts, take };
}

function read(text: string, from?: string): TraceSource & { readonly texts: readonly string[] } {
  const { texts, take } = collector();
  const source = readTraceText(text, take, { file: 'trace', ...(from !== undefined && { from }) });
  return { ...source, texts };
}

async function readPieces(pieces: readonly Buffer[]): Promise<readonly string[]> {
  const { texts, take } = collector();
  await readTrace(pieces, take, { file: 'trace' });
  return texts;
}

const CHANGED =
  'kvm_tdp_mmu_spte_changed: as id 0 gfn ffc00 level 2 old_spte 800000010bc97907 new_spte 80000000000005a0';
const SET = 'kvm_mmu_set_spte: gfn 1151b spte 86000080a5669b37 (rwxu) level 1 at 80b34fc8d8';
const CHANGED_ENTRY = '0 ffc00 2 80000000000005a0';
const SET_ENTRY = '0 1151b 1 86000080a5669b37';

describe('lines of an event', () => {
  it.each([
    ['ftrace, five flags', ` qemu-system-x86-8397    [002] d..1.  1404.389384: ${CHANGED}`, 'ftrace'],
    ['ftrace, four flags', ` vm-6434    [059] ....   234.587042: ${CHANGED}`, 'ftrace'],
    ['a name with blanks and dashes', ` CPU 0/KVM - x [1]-12 [003] .....  1.5: ${CHANGED}`, 'ftrace'],
    ['a carriage return', ` vm-6434    [059] ....   234.587042: ${CHANGED}\r`, 'ftrace'],
    [
      'trace-cmd report',
      `cpus=8\n CPU 0/KVM-995 [016] 55709.716256: kvm_tdp_mmu_spte_changed:     ${CHANGED.slice(26)}`,
      'trace-cmd',
    ],
    ['perf script', ` CPU 0/KVM  8397 [002]  1404.389384:      kvmmmu:${CHANGED}`, 'perf'],
    [
      'upper case, 0x',
      ` vm-6434 [059] .... 234.587042: ${CHANGED.replace('ffc00', '0xFFC00').replace('80000000000005a0', '0x80000000000005A0')}`,
      'ftrace',
    ],
    [
      'fields that could not be formatted',
      ' a 1 [000] 1.0: kvmmmu:kvm_tdp_mmu_spte_changed: as_id=0 gfn=0xffc00 level=2 old_spte=0x0 new_spte=0x80000000000005a0',
      'perf',
    ],
    ['a quotation', `> > vm-6434    [059] ....   234.587042: ${CHANGED}`, 'ftrace'],
    [
      'torn after as',
      `> vm-6434    [059] ....   234.587042: ${CHANGED.replace('as id', 'as\n> id')}`,
      'ftrace',
    ],
    [
      'torn twice',
      ` vm-6434    [059] ....   234.587042: ${CHANGED.replace('as id', 'as\nid').replace('new_', '\nnew_')}`,
      'ftrace',
    ],
    ['torn before its name', ` vm-6434    [059] ....   234.587042:\n${CHANGED}`, 'ftrace'],
  ])('%s', (_, text, format) => {
    const { texts, ...source } = read(text);
    expect(texts.map((one) => one.replace(/^\d+ /, ''))).toEqual([CHANGED_ENTRY]);
    expect(source).toMatchObject({ format, isKvm: true, truncated: { count: 0 } });
  });

  it.each([
    ['whole', SET],
    ['torn before spte', SET.replace(' spte', '\n> spte')],
    ['torn behind spte', SET.replace('spte 8', 'spte\n8')],
    ['torn before level', SET.replace(' level', '\nlevel')],
    ['without the u', SET.replace('rwxu', 'rwx')],
    ['with blanks', SET.replace(': gfn', ':     gfn')],
  ])('kvm_mmu_set_spte, %s', (_, body) => {
    const { texts, truncated } = read(`tdxvm-13694-13714   [065] ....   807.856265: ${body}\n`);
    expect(texts).toEqual([`1 ${SET_ENTRY}`]);
    expect(truncated.count).toBe(0);
  });

  it('of address space 1', () => {
    const { texts } = read(` a-1 [000] .... 1.0: ${CHANGED.replace('id 0', 'id 1')}\n`);
    expect(texts).toEqual([`1 1 ${CHANGED_ENTRY.slice(2)}`]);
  });

  it('of others are counted, prose is not', () => {
    const text = [
      '# tracer: nop',
      ' a-1 [000] ....  1.0: kvm_exit: vcpu 0 reason EPT_VIOLATION',
      `> a-1 [000] ....  1.0: ${SET}`,
      'CPU:3 [LOST 17 EVENTS]',
      'The kvm_mmu_set_spte: tracepoint of trace_kvm_mmu_set_spte(level, gfn, sptep);',
      'CPU:1 [4 EVENTS DROPPED]',
      ' a-1 [000] ....  1.0: mark_mmio_spte: sptep:0 gfn fed00 access 6 gen 1',
    ].join('\n');
    expect(read(text)).toMatchObject({
      texts: [`3 ${SET_ENTRY}`],
      otherEvents: 2,
      lostEvents: 21,
      lines: 7,
      truncated: { count: 0 },
    });
  });

  it('of a split are the children, of the level below and the type of the whole', () => {
    const split = (entry: string, level: number, errno: number) =>
      ` a-1 [000] ....  1.0: kvm_mmu_split_huge_page: gfn 40000 spte ${entry} level ${level} errno ${errno}\n`;
    const small = read(split('8600000123400bf7', 2, 0));
    expect(small.texts).toHaveLength(512);
    expect(small.texts[0]).toBe('1 0 40000 1 8600000123400b77');
    expect(small.texts[511]).toBe('1 0 401ff 1 86000001235ffb77');
    expect(small).toMatchObject({ splits: 1, otherEvents: 0 });
    expect(read(split('8600000140000bf7', 3, 0)).texts.at(-1)).toBe('1 0 7fe00 2 860000017fe00bf7');
    expect(read(`${split('8600000123400bf7', 2, -12)} a-1 [000] ....  1.0: ${SET}`)).toMatchObject({
      texts: [`2 ${SET_ENTRY}`],
      splits: 0,
    });
  });

  it('that had to make room are lost, as the head of the file says', () => {
    const head = (kept: number) =>
      `# tracer: nop\n#\n# entries-in-buffer/entries-written: ${kept}/262   #P:4\n`;
    const event = ` a-1 [000] ....  1.0: ${SET}\n`;
    expect(read(head(200) + event).lostEvents).toBe(62);
    expect(read(head(262) + event).lostEvents).toBe(0);
  });

  it('that break off take no notice of lost events for their rest', () => {
    const text = ` a-1 [000] ....  1.0: ${SET.slice(0, 40)}\nCPU:1 [LOST 12 EVENTS]\n a-1 [000] ....  1.1: ${SET}\n`;
    const found = read(text);
    expect(found).toMatchObject({ texts: [`3 ${SET_ENTRY}`], lostEvents: 12, truncated: { count: 1 } });
    expect(JSON.stringify(found)).not.toContain('CPU:1');
  });

  it('that break off are counted, the first is named, the rest goes on', () => {
    const prefix = ' a-1 [000] ....  1.0: ';
    const lines = [
      SET,
      CHANGED.slice(0, 60),
      SET.slice(0, 40),
      SET,
      `${CHANGED.slice(0, 26)}`,
      SET,
      SET.replace('level 1', 'level 9'),
    ];
    const source = read(lines.map((line) => prefix + line).join('\n'));
    expect(source.texts).toEqual([1, 4, 6].map((line) => `${line} ${SET_ENTRY}`));
    expect(source.truncated).toMatchObject({ count: 4, first: { line: 2 } });
    expect(source.truncated.first!.text).toContain('kvm_tdp_mmu_spte_changed: as id 0 gfn ffc00');
    // At the end of the text, too.
    const { truncated } = read(`${prefix}${SET}\n${prefix}${CHANGED.slice(0, 60)}`);
    expect(truncated).toMatchObject({ count: 1, first: { line: 2 } });
    expect(truncated.first!.text).toContain('kvm_tdp_mmu_spte_changed: as id 0 gfn ffc00');
  });

  it('read the same fast and slowly', () => {
    const numbers = fc.record({
      gfn: fc.bigInt({ min: 0n, max: (1n << 52n) - 1n }),
      level: fc.integer({ min: 1, max: 5 }),
      entry: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
      space: fc.integer({ min: 0, max: 1 }),
    });
    fc.assert(
      fc.property(fc.array(numbers, { minLength: 1, maxLength: 20 }), (entries) => {
        const lines = entries.map(({ gfn, level, entry, space }, k) =>
          k % 2 === 0
            ? `kvm_tdp_mmu_spte_changed: as id ${space} gfn ${gfn.toString(16)} level ${level} old_spte 5a0 new_spte ${entry.toString(16)}`
            : `kvm_mmu_set_spte: gfn ${gfn.toString(16)} spte ${entry.toString(16)} (rwx) level ${level} at ffff`,
        );
        const text = (end: string) => lines.map((line) => ` a b-1 [000] ....  1.0: ${line}${end}\n`).join('');
        const expected = entries.map(
          ({ gfn, level, entry, space }, k) =>
            `${k + 1} ${k % 2 === 0 ? space : 0} ${gfn.toString(16)} ${level} ${entry.toString(16)}`,
        );
        expect(read(text('')).texts).toEqual(expected);
        // What stands behind the values keeps the fast path away.
        expect(read(text(' .')).texts).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a stream', () => {
  const lines = [SET, CHANGED, SET.replace(' spte', '\nspte')].map(
    (line) => ` a-1 [000] ....  1.0: ${line}\n`,
  );
  const text = lines.join('').repeat(8);

  it('may come in pieces of any size', async () => {
    const whole = read(text).texts;
    expect(whole).toHaveLength(24);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }), async (sizes) => {
        const bytes = Buffer.from(text);
        const pieces: Buffer[] = [];
        for (let at = 0, k = 0; at < bytes.length; at += sizes[k++ % sizes.length]!) {
          pieces.push(bytes.subarray(at, at + sizes[k % sizes.length]!));
        }
        expect(await readPieces(pieces)).toEqual(whole);
      }),
      { numRuns: 30 },
    );
  });

  it('may be UTF-16, as Windows tools redirect it', () => {
    const { texts, take } = collector();
    const bytes = Buffer.concat([
      Buffer.from([0xff, 0xfe]),
      Buffer.from('gfn,level,entry\r\n100,1,100037\r\n', 'utf16le'),
    ]);
    return readTrace([bytes.subarray(0, 7), bytes.subarray(7)], take, { file: 'trace' }).then((source) => {
      expect(texts).toEqual(['2 0 100 1 100037']);
      expect(source.format).toBe('csv');
    });
  });

  it('may be UTF-16 in pieces of any size', async () => {
    const rows = Array.from({ length: 30_000 }, (_, at) => (0x10000 + at).toString(16));
    const text = rows.map((gfn) => `${gfn},1,${gfn}037\r\n`).join('');
    const bytes = Buffer.from(`\ufeffgfn,level,entry\r\n${text}`, 'utf16le');
    const { texts, take } = collector();
    // The first MiB is looked at in one piece; a byte, none, three and so on come behind it.
    const pieces = [bytes.subarray(0, 1 << 20)];
    for (let at = 1 << 20, k = 0; at < bytes.length; k++) {
      const size = [1, 0, 3, 1, 2][k % 5]!;
      pieces.push(bytes.subarray(at, at + size));
      at += size;
    }
    expect(pieces.length).toBeGreaterThan(1000);
    const { truncated } = await readTrace(pieces, take, { file: 'trace' });
    expect(truncated.count).toBe(0);
    expect(texts).toEqual(rows.map((gfn, at) => `${at + 2} 0 ${gfn} 1 ${gfn}037`));
  });

  it.each([0, 1, 2])('may have a line without an end at place %i', async (place) => {
    const long = Buffer.alloc(1 << 20, 'a');
    const parts: Buffer[] = [
      Buffer.from(` a-1 [000] ....  1.0: ${SET}\n`),
      Buffer.from(` a-1 [000] ....  1.0: ${SET}\n`),
    ];
    parts.splice(place, 0, long, long, long, Buffer.from('\n'));
    const { texts, take } = collector();
    const { overlong, lines: count } = await readTrace(parts, take, { file: 'trace' });
    expect(texts).toHaveLength(2);
    expect(overlong).toMatchObject({ count: 1, first: { line: place + 1 } });
    expect(count).toBe(3);
  });

  it('says so where such a line is all there is', async () => {
    const parts = Array.from({ length: 40 }, () => Buffer.alloc(1 << 18, 'a'));
    await expect(readTrace(parts, () => undefined, { file: 'x' })).rejects.toThrow(
      'x: a line is over 64 KiB long',
    );
  });

  it('says how far it has come', async () => {
    const told: number[] = [];
    const pieces = ['100,1,', '', '100037\n'].map((piece) => Buffer.from(piece));
    await readTrace(pieces, () => undefined, { file: 'trace', onProgress: (bytes) => told.push(bytes) });
    expect(told).toEqual([6, 6, 13]);
  });

  /** How many pieces are asked for until it is clear that there is no entry. */
  async function piecesTaken(pieces: readonly string[]): Promise<number> {
    let taken = 0;
    function* given(): Generator<Buffer> {
      for (const piece of pieces) {
        taken += 1;
        yield Buffer.from(piece);
      }
    }
    await expect(readTrace(given(), () => undefined, { file: 'x' })).rejects.toThrow(
      'nothing that looks like',
    );
    return taken;
  }
  const MIB = 1 << 20;
  const notes = (bytes: number): string => '# note\n'.repeat(bytes / 7 + 1).slice(0, bytes);

  it('looks for its format in the first MiB', async () => {
    expect(await piecesTaken([notes(MIB / 2), notes(MIB / 2), '#'])).toBe(2);
    expect(await piecesTaken([notes(MIB - 1), '#', '#', '#'])).toBe(2);
    expect(await piecesTaken([notes(MIB), '#'])).toBe(1);
    expect(await piecesTaken([`\n${notes(MIB - 1)}`, '#', '#'])).toBe(1);
  });

  it('looks for it in the MiB behind a line that is longer than that', async () => {
    expect(await piecesTaken(['a'.repeat(MIB), `a\n${notes(MIB - 2)}`, '#', '#', '#', '#'])).toBe(4);
    expect(await piecesTaken(['a'.repeat(MIB), `\n${notes(MIB - 1)}`, '#', '#'])).toBe(3);
  });

  it.each(['', 'a', 'aa'])(
    'reads all lines behind one that is longer than a MiB and ends with "%s"',
    async (end) => {
      const rows = '1234567,1,1037\n'.repeat(80_000);
      const { texts, take } = collector();
      const pieces = ['\v\t'.repeat(MIB / 2), `${end}\n${rows.slice(0, MIB)}`, rows.slice(MIB)];
      const bytes = pieces.map((piece) => Buffer.from(piece));
      const { lines, overlong, truncated } = await readTrace(bytes, take, { file: 'trace' });
      expect({ lines, overlong: overlong.count, truncated: truncated.count, first: texts[0] }).toEqual({
        lines: 80_001,
        overlong: 1,
        truncated: 0,
        first: '2 0 1234567 1 1037',
      });
      expect(texts).toHaveLength(80_000);
    },
  );

  it('takes a line up to the limit', () => {
    const row = `${' '.repeat(MOST_LINE_BYTES - 12)}100,1,100037`;
    expect(read(`gfn,level,entry\n${row}\n`).texts).toEqual(['2 0 100 1 100037']);
    expect(read(`gfn,level,entry\n1,1,1037\n ${row}\n`).overlong.count).toBe(1);
  });
});

describe('tables of entries', () => {
  it.each([
    ['csv', 'gfn,level,entry\n100,1,100037\n', ['2 0 100 1 100037']],
    ['csv', '0x100,2,0x80000000001000b7\n', ['1 0 100 2 80000000001000b7']],
    ['csv', '123456789abcd,5,fedcba9876543211\n', ['1 0 123456789abcd 5 fedcba9876543211']],
    ['csv', '0xFEDCBA,1,0XABCDEF123456789A\r\n', ['1 0 fedcba 1 abcdef123456789a']],
    ['csv', '1,1,1\n9,3,9f\n', ['1 0 1 1 1', '2 0 9 3 9f']],
    ['csv', '0100,1,0000000000100037\n0,2,0\n00f,3,0F\n', ['1 0 100 1 100037', '2 0 0 2 0', '3 0 f 3 f']],
    [
      'csv',
      '# mine\r\n\r\nEntry;Level;GPA\r\n0x100037;4K;0x100000\r\n100100b7;2M;fffff000\r\n',
      ['4 0 100 1 100037', '5 0 fffff 2 100100b7'],
    ],
    ['csv', 'as_id\tgfn\tlevel\tentry\n1\t100\t1\t100037\n', ['2 1 100 1 100037']],
    [
      'jsonl',
      '{"gfn":"0x100","level":1,"entry":"0x100037"}\n{"gfn":257,"level":"2M","entry":183}\n',
      ['1 0 100 1 100037', '2 0 101 2 b7'],
    ],
    ['jsonl', '[\n  {"gpa":"100000","level":1,"entry":"100037"},\n]\n', ['2 0 100 1 100037']],
    [
      'xen-ept',
      '(XEN) gfn:        100000 order:  9 mfn:        180000 rwx WB!\n(XEN) gfn:  a0 order:  0 mfn:  a1 r x UC \n',
      ['1 0 100000 2 1800000f7', '2 0 a0 1 a1005'],
    ],
  ])('%s', (format, text, expected) => {
    expect(read(text)).toMatchObject({ format, isKvm: false, texts: expected, truncated: { count: 0 } });
  });

  it.each([
    ['csv', 'gfn,level,entry\n100,1\n101,7,37\n102,1,zz\n103,1,103037\n'],
    [
      'jsonl',
      '{"gfn":"100","level":1}\n{"gfn":"0x1\n{"gfn":-1,"level":1,"entry":1}\n{"gfn":"103","level":1,"entry":"103037"}\n',
    ],
  ])('%s with lines that are cut off', (_, text) => {
    const { texts, truncated } = read(text);
    expect(texts.map((one) => one.replace(/^\d+ /, ''))).toEqual(['0 103 1 103037']);
    expect(truncated.count).toBe(3);
  });

  it('JSON lines read the same fast and slowly', () => {
    const rows = fc.array(
      fc.record({
        gfn: fc.bigInt({ min: 0n, max: (1n << 52n) - 1n }),
        level: fc.integer({ min: 1, max: 5 }),
        entry: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
      }),
      { minLength: 1, maxLength: 10 },
    );
    const texts = (list: readonly { gfn: bigint; level: number; entry: bigint }[], more: string) =>
      read(
        list
          .map(
            ({ gfn, level, entry }) =>
              `{"gfn":"0x${gfn.toString(16)}","level":${level},"entry":"0x${entry.toString(16)}"${more}}`,
          )
          .join('\n'),
      ).texts;
    fc.assert(
      fc.property(rows, (list) => {
        const fast = texts(list, '');
        expect(fast).toHaveLength(list.length);
        expect(texts(list, ',"comment":""')).toEqual(fast);
      }),
      { numRuns: 50 },
    );
  });

  const WALK = [
    'PML4e at 0x10751f000     PDPTe at 0x1075a0000     PDe at 0x1075a1000       PTe at 0x107600800',
    'contains 0x1075a0007     contains 0x1075a1007     contains 0x107600007     contains 0x100037',
    'pfn 0x1075a0 -----XWR    pfn 0x1075a1 -----XWR    pfn 0x107600 -----XWR    pfn 0x100 -----XWR',
  ];
  const HYPERDBG = [
    'GPA c0200000',
    'PML4E (PXE) at ffff83c1e0f07000\tcontains 0000000004108007',
    'PDPTE (PPE) at ffff83c1e0ff0018\tcontains 000000000411c007',
    'PDE at ffff83c1fe001008\tcontains 00000000c0200087',
    "PDE is a large page, so it doesn't have a PTE",
  ];

  it.each([
    ['in two lines', WALK, ['1 0 100 1 100037']],
    ['a line a table', HYPERDBG, ['2 0 c0200 2 c0200087']],
    ['one after the other', [...WALK, ...HYPERDBG], ['1 0 100 1 100037', '5 0 c0200 2 c0200087']],
  ])('walks, %s', (_, lines, expected) => {
    expect(read(lines.join('\n'))).toMatchObject({ format: 'walk', texts: expected, foreignEntries: 0 });
  });

  it("walks through the guest's own tables, which are not EPT", () => {
    const guest = HYPERDBG.map((line) => line.replace(/7$/, '67').replace('GPA', 'VA'));
    expect(read(guest.join('\n'))).toMatchObject({ texts: [], foreignEntries: 1 });
  });

  it('walks that break off', () => {
    expect(read(`${WALK[0]}\n${WALK[1]!.slice(0, 40)}\n${HYPERDBG.join('\n')}`)).toMatchObject({
      texts: ['3 0 c0200 2 c0200087'].map((one) => one.replace('3', '4')),
      truncated: { count: 1, first: { line: 1 } },
    });
  });
});

describe("Xen's entries", () => {
  const line = (access: string, type: string, order = ' 0') =>
    `(XEN) gfn: 100000 order: ${order} mfn: 180000 ${access} ${type}\n`;
  const entryOf = (text: string) => read(text).texts[0]?.split(' ').slice(3).join(' ');

  it.each<[string, number]>([
    ['UC', 0],
    ['WC', 1],
    ['WT', 4],
    ['WP', 5],
    ['WB', 6],
    ['??', 7],
    ['?2', 2],
    ['X3', 3],
    ['R7', 7],
    ['0', 0],
    ['3', 3],
    ['7', 7],
  ])('type %s is %i, with IPAT or without', (word, type) => {
    expect(entryOf(line('rwx', `${word}!`))).toBe(
      `1 ${((0x180000n << 12n) | 7n | BigInt(type << 3) | 0x40n).toString(16)}`,
    );
    expect(entryOf(line('rwx', word))).toBe(
      `1 ${((0x180000n << 12n) | 7n | BigInt(type << 3)).toString(16)}`,
    );
  });

  it.each<[string, number]>([
    ['   ', 0],
    ['r  ', 1],
    [' w ', 2],
    ['  x', 4],
    ['rw ', 3],
  ])('access "%s" is %i', (access, bits) => {
    expect(entryOf(line(access, 'UC'))).toBe(`1 ${((0x180000n << 12n) | BigInt(bits)).toString(16)}`);
  });

  it('have the level of their order; what is not populated is 0', () => {
    expect(entryOf(line('rwx', 'WB', ' 9'))).toBe('2 1800000b7');
    expect(entryOf(line('rwx', 'WB', '18'))).toBe('3 1800000b7');
    expect(entryOf('gfn: 100000 order:  9 PoD\n')).toBe('2 0');
    expect(
      read(line('rwx', 'WB') + line('rwx', 'WB').replace('order:  0', 'order:  1')).truncated,
    ).toMatchObject({
      count: 1,
      first: { line: 2 },
    });
  });
});

describe('what is none', () => {
  it.each([
    ['', 'is empty'],
    ['\n\n', 'is empty'],
    ['Hello\nworld\n', 'holds nothing that looks like EPT entries'],
    ['\x17\x08\x44tracing\0', 'trace-cmd report'],
    ['PERFILE2\0\0', 'perf script'],
    ['\x1f\x8b\x08\0\0', 'gzip -dc'],
    ['\x7fELF\x02\x01\x01', 'an ELF file'],
  ])('%j', (text, message) => {
    expect(() => readTraceText('', () => undefined, { file: 'x' })).toThrow('x: is empty');
    const push = async () => readTrace([Buffer.from(text, 'latin1')], () => undefined, { file: 'x' });
    return expect(push()).rejects.toThrow(message);
  });
});
