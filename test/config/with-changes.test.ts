/** What-ifs by config path, held against configs in which the same was edited. */
import { describe, expect, it } from 'vitest';
import {
  type Changes,
  listPaths,
  PRESETS,
  type Preset,
  parseConfig,
  parsePath,
  parseValue,
  preset,
  withChanges,
} from '../../src/config/index.ts';
import { pathText } from '../../src/config/path.ts';
import { compileConfig } from '../../src/config/vm/compile.ts';
import { InputRangeError, InputTypeError, policy, type Vm, vm } from '../../src/index.ts';
import { msrByName, msrSpellings } from '../../src/msr/index.ts';

/** Registers of a vCPU as its writes leave them. */
const registers = (machine: Vm, index = 0) =>
  Object.fromEntries(
    machine.vcpus[index]?.state.msrs.map(({ msr, value }) => [msr.toString(16), value]) ?? [],
  );

/** A VM as data, registers in any order. */
const data = (machine: Vm) => ({
  ...machine,
  vcpus: machine.vcpus.map(({ id, name, state }, index) => ({
    id,
    name,
    state: { ...state, msrs: registers(machine, index) },
  })),
});

/** A preset in which something was edited by hand. */
function edited(one: Preset, edit: (config: Preset) => void): Vm {
  const config = structuredClone(one);
  edit(config);
  const { vm: made } = compileConfig(config, one.name, (path, message) => {
    throw new Error(`${path.join('.')}: ${message}`);
  });
  return made!;
}

const inWords = PRESETS.filter(({ mtrr }) => (mtrr?.variable?.length ?? 0) > 1);

