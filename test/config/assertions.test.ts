import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { AREA_NAMES, type Assertion } from '../../src/assert/index.ts';
import { parseAssertions } from '../../src/config/assert/assertions.ts';
import { assertionJsonSchema } from '../../src/config/assert/json-schema.ts';
import { RULE_KEYS } from '../../src/config/assert/words.ts';
import { ConfigError } from '../../src/errors.ts';
import { fits } from './json-validator.ts';

function read(text: string): readonly Assertion[] {
  return parseAssertions(text, 'p.yml').assertions;
}

function complaints(text: string): readonly string[] {
  try {
    parseAssertions(text, 'p.yml');
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message.split('\n');
  }
  return [];
}

function typesOf(text: string): readonly number[] | undefined {
  const [first] = read(text);
  return first?.requirement.kind === 'types' ? first.requirement.types : undefined;
}

describe('types', () => {
  it.each([
    ['ram: WB', [6]],
    ['flash: [WP, UC]', [5, 0]],
    ['flash: WP|UC', [5, 0]],
    ['flash: WP or UC', [5, 0]],
    ['flash: [write-protect, uncachable]', [5, 0]],
    ['ram: 6', [6]],
    ['ram: not WB', [0, 1, 4, 5]],
    ['ram: defined', [0, 1, 4, 5, 6]],
    ['ram: [WB, WB, WT]', [6, 4]],
    ['ram: {type: [WB, WT]}', [6, 4]],
  ])('%s', (text, types) => {
    expect(typesOf(text)).toEqual(types);
  });
});

describe('rules', () => {
  it('reads ranges by name, address, own name', () => {
    const rules = read(
      'ranges: {shm: 0x1000+4K, bars: [1G+1G, 4G+1G], gpu: {named: "0000:01:*"}}\n' +
        'shm: WB\nbars: UC\ngpu: WC\n0xfed00000-0xfed003ff: UC\n0xfee00000: UC\nvga: UC\n',
    );
    const areas = rules.map(({ requirement }) =>
      requirement.kind === 'types' ? requirement.extent.area : undefined,
    );
    expect(areas).toEqual([
      { kind: 'addresses', name: 'shm', ranges: [{ start: 1, end: 2 }] },
      {
        kind: 'addresses',
        name: 'bars',
        ranges: [
          { start: 0x40000, end: 0x80000 },
          { start: 0x100000, end: 0x140000 },
        ],
      },
      { kind: 'pattern', name: 'gpu', pattern: '0000:01:*' },
      { kind: 'addresses', name: '0xfed00000-0xfed003ff', ranges: [{ start: 0xfed00, end: 0xfed01 }] },
      { kind: 'addresses', name: '0xfee00000', ranges: [{ start: 0xfee00, end: 0xfee01 }] },
      { kind: 'known', name: 'vga' },
    ]);
  });

  it("takes the file's own name for what has one already", () => {
    const [rule] = read('ranges: {flash: 0xff800000-0xffffffff}\nflash: WP\n');
    expect(rule!.requirement).toMatchObject({ extent: { area: { kind: 'addresses', name: 'flash' } } });
  });

  it.each([
    ['default: UC', { kind: 'default', types: [0] }, 'default type is UC'],
    ['overlaps: none', { kind: 'overlaps', allowed: 'defined' }, 'no undefined overlaps'],
    ['overlaps: defined', { kind: 'overlaps', allowed: 'defined' }, 'no undefined overlaps'],
    ['overlaps: disjoint', { kind: 'overlaps', allowed: 'disjoint' }, 'variable ranges do not overlap'],
    ['max-variable: 8', { kind: 'max-variable', count: 8 }, 'at most 8 variable ranges in use'],
    ['max-var: 8', { kind: 'max-variable', count: 8 }, 'at most 8 variable ranges in use'],
    ['min-free-variable: 1', { kind: 'min-free-variable', count: 1 }, 'at least 1 variable range free'],
    ['mtrrs: on', { kind: 'switch', which: 'mtrrs', on: true }, 'MTRRs are on'],
    ['fixed-ranges: false', { kind: 'switch', which: 'fixed-ranges', on: false }, 'fixed ranges are off'],
    ['cpus: identical', { kind: 'cpus', equal: 'types' }, 'CPUs are identical in effect'],
    [
      'cpus: identical-registers',
      { kind: 'cpus', equal: 'registers' },
      'CPUs are identical in all registers',
    ],
    ['check: mask-holes', { kind: 'finding', rule: 'mask-holes' }, 'check finds no mask-holes'],
    ['check: medium', { kind: 'severity', severity: 'MEDIUM' }, 'check finds nothing of MEDIUM or worse'],
    ['level: 2M', { kind: 'level', level: 2 }, 'ram is mapped by 2M pages'],
  ])('%s', (text, requirement, title) => {
    expect(read(text)).toMatchObject([{ requirement, title, isWarning: false, whenMissing: 'skip' }]);
  });

  it('takes a type and a level of one range for two rules', () => {
    const rules = read('high-ram: {type: WB, level: 1G, warn: true, when-missing: fail, why: big pages}');
    expect(rules.map(({ title }) => title)).toEqual(['high-ram is WB', 'high-ram is mapped by 1G pages']);
    for (const rule of rules)
      expect(rule).toMatchObject({ isWarning: true, whenMissing: 'fail', why: 'big pages' });
  });

  it('takes settings from the file, from the rule, and from the caller first', () => {
    const text =
      'policy: kvm-5.16\nwhen-missing: fail\nram: WB\nvga: {type: UC, policy: sdm, when-missing: skip}\n';
    const names = (rules: readonly Assertion[]) =>
      rules.map(({ requirement, whenMissing }) => [
        requirement.kind === 'types' && requirement.policy?.name,
        whenMissing,
      ]);
    expect(names(read(text))).toEqual([
      ['kvm-5.16', 'fail'],
      ['sdm', 'skip'],
    ]);
    const { assertions } = parseAssertions(text, 'p.yml', { whenMissing: 'skip' });
    expect(assertions[0]!.whenMissing).toBe('skip');
  });

  it('says where each rule stands', () => {
    const rules = read('# x\n\nram: WB\nvga:\n  type: UC\ncheck: [mask-holes,\n  base-unaligned]\n');
    expect(rules.map(({ at }) => `${at.file}:${at.line}:${at.column}`)).toEqual([
      'p.yml:3:1',
      'p.yml:4:1',
      'p.yml:6:9',
      'p.yml:7:3',
    ]);
  });
});

