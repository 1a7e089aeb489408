/** What is asked of a conversion, and refused: address bits, strictness, texts without MTRRs. */
import { describe, expect, it } from 'vitest';
import { keyIdsOf } from '../../src/read/facts/key-ids.ts';
import { mergeFacts, NO_FACTS, readText, toVcpuInits } from '../../src/read/index.ts';
import { readFixture } from './fixture.ts';

describe('what is asked of a conversion', () => {
  const facts = readText('0x200,0x6\n0x201,0x780000800\n0x2ff,0xc00\n', { file: 'b.csv' });
  const asked = (options: object, of = facts) => toVcpuInits(of, options);

  it.each([32, 52, 40])('%i address bits', (physBits) => {
    expect(asked({ physBits }, readText('0x2ff,0xc00\n')).maxphyaddr).toBe(physBits);
  });

  it.each([31, 53, 40.5, Number.NaN])('not %d', (physBits) => {
    expect(() => asked({ physBits })).toThrow(`b.csv: --phys-bits ${physBits}: expected 32 to 52`);
  });

  it('no fewer than a mask has', () => {
    expect(asked({ physBits: 35 }).maxphyaddr).toBe(35);
    expect(() => asked({ physBits: 34 })).toThrow('b.csv:2: --phys-bits 34 is too low: this mask has bit 34');
  });

  it('nothing of another kind', () => {
    expect(() => toVcpuInits('dump' as never)).toThrow('facts: expected what a reader has found, got "dump"');
    expect(() => asked({ physBits: '40' })).toThrow('physBits: expected an integer 32..52, got "40"');
    expect(() => asked({ strict: 'yes' })).toThrow('strict: expected true or false, got "yes"');
    expect(() => toVcpuInits(facts, 40 as never)).toThrow(
      'expected options such as { physBits: 46 }, got 40',
    );
  });

  it('strictly: the text in which the first thing is open', () => {
    const whole = readText('address sizes : 40 bits physical, 48 bits virtual\n', { file: 'cpuinfo' });
    const open = mergeFacts([whole, readFixture('proc-mtrr.txt')]);
    expect(() => asked({ strict: true }, open)).toThrow(
      /^proc-mtrr\.txt:\d+: strict: assumed: default type UC/,
    );
    expect(() => asked({ strict: true }, readText('0x2ff,0x800\n', { file: 'c' }))).toThrow(
      /^c: strict: assumed/,
    );
  });

  it('of no MTRRs: which text it is, and for programs of which kind the error is', () => {
    const at = (line: number) => ({ file: `f${line}`, line });
    const messages = [1, 2, 3].map((line) => ({ severity: 'note' as const, text: 'x', at: at(line) }));
    expect(() => toVcpuInits(NO_FACTS)).toThrow(/^-: no MTRR registers: bring/);
    expect(() => toVcpuInits({ ...NO_FACTS, messages })).toThrow(/^f1: no MTRR registers: bring/);
    expect(() => toVcpuInits(NO_FACTS)).toThrow(expect.objectContaining({ reason: 'no-registers' }));
  });

  it('what is torn: what would settle it', () => {
    const torn = [{ subject: 'pat' as const, what: 'the PAT', isAll: false, at: { file: 'b.csv', line: 1 } }];
    expect(toVcpuInits({ ...facts, torn }).evidence[0]).toMatchObject({
      level: 'torn',
      settledBy: 'MSR 0x277 (rdmsr or dmesg)',
    });
  });
});

describe('KeyIDs', () => {
  it.each([
    ['0x982,0x3\n', undefined],
    ['0x982,0x100000003\n', 1],
    ['x86/mktme: BIOS enabled: x86_phys_bits reduced by 0\n', undefined],
    ['x86/mktme: BIOS enabled: x86_phys_bits reduced by 1\n', 1],
    ['x86/mktme: BIOS enabled: x86_phys_bits reduced by 1\n0x982,0x3\n', undefined],
  ])('of %j take %s bits', (text, bits) => {
    expect(keyIdsOf(readText(`${text}0x2ff,0xc00\n`))?.bits).toBe(bits);
  });
});
