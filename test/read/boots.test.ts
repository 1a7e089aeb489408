import { describe, expect, it } from 'vitest';
import { readText, toVcpuInits } from '../../src/read/index.ts';
import { readFixture } from './fixture.ts';

describe('files that hold several boots', () => {
  it('takes the last, and says so', () => {
    const facts = readFixture('dmesg-boots.txt');
    expect(facts.recognised).toMatchObject([{ blocks: 3, taken: 3 }]);
    expect(facts.registers.get(0x201)?.value).toBe(0x7fc0000800n);
    expect(facts.messages.map((one) => one.text)).toContain(
      '3 boots in dmesg-boots.txt: the last one is taken; choose with --boot N',
    );
    expect(facts.messages.map((one) => one.text).join()).toContain(
      'CPUs with different variable MTRR settings',
    );
  });

  it.each([
    [1, 0x7fc0000800n],
    [2, 0x7f80000800n],
    [3, 0x7fc0000800n],
  ])('takes boot %i if asked', (boot, mask) => {
    const facts = readFixture('dmesg-boots.txt', { boot });
    expect(facts.recognised).toMatchObject([{ blocks: 3, taken: boot }]);
    expect(facts.registers.get(0x201)?.value).toBe(mask);
    expect(facts.ram.filter(({ source }) => source === 'e820')).toHaveLength(9);
    expect(facts.contradictions).toEqual([]);
  });

  it('does not take /proc/version in a report for a boot', () => {
    const text =
      '[    0.000000] Linux version 5.15.0 (a@b)\n' +
      '[    0.000001] MTRR default type: write-back\n' +
      'Linux version 5.15.0 (a@b) #1 SMP\n';
    expect(readText(text).registers.get(0x2ff)?.value).toBe(6n);
  });

  it('says which boot has the registers if the last one shows none', () => {
    const text =
      '[    0.000000] Linux version 5.15.0 (a@b)\n' +
      '[    0.000001] MTRR default type: write-back\n' +
      '[    0.000002] MTRR variable ranges enabled:\n' +
      '[    0.000003]   0 disabled\n' +
      '[    0.000000] Linux version 5.15.0 (a@b)\n' +
      '[    0.000001] BIOS-e820: [mem 0x0000000000000000-0x000000000009ffff] usable\n';
    expect(() => toVcpuInits(readText(text, { file: 'two' }))).toThrow(
      'two:6: no MTRR registers: the last boot shows no MTRRs, boot 1 does: --boot 1',
    );
    expect(toVcpuInits(readText(text, { boot: 1 })).cpus).toHaveLength(1);
  });

  it('takes the last of several register blocks of a firmware log', () => {
    expect(readFixture('edk2.txt').registers.get(0x2ff)?.value).toBe(0xc00n);
    expect(readFixture('edk2.txt', { boot: 1 }).registers.get(0x2ff)?.value).toBe(0xc06n);
    expect(readFixture('edk2.txt', { boot: 1 }).maps[0]?.ranges).toHaveLength(2);
  });

  it('takes the last of two /proc/mtrr listings', () => {
    const facts = readText(
      'reg00: base=0x000000000 (    0MB), size= 2048MB, count=1: write-back\n' +
        'reg01: base=0x080000000 ( 2048MB), size= 1024MB, count=1: write-back\n' +
        'reg00: base=0x000000000 (    0MB), size= 4096MB, count=1: write-back\n',
    );
    expect([...facts.registers.keys()]).toEqual([0x200, 0x201]);
    expect(facts.recognised).toMatchObject([{ blocks: 2, taken: 2 }]);
  });
});