describe('what is wrong, where, and what to do', () => {
  it.each([
    ['rma: WB', '1:1: rma: unknown rule (did you mean "ram"?)'],
    ['shm: WB', /1:1: shm: unknown rule \(eptsweep assert --help has the rules .* goes under ranges:\)$/],
    ['maxvariable: 8', '1:1: maxvariable: unknown rule (did you mean "max-variable"?)'],
    ['vga: []', '1:6: vga: expected at least one type, got an empty list (a type, or leave the rule out)'],
    ['vga: UX', /1:6: vga: expected UC, .*, got "UX" \(did you mean "UC"\?\)$/],
    ['vga: [UC, UC-]', /1:11: vga\[1\]: expected .*, got "UC-" \(UC- exists in the PAT only\)$/],
    ['vga: 3', /1:6: vga: .* got 3 \(type 3 is reserved\)$/],
    ['vga: null', /1:6: vga: expected .*, got null$/],
    [
      '0x2000-0x1000: UC',
      '1:1: 0x2000-0x1000: expected a range that does not end before it starts (did you mean 0x1000-0x2000?)',
    ],
    ['0x2000+0: UC', '1:1: 0x2000+0: expected a range that is not empty'],
    ['0x20zz: UC', /1:1: 0x20zz: expected a range such as /],
    [
      '0x10000000000000+4K: UC',
      /1:1: .*: 0x10000000000fff lies beyond the largest address space, .* \(x86 has at most 52 address bits\)$/,
    ],
    ['overlaps: never', '1:11: overlaps: expected none or defined or disjoint, got "never"'],
    ['max-variable: 41', '1:15: max-variable: expected an integer 0..40, got 41'],
    ['max-variable: many', '1:15: max-variable: expected an integer 0..40, got "many"'],
    ['cpus: equal', /1:7: cpus: expected identical or identical-registers, got "equal"/],
    ['level: 4K', '1:8: level: expected 2M or 1G, got "4K" (every page has that)'],
    [
      'check: mask-hole',
      /1:8: check: expected a rule of check or a severity, got "mask-hole" \(did you mean "mask-holes"\?\)$/,
    ],
    ['check: []', /1:8: check: expected at least one rule of check/],
    ['check: ranges-left', /use min-free-variable/],
    ['ram: {typ: WB}', '1:7: ram.typ: unknown key (did you mean "type"?)'],
    ['ram: {why: x}', /1:6: ram: expected type or level in it, got neither/],
    [
      'ram: {type: WB, except: flsh}',
      /1:25: ram\.except: no range is called "flsh" \(did you mean "flash"\?\)$/,
    ],
    ['ram: {type: WB, warn: 1}', /1:23: ram\.warn: expected true or false, got 1/],
    ['max-variable: {warn: true}', /1:15: max-variable\.value: expected what is demanded, it is missing/],
    ['policy: kvm-4.2\nram: WB', /1:9: policy: expected sdm or kvm-X\.Y, got "kvm-4\.2"/],
    ['policy: peer-xen\nlevel: 2M', /2:8: level: peer-xen is known for its types alone/],
    ['when-missing: ignore\nram: WB', /1:15: when-missing: expected skip or fail, got "ignore"/],
    ['ranges: {a: []}\nram: WB', /1:13: ranges\.a: expected at least one range, got an empty list/],
    ['ranges: {level: 0+4K}\nram: WB', /1:10: ranges\.level: "level" is a key of its own/],
    ['ranges: {a: {name: b}}\nram: WB', /ranges\.a\.name: unknown key \(did you mean "named"\?\)/],
    ['ranges: 3\nram: WB', /1:9: ranges: expected a map of names, got 3/],
    ['name: x', /1:1: expected at least one rule, got none/],
    ['', /1:1: empty: expected an assertions file \(/],
    ['- ram: WB', /1:1: expected a map of rules, got a list/],
    ['ram: WB\nram: UC', '2:1: YAML: this key has been given before: keep one of the two'],
    ['ram: [WB', /^p\.yml:1:\d+: YAML: /],
  ])('%j', (text, expected) => {
    const [first, ...others] = complaints(text);
    if (typeof expected === 'string') expect(first).toBe(`p.yml:${expected}`);
    else expect(first).toMatch(expected);
    expect(others).toEqual([]);
  });

  it('tells all of it at once, in the order of the file', () => {
    const lines = complaints(
      'rma: WB\nvga: []\nmax-variable: -1\n0x2000-0x1000: UC\nram: WB\nhigh-ram: UC\n',
    );
    expect(lines.map((line) => line.split(':')[1])).toEqual(['1', '2', '3', '4', '6']);
  });
});

describe('contradictions', () => {
  it.each([
    [
      '0xa0000-0xbffff: WB\nvga: UC',
      'vga: contradicts 0xa0000-0xbffff in line 1: 0xa0000-0xbffff has to be UC here and WB there',
    ],
    [
      '0xfe000000+16M: UC\n0xfed00000+4K: [WB, WP]',
      '0xfed00000+4K: contradicts 0xfe000000+16M in line 1: 0xfed00000-0xfed00fff has to be WB or WP here and UC there',
    ],
    ['ram: WB\nhigh-ram: WT', 'high-ram: contradicts ram in line 1: high-ram has to be WT here and WB there'],
    ['acpi: WB\nnvs: UC', 'nvs: contradicts acpi in line 1'],
    ['ram: WB\nlow-ram: UC', 'low-ram: contradicts ram in line 1'],
    ['all: WB\nmmio: UC', 'mmio: contradicts all in line 1'],
    ['all: WB\n4G+4K: UC', '4G+4K: contradicts all in line 1: 0x100000000-0x100000fff has to be UC'],
    [
      'ranges: {a: 0+8K, b: [1M+4K, 4K+8K]}\na: WB\nb: UC',
      'b: contradicts a in line 2: 0x1000-0x1fff has to be UC',
    ],
    [
      '0+1M: {type: WB, except: vga}\n0x9f000-0xa0fff: UC',
      '0x9f000-0xa0fff: contradicts 0+1M in line 1: 0x9f000-0x9ffff has',
    ],
  ])('%j', (text, expected) => {
    const lines = complaints(text);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(expected);
    expect(lines[0]).toContain('(give both a type in common, or one of them except:)');
  });

  it.each([
    '0xa0000-0xbffff: [WB, UC]\nvga: UC',
    '0xa0000-0xaffff: WB\n0xb0000-0xbffff: UC',
    '0+1M: {type: WB, except: vga}\nvga: UC',
    '0+1M: {type: WB, except: [0xa0000-0xaffff, 0xb0000-0xbffff]}\nvga: UC',
    'all: {type: WB, except: mmio}\nmmio: UC',
    'all: {type: WB, except: hole}\n0xfed00000+4K: UC',
    'low-ram: WB\nhigh-ram: WT',
    'vga: UC\n0xa0000+64K: {type: WB, policy: kvm-6.16}',
    'ram: WB\n1M+4K: UC',
  ])('none in %j', (text) => {
    expect(complaints(text)).toEqual([]);
  });
});

describe('the published JSON Schema', () => {
  const schema = assertionJsonSchema();
  const published = new URL('../../schema/assert.schema.json', import.meta.url);

  it('is up to date (node scripts/write-schema.mjs writes it)', () => {
    expect(JSON.parse(readFileSync(published, 'utf8'))).toEqual(schema);
  });

  it('has every rule and every name', () => {
    const { properties } = schema as { properties: Record<string, { description?: string }> };
    for (const key of [...RULE_KEYS.map((one) => one.key), ...AREA_NAMES.map((one) => one.name)]) {
      expect(properties[key]?.description).toMatch(/\S/);
    }
  });

  const VALUES = [
    'WB',
    'WP|UC',
    ['WP', 'UC'],
    'not WB',
    'defined',
    6,
    7,
    2,
    [],
    'UC-',
    'XX',
    null,
    true,
    false,
    'on',
    'none',
    'defined',
    'disjoint',
    8,
    41,
    -1,
    1.5,
    'identical',
    '2M',
    '4K',
    ['mask-holes'],
    ['ranges-left'],
    'MEDIUM',
    { type: 'WB' },
    { type: 'WB', except: ['vga', '0x1000+4K'], why: 'x' },
    { level: '1G' },
    { typ: 'WB' },
    {},
    { value: 8 },
    { value: 'none', warn: true },
    { value: 8, warn: 'yes' },
    { type: 'WB', policy: 'kvm-5.16' },
    { type: 'WB', policy: 'kvm' },
  ];
  const KEYS = [
    ...RULE_KEYS.map((one) => one.key),
    'ram',
    'vga',
    '0x1000+4K',
    'policy',
    'when-missing',
    'noncoherent-dma',
    'name',
    'max-var',
  ];

  it.each(KEYS)('accepts nothing of %s that the reader refuses, and the usual forms', (key) => {
    let accepted = 0;
    for (const value of VALUES) {
      const policy = key === 'ram' ? { [key]: value } : { [key]: value, ram: 'WB' };
      const isFit = fits(schema, policy);
      if (isFit) accepted += 1;
      const refused = complaints(JSON.stringify(policy));
      if (isFit) expect({ key, value, refused }).toEqual({ key, value, refused: [] });
      else expect({ key, value, refused: refused.length > 0 }).toEqual({ key, value, refused: true });
    }
    if (!['policy', 'when-missing'].includes(key)) expect(accepted).toBeGreaterThan(0);
  });

  it.each(['firmware', 'vmm', 'guest'])('accepts examples/assert/%s.yml', (name) => {
    const text = readFileSync(new URL(`../../examples/assert/${name}.yml`, import.meta.url), 'utf8');
    expect(complaints(text)).toEqual([]);
    expect(fits(schema, parse(text))).toBe(true);
  });
});