describe('withChanges', () => {
  it.each(PRESETS.map((one) => [one.name, one] as const))(
    'is what an edited config gives: %s',
    (name, one) => {
      const before = preset(name);
      const frozen = data(before);
      // No TDX host is without.
      const host = { selfSnoop: one.confidential !== undefined };
      const changed = withChanges(before, { noncoherentDma: true, host, quirks: [] });
      const byHand = edited(one, (config) => {
        Object.assign(config, { noncoherentDma: true, quirks: [], host: { ...config.host, ...host } });
      });
      expect(data(changed)).toEqual(data(byHand));
      expect(data(before)).toEqual(frozen);
      expect(Object.isFrozen(changed)).toBe(true);
      expect(data(withChanges(before, {}))).toEqual(frozen);
    },
  );

  it.each(inWords.map((one) => [one.name, one] as const))('changes ranges in words: %s', (name, one) => {
    const before = preset(name);
    const off = edited(one, (config) => Object.assign(config.mtrr!.variable![1]!, { valid: false }));
    expect(data(withChanges(before, { 'mtrr.variable[1].valid': false }))).toEqual(data(off));
    const other = edited(one, (config) => Object.assign(config.mtrr!.variable![0]!, { type: 'WP' }));
    expect(data(withChanges(before, { mtrr: { variable: { 0: { type: 'WP' } } } }))).toEqual(data(other));
    const byDefault = edited(one, (config) => Object.assign(config.mtrr!, { default: 'WT', enabled: false }));
    expect(data(withChanges(before, { 'mtrr.default': 'WT', 'mtrr.enabled': false }))).toEqual(
      data(byDefault),
    );
  });

  it.each(inWords.map((one) => [one.name, one] as const))('keeps sizes in a wider space: %s', (name, one) => {
    const wider = edited(one, (config) => Object.assign(config, { maxphyaddr: 48 }));
    expect(data(withChanges(preset(name), { maxphyaddr: 48 }))).toEqual(data(wider));
  });

  const guest = parseConfig(
    'maxphyaddr: 40\nmtrr: {default: UC, variable: [{range: 0-0x7fffffff, type: WB}]}\nvcpus: [{}, {cr0cd: true}]\n' +
      'slots: [{range: 0-0x3fffffff}, {range: 0x40000000-0x7fffffff, hpa: 4G}]\nmmio: [0xa0000-0xbffff]\n',
  ).vm;

  const byRegister: readonly (readonly [changes: Changes, msrs: Record<string, bigint>])[] = [
    [{ 'msrs.0x2ff': '0x806' }, { '2ff': 0x806n }],
    [{ 'msrs.env.mtrr_deftype': '0xc06' }, { '2ff': 0xc06n }],
    [{ msrs: { MTRRfixed64K_00000: '0x0606060606060606' } }, { '250': 0x0606060606060606n }],
    [{ 'mtrr.variable[0].size': '1G' }, { '200': 6n, '201': 0xffc0000800n }],
    [{ 'mtrr.variable[0].range': '0x40000000-0x7fffffff' }, { '200': 0x40000006n, '201': 0xffc0000800n }],
    [{ 'mtrr.variable[0].mask': '0xff00000000' }, { '200': 6n, '201': 0xff00000800n }],
    [
      { 'mtrr.variable[3]': { base: '4G', size: '1G', type: 'WT' } },
      { '206': 0x100000004n, '207': 0xffc0000800n },
    ],
    [{ 'mtrr.variable': [{ index: 2, range: '0-0xfff', type: 'UC' }] }, { '204': 0n, '205': 0xfffffff800n }],
    [
      { 'mtrr.fixed': [{ range: '0xa0000-0xbffff', type: 'WC' }] },
      { '259': 0x0101010101010101n, '2ff': 0xc00n },
    ],
    [{ 'pat[1]': 'WC' }, { '277': 0x0007040600070106n }],
    [{ pat: '0x0606060606060606' }, { '277': 0x0606060606060606n }],
  ];
  it.each(byRegister.map(([changes, msrs]) => [JSON.stringify(changes), changes, msrs] as const))(
    '%s',
    (_, changes, msrs) => {
      const before = registers(guest);
      for (const index of [0, 1]) {
        expect(registers(withChanges(guest, changes), index)).toEqual({ ...before, ...msrs });
      }
      const one = withChanges(guest, { vcpus: { 1: changes } });
      expect(registers(one, 0)).toEqual(before);
      expect(registers(one, 1)).toEqual({ ...before, ...msrs });
    },
  );

  it('changes vCPUs one by one, or their number', () => {
    const changed = withChanges(guest, {
      'vcpus[0].cr0cd': true,
      'vcpus.1.name': 'other',
      'vcpus[1].vcnt': 10,
    });
    expect(changed.vcpus.map(({ state }) => state.cr0cd)).toEqual([true, true]);
    expect(changed.vcpus.map(({ state }) => state.vcnt)).toEqual([undefined, 10]);
    expect(changed.vcpus.map(({ name }) => name)).toEqual(['vcpu0', 'other']);
    expect(withChanges(guest, { vcpus: 1 }).vcpus).toHaveLength(1);
    expect(withChanges(guest, { cr0cd: false, vcpus: 3 }).vcpus.map(({ id }) => id)).toEqual([0, 1, 2]);
    const grouped = withChanges(guest, { cr0cd: false, vcpus: [{ count: 2 }, { mtrr: { default: 'WB' } }] });
    expect(registers(grouped, 1)).toEqual(registers(guest));
    expect(registers(grouped, 2)).toEqual({ ...registers(guest), '2ff': 0x806n });
  });

  it('changes slots and MMIO', () => {
    const [first, second] = guest.slots;
    expect(withChanges(guest, { 'slots[1].pfn': 0x200000 }).slots).toEqual([
      first,
      { ...second, pfn: 0x200000 },
    ]);
    expect(withChanges(guest, { 'slots[0].kind': 'readonly', 'slots[0].maxLevel': '2M' }).slots).toEqual([
      { ...first, readonly: true, maxLevel: 2 },
      second,
    ]);
    expect(withChanges(guest, { 'slots[1]': { range: '0x40000000-0x40000fff', hpa: 0 } }).slots[1]).toEqual({
      ...second,
      count: 1,
      pfn: 0,
    });
    expect(withChanges(guest, { slots: [{ range: '0-0xfff' }] }).slots).toHaveLength(1);
    expect(withChanges(guest, { 'slots[2]': { range: '0x80000000-0x80000fff' } }).slots).toHaveLength(3);
    expect(withChanges(guest, { 'mmio[1]': '0x100000+4K' }).mmio).toEqual([
      { start: 0xa0, end: 0xc0 },
      { start: 0x100, end: 0x101 },
    ]);
    const mmio = withChanges(guest, { 'slots[1].kind': 'mmio' });
    expect(mmio.mmio).toEqual([...guest.mmio, { start: 0x40000, end: 0x80000 }]);
    expect(withChanges(mmio, { 'slots[1].kind': 'ram' }).mmio).toEqual(guest.mmio);
  });

  it('changes the policy by name, by flags, by object', () => {
    expect(withChanges(guest, { policy: 'kvm-6.6' }).policy.row).toBe('kvm-4.7');
    expect(withChanges(guest, { policy: policy('kvm-6.8') }).policy.name).toBe('kvm-6.8');
    const base = withChanges(guest, { policy: 'kvm-6.8' });
    expect(withChanges(base, { 'policy.flags.levelCheck': 'none' }).policy.flags.levelCheck).toBe('none');
    expect(
      withChanges(base, { policy: { base: 'kvm-5.14', backports: ['0a7b73559b39'] } }).policy.flags.mtrr,
    ).toBe('none');
  });

  it('takes what vm() made, and keeps writes in their order', () => {
    const twice = vm({
      maxphyaddr: 36,
      vcpus: [
        {
          msrs: [
            [0x2ff, 0xc00n],
            [0x277, 0n],
            [0x2ff, 0x800n],
          ],
        },
      ],
    });
    expect(withChanges(twice, { 'mtrr.default': 'WB', 'msrs.0x200': 6 }).vcpus[0]?.state.msrs).toEqual([
      { msr: 0x2ff, value: 0xc00n },
      { msr: 0x277, value: 0n },
      { msr: 0x2ff, value: 0x806n },
      { msr: 0x200, value: 6n },
    ]);
  });

  it.each<[changes: unknown, type: 'kind' | 'value', path: string, message: string]>([
    [{ noncoherentDMA: true }, 'kind', 'noncoherentDMA', 'did you mean "noncoherentDma"?'],
    [{ selfSnoop: false }, 'kind', 'selfSnoop', 'did you mean "host.selfSnoop"?'],
    [{ host: { selfsnoop: false } }, 'kind', 'host.selfsnoop', 'did you mean "selfSnoop"?'],
    [{ 'mtrr.variable[0].vaild': false }, 'kind', 'mtrr.variable[0].vaild', 'did you mean "valid"?'],
    [{ 'mtrr.variable.vaild': false }, 'kind', 'mtrr.variable.vaild', 'expected a position such as'],
    [{ 'mtrr.variable[0]valid': false }, 'kind', 'mtrr.variable[0]valid', 'expected a path such as'],
    [{ 'mtrr.fixed[0].type': 'WB' }, 'kind', 'mtrr.fixed[0].type', 'set mtrr.fixed to'],
    [{ 'vcpus[0].count': 2 }, 'kind', 'vcpus[0].count', 'set vcpus to a number or a list'],
    [{ description: 'x' }, 'kind', 'description', 'no config has such a path'],
    [{ '': 1 }, 'kind', '', 'expected a path'],
    [{ noncoherentDma: 'yes' }, 'kind', 'noncoherentDma', 'expected true or false, got "yes"'],
    [{ noncoherentDma: undefined }, 'kind', 'noncoherentDma', 'expected true or false, it is missing'],
    [{ maxphyaddr: '46' }, 'kind', 'maxphyaddr', 'expected an integer 32..52, got "46"'],
    [{ slots: [{ gfn: 0 }] }, 'kind', 'slots[0].gfn', 'unknown key'],
    [[], 'kind', 'changes', 'expected an object such as'],
    ['noncoherentDma', 'kind', 'changes', 'expected an object such as'],
    [{ maxphyaddr: 53 }, 'value', 'maxphyaddr', 'expected an integer 32..52, got 53'],
    [{ 'msrs.MTRRdefTyp': 0 }, 'value', 'msrs.MTRRdefTyp', 'did you mean'],
    [{ 'msrs.0x2ff': 0, 'msrs.MTRRdefType': 0 }, 'value', 'msrs.MTRRdefType', 'is given twice'],
    [{ 'msrs.0x2ff': 0, msrs: { '0x2ff': 1 } }, 'value', 'msrs.0x2ff', 'is changed twice'],
    [
      { vcpus: 4, 'vcpus[0].cr0cd': true },
      'value',
      'vcpus[0].cr0cd',
      'is changed twice: vcpus is set as a whole',
    ],
    [{ vcpus: 3 }, 'value', 'vcpus', 'are in 2 states'],
    [{ 'vcpus[2].cr0cd': true }, 'value', 'vcpus[2]', 'expected a vCPU 0..1'],
    [{ quirks: ['ignore-guest-pats'] }, 'value', 'quirks[0]', 'did you mean "ignore-guest-pat"?'],
    [{ 'mtrr.variable[0].size': '3M' }, 'value', 'mtrr.variable[0].size', 'a power of two'],
    [{ 'mtrr.variable[3].base': '1G' }, 'value', 'mtrr.variable[3].type', 'it is missing'],
    [
      { 'mtrr.variable[0].base': '1G', 'mtrr.variable[0].size': '2G' },
      'value',
      'mtrr.variable[0].base',
      'a multiple',
    ],
    [{ 'slots[3].pfn': 0 }, 'value', 'slots[3]', 'expected a position 0..2'],
    [{ 'slots[1].base': 0 }, 'value', 'slots[1].base', 'overlaps slots[0]'],
    [{ 'slots[0].size': 0x1001 }, 'value', 'slots[0].size', 'a multiple of 4096'],
    [{ policy: 'kvm-6.l' }, 'value', 'policy', 'expected sdm, kvm-MAJOR'],
    [{ 'policy.flags.levelCheck': 'none' }, 'value', 'policy.base', 'sdm is no KVM'],
  ])('refuses %j', (changes, type, path, message) => {
    let error: unknown;
    try {
      withChanges(guest, changes as Changes);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(type === 'kind' ? InputTypeError : InputRangeError);
    expect(error).toMatchObject({ path, code: 'bad-request' });
    expect((error as Error).message).toContain(message);
  });

  it('refuses to put reserved bits into words', () => {
    const odd = vm({ maxphyaddr: 36, vcpus: [{ msrs: { 0x200: 0x2n, 0x201: 0x800n } }] });
    expect(() => withChanges(odd, { 'mtrr.variable[0].valid': false })).toThrow(
      'mtrr.variable[0]: the register pair holds reserved bits, for which there are no words (set msrs.0x200 and msrs.0x201 instead)',
    );
  });
});

describe('paths', () => {
  it('are the schema, and each of them can be read', () => {
    const paths = listPaths();
    expect(paths.length).toBeGreaterThan(50);
    for (const { path, description } of paths) {
      const one = path.replaceAll('[N]', '[0]').replace('NAME', '0x2ff');
      expect(pathText(parsePath(one))).toBe(one);
      expect(description, path).not.toBe('');
    }
  });

  it('take every name of an MSR', () => {
    for (const name of msrSpellings()) {
      expect(parsePath(`msrs.${name}`)).toEqual(['msrs', name]);
      const changed = withChanges(vm({ maxphyaddr: 36 }), { [`msrs.${name}`]: 0 });
      expect(registers(changed)).toEqual({ [msrByName(name)!.toString(16)]: 0n });
    }
  });

  it.each([
    ['noncoherentDma', 'true', true],
    ['maxphyaddr', '46', 46],
    ['msrs.0x2ff', '0x806', 0x806],
    ['msrs.0x277', '0xffffffffffffffff', 0xffffffffffffffffn],
    ['mtrr.variable[1].size', '1G', '1G'],
    ['quirks', '[]', []],
    ['quirks', 'cd-nw-cleared, ignore-guest-pat', ['cd-nw-cleared', 'ignore-guest-pat']],
    ['name', '42', '42'],
    ['policy', 'kvm-6.10', 'kvm-6.10'],
    ['vcpus', '4', 4],
    ['vcpus', '[{cr0cd: true}]', [{ cr0cd: true }]],
    ['pat', '[WB, WT, UC-, UC, WB, WT, UC-, UC]', ['WB', 'WT', 'UC-', 'UC', 'WB', 'WT', 'UC-', 'UC']],
  ])('read text as a config would say it: %s=%s', (path, text, value) => {
    expect(parseValue(parsePath(path), text)).toEqual(value);
  });

  it.each([
    ['noncoherentDma', 'yes', 'noncoherentDma: expected true or false, got "yes" (did you mean true?)'],
    ['noncoherentDma', '', 'noncoherentDma: empty: expected a value'],
    ['maxphyaddr', '{', 'maxphyaddr: YAML: '],
    ['maxphyaddr', '60', 'maxphyaddr: expected an integer 32..52, got 60'],
  ])('refuse text: %s=%s', (path, text, message) => {
    expect(() => parseValue(parsePath(path), text)).toThrow(message);
  });
});
