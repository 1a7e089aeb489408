import { describe, expect, it } from 'vitest';
import { configJsonSchema, parseConfig } from '../../src/config/index.ts';
import {
  isFixedMsr,
  isMaskMsr,
  isVariableMsr,
  MEMORY_TYPE_MSRS,
  msrByName,
  msrName,
  msrSpellings,
  namedMsrs,
} from '../../src/msr/index.ts';
import { readText } from '../../src/read/index.ts';
import { fits } from '../config/json-validator.ts';

const NAMES = [...namedMsrs()].flatMap(({ msr, names }) => names.map((name) => [name, msr] as const));

/** A value that any of them can hold. */
function valueFor(msr: number): bigint {
  if (isFixedMsr(msr)) return 0x0606060606060606n;
  if (isVariableMsr(msr)) return isMaskMsr(msr) ? 0x3fff80000800n : 0x6n;
  return 0x6n;
}

/** What two tables had apart, before there was one. */
const ONCE_APART: readonly (readonly [string, number])[] = [
  ['MTRRfixed64K_00000', 0x250],
  ['MTRRfixed4K_C8000', 0x269],
  ['FIXED16K_80000', 0x258],
  ['env.mtrr_deftype', 0x2ff],
  ['env.mtrr_fixed[3]', 0x268],
  ['env.mtrr_var[1].mask', 0x203],
  ['env.pat', 0x277],
  ['MTRR_DEFAULT_TYPE', 0x2ff],
  ['DEF_TYPE', 0x2ff],
  ['MTRR_PHYS_BASE(3)', 0x206],
  ['MTRRphysBase_MSR(2)', 0x204],
  ['PHYMASK3', 0x207],
  ['MTRRvariableBase1', 0x202],
  ['IA32_SMRR_PHYSMASK', 0x1f3],
  ['MSR_K7_SYSCFG', 0xc0010010],
  ['AMD64_SYSCFG', 0xc0010010],
  ['TOM', 0xc001001a],
  ['TOP_MEM1', 0xc001001a],
  ['tom2', 0xc001001d],
];

describe('the table of names', () => {
  it('has every register once, and every name for one register', () => {
    expect([...namedMsrs()].map(({ msr }) => msr).sort((a, b) => a - b)).toEqual(
      [...MEMORY_TYPE_MSRS].sort((a, b) => a - b),
    );
    expect(NAMES.length).toBeGreaterThan(1000);
    for (const [name, msr] of NAMES) expect([name, msrByName(name)]).toEqual([name, msr]);
  });

  it('prints the first name, and finds it again', () => {
    for (const { msr, names } of namedMsrs()) {
      expect(msrName(msr)).toBe(names[0]);
      expect(msrByName(msrName(msr))).toBe(msr);
    }
    for (const name of msrSpellings()) expect(msrByName(name)).toBeDefined();
  });
});

describe.each([
  ['the table', NAMES],
  ['both tables of old', ONCE_APART],
])('names of %s', (_, names) => {
  it('are keys of msrs in a config', () => {
    for (const [name, msr] of names) {
      const text = `maxphyaddr: 46\nmsrs:\n  ${JSON.stringify(name)}: 0x${valueFor(msr).toString(16)}\n`;
      const { vcpus } = parseConfig(text).vm;
      expect([name, vcpus[0]?.state.msrs]).toEqual([name, [{ msr, value: valueFor(msr) }]]);
    }
  });

  it('are read in a dump', () => {
    for (const [name, msr] of names) {
      const { recognised, registers } = readText(`${name},0x${valueFor(msr).toString(16)}\n`);
      expect([name, recognised[0]?.format]).toEqual([name, 'msr-csv']);
      expect([name, registers.get(msr)?.value]).toEqual([name, valueFor(msr)]);
    }
  });
});

it('the published schema lets every name of the table through', () => {
  const schema = configJsonSchema();
  for (const [name] of NAMES) {
    const config = { maxphyaddr: 46, msrs: { [name]: 6 } };
    expect([name, fits(schema, config)]).toEqual([name, true]);
  }
  for (const name of ['IA32_MTRR_PHYSBASE40', 'FIX4K_B0000', 'cap', 'mtrr', 'constructor', 'IA32_EFER']) {
    expect([name, msrByName(name)]).toEqual([name, undefined]);
    expect([name, fits(schema, { maxphyaddr: 46, msrs: { [name]: 6 } })]).toEqual([name, false]);
  }
});
