import { describe, expect, it } from 'vitest';
import { msrByName } from '../../src/msr/index.ts';
import { cleanLine } from '../../src/read/line.ts';

describe('a line without what stands around it', () => {
  const TEXT = '0 base 0080000000 mask FFC0000000 write-back';
  it.each([
    [`[    0.000000]   ${TEXT}`, 2],
    [`<7>[    0.000000]   ${TEXT}`, 2],
    [`[    0.000000][    T0]   ${TEXT}`, 2],
    [`Sep 16 11:55:06 host kernel:   ${TEXT}`, 2],
    [`Sep 16 11:55:06 host hypervisor[12]:   ${TEXT}`, 2],
    [`2021-03-02 10:00:00 xen:   ${TEXT}`, 2],
    [`Sep 16 11:55:06 host kernel: [    0.000000]   ${TEXT}`, 2],
    [`2021-03-02T10:00:00.123456+01:00 host kernel:   ${TEXT}`, 2],
    [`2021-03-02T10:00:00,123456+01:00   ${TEXT}`, 2],
    [`[    0.738551] kernel:   ${TEXT}`, 2],
    [`[    0.738551] host.example kernel:   ${TEXT}`, 2],
    [`[Sat Apr  4 07:41:09 2020]   ${TEXT}`, 2],
    [`kern  :debug : [    0.000000]   ${TEXT}`, 2],
    [`(XEN)   ${TEXT}`, 2],
    [`(XEN) [0000001b374dc4b3]   ${TEXT}`, 2],
    [`(XEN) [    0.000000]   ${TEXT}`, 2],
    [`[DEBUG]    ${TEXT}`, 2],
    [`> > [    0.000000]   ${TEXT}`, 2],
    [`>> <6>[    0.000000]   ${TEXT}\r`, 2],
    [`[B][    0.000000]   ${TEXT}`, 2],
    [`  [    0.000000]   ${TEXT}`, 2],
    [`\t[    0.000000]\t\t\t${TEXT}`, 2],
    [`    "[    0.000000]   ${TEXT}",`, 2],
    [`\\[    0.000000\\]   ${TEXT}`, 2],
    [`{"_PID":"0","MESSAGE":"  ${TEXT}"}`, 2],
    [`\x1b[32m[    0.000000] \x1b[0m\x1b[33m  ${TEXT}\x1b[0m`, 2],
    [`\ufeff  ${TEXT}`, 2],
    [`_${TEXT}_`, 0],
    [`\`${TEXT}\``, 0],
    [`//!     // ${TEXT}`, 0],
    [` * ${TEXT}`, 0],
    [TEXT, 0],
  ])('%j', (raw, indent) => {
    expect(cleanLine(raw, 7)).toMatchObject({ text: TEXT, indent, number: 7 });
  });

  it('decodes quoted-printable only where every = is escaped', () => {
    expect(cleanLine('last_pfn =3D 0x5f80000 max =3D 1', 1).text).toBe('last_pfn = 0x5f80000 max = 1');
    expect(cleanLine('reg00: base=0x00000000 (   0MB), size=2048MB: write-back', 1).text).toContain(
      'size=2048MB',
    );
    expect(cleanLine('Base=00000000c0000000 Mask=0000003fc0000800', 1).text).toContain(
      'Base=00000000c0000000',
    );
  });

  it('takes off 16 of them, one within the other', () => {
    expect(cleanLine(`${'> '.repeat(16)}${TEXT}`, 1).text).toBe(TEXT);
    expect(cleanLine(`${'> '.repeat(17)}${TEXT}`, 1).text).toBe(`> ${TEXT}`);
    expect(cleanLine(`${'>'.repeat(17)}`, 1).text).toBe('>');
  });

  it('takes no emphasis off that is not around all of it', () => {
    expect(cleanLine('_a_ and _b', 1).text).toBe('_a_ and _b');
    expect(cleanLine('**ab**', 1).text).toBe('ab');
    expect(cleanLine('a_', 1).text).toBe('a_');
  });

  it('tells Xen and log prefixes', () => {
    expect(cleanLine('(XEN) x', 1)).toMatchObject({ xen: true, prefixed: true });
    expect(cleanLine('> x', 1)).toMatchObject({ xen: false, prefixed: false });
  });

  it('cuts what is longer than any dump has it', () => {
    for (const part of ['[', '> ', '=3D', '[B]', '"\\', '[    0.1] ']) {
      // And a mark, where that cuts a word.
      expect(cleanLine(part.repeat(200_000), 1).text.length).toBeLessThanOrEqual(4097);
    }
  });
});

describe('names of MSRs', () => {
  it.each([
    ['IA32_MTRR_DEF_TYPE', 0x2ff],
    ['MSR_MTRRdefType', 0x2ff],
    ['MTRR_DEF_TYPE_MSR', 0x2ff],
    ['IA32_MTRR_PHYSBASE9', 0x212],
    ['MTRRphysMask0', 0x201],
    ['PHYMASK3', 0x207],
    ['MSR_MTRRfix4K_C8000', 0x269],
    ['IA32_MTRR_FIX64K_00000', 0x250],
    ['MTRRcap', 0xfe],
    ['IA32_PAT', 0x277],
    ['PAT', 0x277],
    ['SYSCFG', 0xc0010010],
    ['TOP_MEM2', 0xc001001d],
    ['IA32_MTRR_PHYSBASE40', undefined],
    ['IA32_EFER', undefined],
    ['cap', undefined],
  ])('%s', (name, msr) => {
    expect(msrByName(name)).toBe(msr);
  });
});
