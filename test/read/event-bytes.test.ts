/** The fast way through trace events: it takes what is whole, alone, wherever it lies, and leaves all else to the slow one. */
import { describe, expect, it } from 'vitest';
import { EventBytes } from '../../src/read/trace/bytes.ts';
import { EntrySink } from '../../src/read/trace/reader.ts';
import { entryTexts } from './entry-texts.ts';

/** What the fast way makes of a line that lies between other bytes; undefined: it leaves it. */
function fast(line: string, before = '7 ', behind = ' 7'): string | undefined {
  const texts: string[] = [];
  const sink = new EntrySink((batch) => {
    texts.push(...entryTexts(batch));
  });
  const bytes = Buffer.from(before + line + behind, 'latin1');
  const isTaken = new EventBytes().read(bytes, before.length, before.length + line.length, 5, sink);
  sink.flush();
  expect(texts.length).toBe(isTaken ? 1 : 0);
  return texts[0];
}

const CHANGED =
  'kvm_tdp_mmu_spte_changed: as id 0 gfn ffc00 level 2 old_spte 800000010bc97907 new_spte 80000000000005a0';
const SET = 'kvm_mmu_set_spte: gfn 1151b spte 86000080a5669b37 (rwxu) level 1 at 80b34fc8d8';
const [IS_CHANGED, IS_SET] = ['5 0 ffc00 2 80000000000005a0', '5 0 1151b 1 86000080a5669b37'];

