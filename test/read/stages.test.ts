import { describe, expect, it } from 'vitest';
import { readText } from '../../src/read/index.ts';
import { inHex } from './fixture.ts';

const BLOCK = `MTRR default type: uncachable
MTRR fixed ranges disabled:
MTRR variable ranges enabled:
  0 base 0000000000 mask 7F80000000 write-back
  1 base 0080000000 mask 7FC0000000 write-back
  2 disabled
  3 disabled
`;
const COVERED = 'total RAM covered: 3072M\n';
const TRIED = ' gran_size: 64K \tchunk_size: 64M \tnum_reg: 2  \tlose cover RAM: 0G\n';
const FOUND = 'Found optimal setting for mtrr clean up\n';
const NEW = `New variable MTRRs
reg 0, base: 0GB, range: 4GB, type WB
reg 1, base: 3GB, range: 1GB, type UC
`;
const notes = (text: string, stage?: string) =>
  readText(text, stage === undefined ? {} : { stage }).messages.map((one) => one.text);

describe("Linux's mtrr_cleanup", () => {
  it('gives the ranges after it, and those before it on demand', () => {
    const text = BLOCK + COVERED + FOUND + TRIED + NEW;
    const after = readText(text);
    expect(after.stages.map(({ name, taken }) => [name, taken])).toEqual([
      ['firmware', false],
      ['after-cleanup', true],
    ]);
    expect(inHex(after.registers)).toMatchObject({ 200: '6', 202: 'c0000000' });
    expect(after.registers.get(0x205)).toMatchObject({ value: 0n, known: 0x800n });
    const before = readText(text, { stage: 'firmware' });
    expect(inHex(before.registers)).toMatchObject({ 202: '80000006' });
    expect(before.messages[0]!.text).toContain('--stage after-cleanup takes the new ones');
  });

  it('is noted where the new ranges are not printed', () => {
    expect(notes(BLOCK + COVERED + FOUND + TRIED)[0]).toContain(
      'the kernel rewrote the variable ranges after this',
    );
    // With the sizes on the command line the kernel takes them without "Found".
    expect(notes(BLOCK + COVERED + TRIED)[0]).toContain('the kernel rewrote the variable ranges after this');
  });

  it('leaves the present ranges to a text that shows them', () => {
    const text = `${BLOCK}${COVERED}${FOUND}${TRIED}`;
    const proc =
      'reg00: base=0x000000000 (    0MB), size= 4096MB, count=1: write-back\n' +
      'reg01: base=0x0c0000000 ( 3072MB), size= 1024MB, count=1: uncachable\n';
    const facts = readText(text + proc);
    expect(facts.contradictions).toEqual([]);
    expect(inHex(facts.registers)).toMatchObject({ 200: '6', 202: 'c0000000', '2ff': '800' });
    expect(facts.messages.map((one) => one.text)[0]).toContain('those that the other text shows are taken');
    const firmware = readText(text + proc, { stage: 'firmware' });
    expect(inHex(firmware.registers)).toMatchObject({ 202: '80000006' });
  });

  it('that failed rewrote nothing', () => {
    const failed = `${BLOCK}${COVERED}${TRIED}*BAD*${TRIED}mtrr_cleanup: can not find optimal value\n`;
    expect(notes(failed).join()).not.toContain('rewrote');
    expect(readText(failed).complaints).toMatchObject([{ kind: 'ranges-short', severity: 'INFO' }]);
  });
});

describe("coreboot's temporary ranges", () => {
  const map = (kind: string) => `MTRR: ${kind}Physical address space:
0x0000000000000000 - 0x000000007fffffff size 0x80000000 type 6
`;
  const fixed = 'MTRR: Fixed MSR 0x250 0x0606060606060606\n';
  const ranges = (second: string) => `MTRR: default type WB/UC MTRR counts: 3/2.
MTRR: UC selected as default type.
MTRR: 0 base 0x0000000000000000 mask 0x0000007f80000000 type 6
MTRR: 1 ${second}
`;
  const wc = ranges('base 0x0000000080000000 mask 0x0000007ff0000000 type 1');
  const flash = ranges('base 0x00000000ff000000 mask 0x0000007fff000000 type 5');
  const permanent = map('') + fixed + wc;
  const temporary = map('TEMPORARY ') + flash;

  it.each([
    ['behind the permanent ones', permanent + temporary],
    ['before them', temporary + permanent],
  ])('%s are left out, fixed ranges kept', (_, text) => {
    const facts = readText(text);
    expect(inHex(facts.registers)).toMatchObject({ 202: '80000001', 250: '606060606060606' });
    expect(facts.messages.at(-1)!.text).toContain('--stage temporary takes them');
    expect(inHex(readText(text, { stage: 'temporary' }).registers)).toMatchObject({ 202: 'ff000005' });
  });

  it('alone are what there is', () => {
    const alone = readText(temporary);
    expect(inHex(alone.registers)).toMatchObject({ 202: 'ff000005' });
    expect(alone.torn).toMatchObject([{ subject: 'variable-ranges', at: { line: 1 } }]);
    expect(readText(temporary, { stage: 'temporary' }).torn).toEqual([]);
  });

  it('leave nothing of their default type behind', () => {
    const lasting = permanent.replace('UC selected', 'WB selected');
    const facts = readText(temporary + lasting);
    expect(facts.contradictions).toEqual([]);
    expect(facts.registers.get(0x2ff)).toMatchObject({ value: 6n });
  });
});

describe('--stage', () => {
  it('names the states that there are', () => {
    expect(() => readText(BLOCK, { file: 'a', stage: 'firmware' })).toThrow(
      'a: --stage firmware was asked for, and the text shows one state of the registers alone',
    );
    expect(() => readText(BLOCK + COVERED + FOUND + NEW, { file: 'a', stage: 'permanent' })).toThrow(
      'a: --stage permanent was asked for, and the text shows firmware and after-cleanup',
    );
  });
});
