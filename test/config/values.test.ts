import { describe, expect, it } from 'vitest';
import { msrNumber } from '../../src/config/msr-key.ts';
import {
  parseLevel,
  parseMemoryType,
  parsePatType,
  parseQuantity,
  parseQuirk,
} from '../../src/config/values.ts';
import { msrName } from '../../src/msr/index.ts';
import { didYouMean, nearest } from '../../src/suggest.ts';

describe('parseQuantity', () => {
  it.each([
    [4096, 4096n],
    ['4096', 4096n],
    ['0x1000', 0x1000n],
    ['0XC000_0000', 0xc0000000n],
    ["1'000", 1000n],
    ['1000h', 0x1000n],
    ['2ffH', 0x2ffn],
    ['4K', 4096n],
    ['4 KiB', 4096n],
    ['2g', 2n << 30n],
    ['1T', 1n << 40n],
    ['3MB', 3n << 20n],
    [0x0606060606060606n, 0x0606060606060606n],
    ['0xffffffffffffffff', (1n << 64n) - 1n],
    ['fffff800h', 0xfffff800n],
  ])('reads %s', (text, number) => {
    expect(parseQuantity(text)).toBe(text === 'fffff800h' ? undefined : number);
  });

  it.each([
    '',
    ' ',
    '-1',
    -1,
    1.5,
    '1.5G',
    '0x',
    'G',
    'c0000000',
    '4KK',
    '0x1000K',
    '1__0',
    '1e3',
    null,
    true,
    [],
    {},
    Number.NaN,
    2 ** 53,
  ])('does not guess at %j', (value) => {
    expect(parseQuantity(value)).toBeUndefined();
  });
});

describe('memory types', () => {
  it.each([
    ['UC', 0],
    ['uncachable', 0],
    ['uncacheable', 0],
    ['WC', 1],
    ['write-combining', 1],
    ['USWC', 1],
    ['WT', 4],
    ['write-through', 4],
    ['WP', 5],
    ['write-protect', 5],
    ['Write-Protected', 5],
    ['wb', 6],
    ['Writeback', 6],
    ['write back', 6],
    [6, 6],
    [0, 0],
  ])('reads %s', (text, type) => {
    expect(parseMemoryType(text)).toBe(type);
    expect(parsePatType(text)).toBe(type);
  });

  it('knows UC- in the PAT only', () => {
    for (const text of ['UC-', 'uncached-minus', 7]) {
      expect(parsePatType(text)).toBe(7);
      expect(parseMemoryType(text)).toBeUndefined();
    }
  });

  it.each([2, 3, 8, '2', 'WBB', 'WB-', '', 'constructor', null, undefined])('refuses %j', (value) => {
    expect(parseMemoryType(value)).toBeUndefined();
  });
});

describe('quirks and levels', () => {
  it('takes the names of KVM itself', () => {
    expect(parseQuirk('KVM_X86_QUIRK_IGNORE_GUEST_PAT')).toBe('ignore-guest-pat');
    expect(parseQuirk('cd-nw-cleared')).toBe('cd-nw-cleared');
    expect(parseQuirk('lint0')).toBeUndefined();
  });

  it('reads levels', () => {
    expect(['4K', '2m', '1G', 1, 3].map(parseLevel)).toEqual([1, 2, 3, 1, 3]);
    expect(['4M', 0, '', undefined].map(parseLevel)).toEqual([undefined, undefined, undefined, undefined]);
  });
});

describe('MSR names', () => {
  it.each([
    ['0x2ff', 0x2ff],
    ['2ffH', 0x2ff],
    ['feh', 0xfe],
    ['767', 0x2ff],
    ['IA32_MTRR_DEF_TYPE', 0x2ff],
    ['MSR_MTRRdefType', 0x2ff],
    ['MTRRdefType', 0x2ff],
    ['MTRR_DEF_TYPE_MSR', 0x2ff],
    ['MsrMtrrDefType', 0x2ff],
    ['env.mtrr_deftype', 0x2ff],
    ['IA32_MTRRCAP', 0xfe],
    ['MTRR_CAP_MSR', 0xfe],
    ['MSR_MTRRcap', 0xfe],
    ['IA32_PAT', 0x277],
    ['MSR_IA32_CR_PAT', 0x277],
    ['env.pat', 0x277],
    ['IA32_MTRR_PHYSBASE0', 0x200],
    ['MTRRphysMask7', 0x20f],
    ['MTRR_PHYS_BASE(3)', 0x206],
    ['MTRRphysBase_MSR(2)', 0x204],
    ['MsrMtrrPhysMask12', 0x219],
    ['env.mtrr_var[1].mask', 0x203],
    ['IA32_MTRR_PHYSBASE39', 0x24e],
    ['FIX64K_00000', 0x250],
    ['IA32_MTRR_FIX16K_A0000', 0x259],
    ['MSR_MTRRfix4K_C8000', 0x269],
    ['MTRR_FIX_4K_F8000', 0x26f],
    ['env.mtrr_fixed[3]', 0x268],
    ['MsrMtrrFix64k00000', 0x250],
    ['SYSCFG', 0xc0010010],
    ['MSR_K8_TOP_MEM1', 0xc001001a],
    ['TOM2', 0xc001001d],
    ['AMD64_SYSCFG', 0xc0010010],
  ])('%s is %i', (name, number) => {
    expect(msrNumber(name)).toBe(number);
  });

  it.each([
    'IA32_MTRR_PHYSBASE40',
    'IA32_MTRR_DEFTYP',
    'FIX4K_B0000',
    '',
    'ff',
    '0x100000000',
    'mtrr',
    'constructor',
  ])('%s is none', (name) => {
    expect(msrNumber(name)).toBeUndefined();
  });

  it('finds its own names again', () => {
    for (const msr of [0xfe, 0x200, 0x20f, 0x24f, 0x250, 0x26f, 0x277, 0x2ff, 0xc0010010, 0xc001001d]) {
      expect(msrNumber(msrName(msr))).toBe(msr);
    }
    expect(msrName(0x1f2)).toBe('IA32_SMRR_PHYSBASE');
    expect(msrName(0x10)).toBe('MSR 0x10');
  });
});

describe('nearest', () => {
  it('finds swaps, drops and additions, and nothing far away', () => {
    const words = ['default', 'enabled', 'fixed', 'variable'];
    expect(nearest('defualt', words)).toBe('default');
    expect(nearest('fixd', words)).toBe('fixed');
    expect(nearest('variables', words)).toBe('variable');
    expect(nearest('slots', words)).toBeUndefined();
    expect(didYouMean('Enabeld', words)).toBe('did you mean "enabled"?');
  });
});