describe('the fast way', () => {
  it.each<[string, string]>([
    [CHANGED, IS_CHANGED],
    [SET, IS_SET],
    [` vm-1 [002] d..1. 1.5: ${CHANGED}`, IS_CHANGED],
    [` vm-1 [002] d..1. 1.5: kvmmmu:${SET}`, IS_SET],
    [`${CHANGED} \r`, IS_CHANGED],
    [`${SET}  `, IS_SET],
    [SET.replace(': gfn', ':  gfn'), IS_SET],
    [SET.replace(': gfn', ':   gfn'), IS_SET],
    [CHANGED.replace(': as', ':  as'), IS_CHANGED],
    [CHANGED.replace(': as', ':     as'), IS_CHANGED],
    [SET.replace('(rwxu)', '(r)'), IS_SET],
    [SET.replace('(rwxu)', '()'), IS_SET],
    [SET.replace('(rwxu)', '(rwxu5)'), IS_SET],
    [CHANGED.replace('id 0', 'id 1'), '5 1 ffc00 2 80000000000005a0'],
    [CHANGED.replace('id 0', 'id 01'), '5 1 ffc00 2 80000000000005a0'],
    [CHANGED.replace('id 0', 'id 00'), IS_CHANGED],
    [CHANGED.replace('id 0', 'id 10'), '5 10 ffc00 2 80000000000005a0'],
    [CHANGED.replace('id 0', 'id 99'), '5 99 ffc00 2 80000000000005a0'],
    [CHANGED.replace('80000000000005a0', '0'), '5 0 ffc00 2 0'],
    [CHANGED.replace('80000000000005a0', 'ABCDEFabcdef0123'), '5 0 ffc00 2 abcdefabcdef0123'],
    [CHANGED.replace('80000000000005a0', 'ffffffff'), '5 0 ffc00 2 ffffffff'],
    [CHANGED.replace('80000000000005a0', '100000000'), '5 0 ffc00 2 100000000'],
    [CHANGED.replace('ffc00', 'fffffffffffff'), '5 0 fffffffffffff 2 80000000000005a0'],
    [CHANGED.replace('ffc00', '0'), '5 0 0 2 80000000000005a0'],
    [SET.replace('1151b', '0'), '5 0 0 1 86000080a5669b37'],
    [SET.replace('1151b', '89abcdef'), '5 0 89abcdef 1 86000080a5669b37'],
    ...[1, 2, 3, 4, 5].flatMap((level): [string, string][] => [
      [CHANGED.replace('level 2', `level ${level}`), IS_CHANGED.replace(' 2 ', ` ${level} `)],
      [SET.replace('level 1', `level ${level}`), IS_SET.replace(' 1 ', ` ${level} `)],
    ]),
  ])('takes %j', (line, entry) => {
    // Of an event that begins the line nothing may stand before.
    for (const [before, behind] of [
      ['', ''],
      ['7 ', ' 7'],
      [': ', 'f'],
      ['f', '0'],
    ])
      expect(fast(line, before, behind)).toBe(entry);
  });

  it.each([
    '',
    ' ',
    'ff',
    CHANGED.slice(1),
    SET.slice(1),
    `x${CHANGED}`,
    `a.${SET}`,
    SET.replace(': gfn', ':gfn'),
    SET.replace(' gfn', '  x gfn'),
    CHANGED.replace(' as', ' a'),
    CHANGED.replace('id 0', 'id x'),
    CHANGED.replace('id 0', 'id 100'),
    CHANGED.replace('id 0', 'id'),
    CHANGED.replace('id 0', 'id '),
    CHANGED.replace('id 0', 'id 0 '),
    CHANGED.replace('id 0', 'id 1/'),
    CHANGED.replace('id 0', 'id 1:'),
    CHANGED.replace('id 0', 'id :'),
    CHANGED.replace('id 0', 'id :1'),
    CHANGED.replace('id 0', 'id /1'),
    CHANGED.replace('level 2', 'level '),
    CHANGED.replace('level 2', 'level 1/'),
    CHANGED.replace('level 2', 'level 0'),
    CHANGED.replace('level 2', 'level 6'),
    CHANGED.replace('level 2', 'level x'),
    SET.replace('level 1', 'level 0'),
    SET.replace('level 1', 'level 6'),
    SET.replace('level 1', 'level'),
    CHANGED.replace('ffc00', '10000000000000'),
    SET.replace('1151b', '10000000000000'),
    CHANGED.replace('ffc00', ''),
    CHANGED.replace('ffc00', '0xffc00'),
    CHANGED.replace('ffc00', '\xffffc00'),
    CHANGED.replace('80000000000005a0', '080000000000005a0'),
    CHANGED.replace('80000000000005a0', ''),
    CHANGED.replace('800000010bc97907', 'x'),
    CHANGED.replace('old_spte', 'old'),
    CHANGED.replace('new_spte', 'spte'),
    SET.replace('86000080a5669b37', '186000080a5669b37'),
    SET.replace('86000080a5669b37', ''),
    SET.replace(' spte 86000080a5669b37', ''),
    SET.replace(' (rwxu)', ''),
    SET.replace(' (rwxu)', ' x(rwxu)'),
    SET.replace('80b34fc8d8', ''),
    SET.replace(' at ', ' in '),
    SET.replace('(rwxu)', 'rwxu)'),
    SET.replace('(rwxu)', '(rwxu'),
    SET.replace('(rwxu)', '(rwxuvw)'),
    SET.replace(' (rwxu)', '(rwxu)'),
    SET.replace(' spte', ' xspte'),
    SET.replace('set', 'get'),
    CHANGED.replace('_spte_', '_'),
  ])('leaves %j', (line) => {
    expect(fast(line)).toBeUndefined();
    expect(fast(line, 'kvm_mmu_set_spte: ', ' new_spte 1')).toBeUndefined();
  });

  it('takes no line whose beginning stands before it', () => {
    for (const line of [CHANGED, SET])
      for (let at = 1; at < line.length; at++)
        expect(fast(line.slice(at), line.slice(0, at), ''), line.slice(at)).toBeUndefined();
  });

  it('takes no line that lacks a letter or has another, but where that is a number', () => {
    for (const line of [CHANGED, SET]) {
      const numbers = new Set(
        [...line.matchAll(/(?<= )[0-9a-f]+(?= |$)/g)].flatMap(({ index, 0: text }) =>
          Array.from(text, (_, at) => index + at),
        ),
      );
      for (let at = 0; at < line.length; at++) {
        if (numbers.has(at) || /[(rwxu)]/.test(line[at]!)) continue;
        // A blank more or less behind the name's colon is one still.
        const other = `${line.slice(0, at)}#${line.slice(at + 1)}`;
        expect(fast(other), other).toBeUndefined();
      }
    }
  });
});
