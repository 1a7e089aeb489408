/** What shows that a text was cut where no reader noticed. */
import { describe, expect, it } from 'vitest';
import { Residue } from '../../src/read/dress/residue.ts';

/** A line, and whether a reader wanted it. */
type Looked = readonly [text: string, isRead: boolean];

/** A line begins as those of a log do where `#` stands before it. */
const clean = (text: string) => ({ text: text.replace(/^#/, ''), isPrefixed: text.startsWith('#') });

function cutOf(lines: readonly Looked[]) {
  const residue = new Residue();
  for (const [at, [text, isRead]] of lines.entries()) residue.push(text, at + 1, isRead);
  return residue.cutOf(clean);
}

const times = (count: number, ...lines: readonly Looked[]): readonly Looked[] =>
  Array.from({ length: count }, () => lines).flat();

/** As long as the column, 19, and the end of a line that was cut there. */
const FULL: Looked = ['aaaaaaaaa bbbbbbbbb', true];
const SILENT: Looked = [FULL[0], false];
const END: Looked = ['ccccc', false];
const READ: Looked = ['dd', true];

describe('what shows a cut that no reader noticed', () => {
  it('are short lines that say nothing behind long ones', () => {
    expect(cutOf(times(6, FULL, END))).toEqual({
      column: 19,
      silent: [2, 4, 6, 8, 10, 12],
      isCertain: true,
    });
  });

  it('are no lines of a list that nobody reads, however short', () => {
    const rows = Array.from({ length: 20 }, (_, at): Looked => [`0x${100 + at}: 0000000000000d0a`, false]);
    expect(cutOf([['0x2ff: 0000000000000c00', true], ...rows])).toBeUndefined();
  });

  it('are five of them, and a tenth of the lines', () => {
    expect(cutOf(times(5, FULL, END))).toBeDefined();
    expect(cutOf(times(4, FULL, END))).toBeUndefined();
    expect(cutOf([...times(44, FULL), ...times(6, FULL, END)])).toBeDefined();
    expect(cutOf([...times(50, FULL), ...times(6, FULL, END)])).toBeUndefined();
  });

  it('stand within the column of nearly all lines, or of all of them', () => {
    expect(cutOf([...times(6, FULL, END), ['e'.repeat(100), true]])).toMatchObject({ column: 19 });
    const rest: Looked = ['ccccc dddddddddddddd', false];
    const before: Looked = ['aaaaaaaaaaaaaa bbbbbbbbb', true];
    expect(cutOf([...times(5, before, rest), ['e'.repeat(30), true]])).toMatchObject({ column: 30 });
    expect(cutOf([...times(5, before, rest), ['e'.repeat(31), true]])).toBeUndefined();
  });

  it('are short ones, three of ten or, where most says nothing, four and one of twelve', () => {
    const certain = [...times(6, FULL, END), ...times(14, SILENT)];
    expect(cutOf(certain)).toMatchObject({ isCertain: true });
    expect(cutOf([...certain, ...times(10, FULL), SILENT])).toMatchObject({ isCertain: false });
    expect(cutOf([...certain, ...times(30, FULL), SILENT])).toBeUndefined();
    const likely = [...times(4, SILENT, END), ...times(12, SILENT)];
    expect(cutOf([...likely, ...times(24, READ)])).toMatchObject({ column: 19, isCertain: false });
    expect(cutOf([...likely, ...times(25, READ)])).toBeUndefined();
    expect(cutOf([...times(3, SILENT, END), ...times(13, SILENT)])).toBeUndefined();
    expect(cutOf([...likely, ...times(30, SILENT)])).toMatchObject({ isCertain: false });
    expect(cutOf([...likely, ...times(40, SILENT)])).toBeUndefined();
    // 45 of 100.
    expect(cutOf([...likely, ...times(25, SILENT), ...times(55, READ)])).toMatchObject({ isCertain: false });
    expect(cutOf(times(20, SILENT))).toBeUndefined();
  });

  it('are most of the lines that say nothing', () => {
    expect(cutOf([...times(6, FULL, END), ...times(4, ['x', false], ['', false])])).toBeDefined();
    expect(cutOf([...times(6, FULL, END), ...times(5, ['x', false], ['', false])])).toBeUndefined();
  });

  it('are no lines that hold nothing but what stands before all lines', () => {
    expect(cutOf(times(6, FULL, ['#', false]))).toBeUndefined();
  });

  it('begin with a word that had no room in the line before', () => {
    const before: Looked = ['aaaaaaa bbbbbb', true];
    const long = times(1, ['e'.repeat(20), true]);
    expect(cutOf([...times(5, before, ['ccccc d', false]), ...times(5, ...long)])).toMatchObject({
      column: 20,
    });
    expect(cutOf([...times(5, before, ['cccc d', false]), ...times(5, ...long)])).toBeUndefined();
    expect(cutOf([...times(5, before, [' ccccc d', false]), ...times(5, ...long)])).toBeUndefined();
  });

  it('begin as no line of a log does, unless all lines of a narrow text do', () => {
    const dressed = (lines: readonly Looked[]) => lines.map(([text, isRead]): Looked => [`#${text}`, isRead]);
    expect(cutOf([...times(5, ['#aaaaaaaaa bbbbbbbbb', true], END)])).toBeDefined();
    expect(cutOf(dressed(times(5, FULL, END)))).toBeDefined();
    expect(cutOf([...dressed(times(5, FULL, END)), ['', true]])).toBeDefined();
    expect(cutOf([...dressed(times(5, FULL, END)), READ])).toBeUndefined();
    const wide = (column: number) => dressed(times(5, ['f'.repeat(column), true], END));
    expect(cutOf(wide(39))).toBeDefined();
    expect(cutOf(wide(40))).toBeUndefined();
  });

  it('are looked for in 4096 lines', () => {
    const pairs = times(410, FULL, END);
    expect(cutOf([...times(3276, FULL), ...pairs])?.silent.at(-1)).toBe(4096);
    expect(cutOf([...times(3277, FULL), ...pairs])).toBeUndefined();
  });

  it('are looked for in 262144 characters', () => {
    const behind = (length: number) => cutOf([['e'.repeat(length), true], ...times(5, FULL, END)]);
    expect(behind(262_028)?.silent).toHaveLength(5);
    expect(behind(262_029)).toBeUndefined();
  });
});
