/** Specs of campaigns: what they resolve to, and what is said of one that is wrong. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseSweep } from '../../src/config/index.ts';
import { sweepJsonSchema } from '../../src/config/sweep/json-schema.ts';
import { ConfigError } from '../../src/errors.ts';

const FILES = [{ name: 'dumps/a.txt', sha256: 'aa' }];
const find = (pattern: string) => (pattern.startsWith('dumps/') ? FILES : []);

function linesOf(text: string): readonly string[] {
  try {
    parseSweep(text, { file: 's.yaml', find });
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

const spec = (text: string) => parseSweep(text, { find }).spec;
const PRESET = 'layouts: {presets: ovmf-q35}';

describe('a spec', () => {
  it('resolves names, ranges, defaults', () => {
    expect(
      spec(`{ask: compare, ${PRESET}, axes: {policy: [sdm, kvm-4.19..kvm-5.1], vcpus: distinct}}`),
    ).toEqual({
      schema: 'eptsweep/sweep@1',
      ask: 'compare',
      against: 'sdm',
      want: 'ept',
      layouts: [{ kind: 'presets', names: ['ovmf-q35'] }],
      dimensions: [
        { paths: ['policy'], values: [['sdm'], ['kvm-4.19'], ['kvm-4.20'], ['kvm-5.0'], ['kvm-5.1']] },
      ],
      exclude: [],
      include: [],
      vcpus: 'distinct',
      keep: 'findings',
      smallest: 20,
      verify: { auto: 1000, reference: 100_000 },
      oracle: null,
    });
  });

  it('takes every minor release of a range, over the ends of majors', () => {
    const [policies] = spec(`{ask: totals, ${PRESET}, axes: {policy: kvm-4.7..kvm-7.1}}`).dimensions;
    expect(policies?.values).toHaveLength(14 + 20 + 20 + 2);
    expect(policies?.values.at(-3)).toEqual(['kvm-6.19']);
  });

  it('knows a kernel by each of its spellings, as one', () => {
    const [policies] = spec(`{ask: totals, ${PRESET}, axes: {policy: ['5.16', 6.0..6.1]}}`).dimensions;
    expect(policies?.values).toEqual([['kvm-5.16'], ['kvm-6.0'], ['kvm-6.1']]);
    expect(linesOf(`{ask: totals, ${PRESET}, axes: {policy: ['5.16', kvm-5.16]}}`)).toEqual([
      's.yaml:1:69: axes.policy[1]: kvm-5.16 is given twice',
    ]);
  });

  it('takes any path of a config as an axis, and lists as values of lists', () => {
    const { dimensions } = spec(
      `{ask: totals, ${PRESET}, axes: {quirks: [[], [cd-nw-cleared]], 'mtrr.variable[0].valid': [true, false], msrs.0x2ff: [0x800, 0xfff000000000806]}}`,
    );
    expect(dimensions.map(({ values }) => values)).toEqual([
      [[[]], [['cd-nw-cleared']]],
      [[true], [false]],
      [[0x800], ['0xfff000000000806']],
    ]);
  });

  it('has several sources, files by pattern, kinds of random layouts one behind the other', () => {
    const { layouts } = spec(
      '{ask: check, layouts: [{presets: all}, {files: ["dumps/**/*.txt", dumps/a.txt], random: {kinds: [typical, any], count: 0x10, seed: 18446744073709551615}}]}',
    );
    expect(layouts.slice(1)).toEqual([
      { kind: 'files', files: FILES },
      {
        kind: 'random',
        of: 'typical',
        ranges: [1, 8],
        count: '16',
        seed: '18446744073709551615',
        maxphyaddr: 46,
      },
      {
        kind: 'random',
        of: 'any',
        ranges: [1, 8],
        count: '16',
        seed: '18446744073709551615',
        maxphyaddr: 46,
      },
    ]);
  });

  it('excludes a range of policies by its releases', () => {
    const { exclude } = spec(
      `{ask: totals, ${PRESET}, axes: {policy: [sdm, kvm-6.0..kvm-6.3], cr0cd: [false, true]}, exclude: [{policy: kvm-6.2..kvm-6.9, cr0cd: true}]}`,
    );
    expect(exclude).toEqual([
      { policy: 'kvm-6.2', cr0cd: true },
      { policy: 'kvm-6.3', cr0cd: true },
    ]);
  });
});

describe('the published schema', () => {
  const text = readFileSync(new URL('../../schema/sweep.schema.json', import.meta.url), 'utf8');
  const isValid = new Ajv2020({ strictTypes: false }).compile(JSON.parse(text));

  it('is that of the reader (node scripts/write-schema.mjs writes it)', () => {
    expect(JSON.parse(text)).toEqual(sweepJsonSchema());
  });

  it.each(['releases', 'random', 'fleet', 'oracle', 'pages'])('takes examples/sweep/%s.yaml', (name) => {
    const spec = parse(readFileSync(`examples/sweep/${name}.yaml`, 'utf8')) as object;
    expect(isValid(spec), JSON.stringify(isValid.errors)).toBe(true);
    expect(isValid({ ...spec, smallst: 3 })).toBe(false);
    expect(isValid({ ...spec, ask: 'compair' })).toBe(false);
  });
});

describe('docs/sweep.md', () => {
  const page = readFileSync(new URL('../../docs/sweep.md', import.meta.url), 'utf8');
  const blocks = [...page.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, block]) => block!);

  it.each(blocks)('shows parts of a spec that can be: %s', (block) => {
    const layouts = block.startsWith('layouts:') ? '' : 'layouts: {presets: all}\n';
    expect(linesOf(`ask: totals\n${layouts}${block}`)).toEqual([]);
  });
});

describe('a wrong spec', () => {
  it.each([
    [
      'an unknown axis',
      `{ask: totals, ${PRESET}, axes: {polcy: [sdm]}}`,
      '1:52: axes.polcy: no such axis: no config has such a path (did you mean "policy"?)',
    ],
    [
      'a value that an axis cannot have',
      `{ask: totals, ${PRESET}, axes: {cr0cd: [yes]}}`,
      '1:60: axes.cr0cd[0]: expected true or false, got "yes" (did you mean true?)',
    ],
    [
      'an empty axis',
      `{ask: totals, ${PRESET}, axes: {policy: []}}`,
      '1:60: axes.policy: expected at least one value, got an empty list (leave the axis out, or [[]] for an empty list as its value)',
    ],
    [
      'a value twice',
      `{ask: totals, ${PRESET}, axes: {policy: [kvm-5.16, kvm-5.15..kvm-5.17]}}`,
      '1:71: axes.policy[1]: kvm-5.16 is given twice',
    ],
    [
      'a range upside down',
      `{ask: totals, ${PRESET}, axes: {policy: kvm-7.1..kvm-4.7}}`,
      '1:60: axes.policy: the range ends before it starts, got "kvm-7.1..kvm-4.7" (did you mean kvm-4.7..kvm-7.1?)',
    ],
    [
      'a policy without the want',
      `{ask: totals, want: mtrr, ${PRESET}, axes: {policy: kvm-6.11}}`,
      '1:72: axes.policy: kvm-6.11 has no answer to want: mtrr (it has ept, effective, levels and leaf)',
    ],
    [
      'tied axes of other lengths',
      `{ask: totals, ${PRESET}, axes: {policy: [sdm], cr0cd: [true, false]}, zip: [[policy, cr0cd]]}`,
      '1:96: zip[0]: expected axes of one length: policy has 1 and cr0cd has 2',
    ],
    [
      'a tie of what is no axis',
      `{ask: totals, ${PRESET}, axes: {policy: [sdm]}, zip: [[policy, quirks]]}`,
      '1:83: zip[0][1]: no axis "quirks" (axes: policy)',
    ],
    [
      'an exclusion where there are no axes',
      `{ask: totals, ${PRESET}, exclude: [{policy: sdm}]}`,
      '1:56: exclude[0].policy: no axis "policy" (the spec has no axes)',
    ],
    [
      'a release that YAML reads as a number',
      `{ask: totals, ${PRESET}, axes: {policy: [5.10]}}`,
      '1:61: axes.policy[0]: expected the name of a policy, got the number 5.1 ("5.1" or "5.10" in quotes: without them both are the number 5.1)',
    ],
    [
      'an exclusion of everything',
      `{ask: totals, ${PRESET}, axes: {policy: [sdm]}, exclude: [{policy: sdm}]}`,
      '1:77: exclude: leaves no point: every combination is excluded (loosen it, or include some)',
    ],
    [
      'an exclusion of nothing',
      `{ask: totals, ${PRESET}, axes: {policy: [sdm]}, exclude: [{policy: kvm-5.16}]}`,
      '1:78: exclude[0]: leaves nothing out: no axis has these values',
    ],
    [
      'a count beyond 64 bits',
      '{ask: totals, layouts: {random: {count: 1e99}}}',
      '1:41: layouts.random.count: expected how many layouts, 1 to 2^64, got 1e+99',
    ],
    [
      'no presets',
      '{ask: totals, layouts: {presets: []}}',
      '1:34: layouts.presets: expected at least 1 entries, got 0',
    ],
    [
      'an unknown preset',
      '{ask: totals, layouts: {presets: [ovmf-q53]}}',
      '1:35: layouts.presets[0]: no preset "ovmf-q53" (did you mean "ovmf-q35"?)',
    ],
    [
      'a pattern of no file',
      '{ask: check, layouts: {files: nowhere/*.txt}}',
      '1:31: layouts.files: "nowhere/*.txt" matches no file (patterns start at the current folder)',
    ],
    [
      'layouts given twice',
      '{ask: totals, layouts: [{presets: all}, {presets: all}]}',
      '1:41: layouts[1]: these layouts are given twice',
    ],
    [
      'an unknown kind',
      '{ask: totals, layouts: {random: {kinds: typcal, count: 5}}}',
      '1:41: layouts.random.kinds: no kind "typcal" (did you mean "typical"?)',
    ],
    [
      'an oracle that is missing',
      `{ask: oracle, ${PRESET}}`,
      '1:7: ask: expected oracle: {command: ...} beside ask: oracle, it is missing',
    ],
    [
      'an oracle that nobody asks',
      `{ask: totals, ${PRESET}, oracle: {command: ./x}}`,
      '1:45: oracle: is for ask: oracle, and this asks totals',
    ],
    [
      'what nobody compares',
      `{ask: totals, against: sdm, ${PRESET}}`,
      '1:15: against: is for ask: compare, and this asks totals',
    ],
    [
      'a side that has no answer',
      `{ask: compare, against: kvm-6.16, want: mtrr, ${PRESET}}`,
      '1:25: against: kvm-6.16 has no answer to want: mtrr (it has ept, effective, levels and leaf)',
    ],
    [
      'an empty text',
      '',
      '1:1: empty: expected a spec of a campaign (such as {ask: compare, against: sdm, layouts: {presets: all}, axes: {policy: [kvm-5.16]}})',
    ],
  ])('%s', (_, text, line) => {
    expect(linesOf(text)).toEqual([`s.yaml:${line}`]);
  });

  it('calls a kernel as every command does', () => {
    const names = ['5.16', 'kvm5.16', 'kvm-5.16'];
    for (const name of names) {
      const axes = `axes: {policy: ["${name}"]}, exclude: [], include: [{policy: "${name}"}]`;
      expect(spec(`{ask: compare, against: "${name}", ${PRESET}, ${axes}}`)).toMatchObject({
        against: 'kvm-5.16',
        dimensions: [{ paths: ['policy'], values: [['kvm-5.16']] }],
        include: [{ policy: 'kvm-5.16' }],
      });
    }
    for (const range of ['4.20..5.1', 'kvm4.20..kvm5.1', 'kvm-4.20..5.1']) {
      const { dimensions } = spec(`{ask: totals, ${PRESET}, axes: {policy: "${range}"}}`);
      expect(dimensions[0]!.values).toEqual([['kvm-4.20'], ['kvm-5.0'], ['kvm-5.1']]);
    }
  });

  it('is told all at once, in the order of the text', () => {
    const text =
      'ask: compair\nlayouts: {presets: [ovmf-q53]}\naxes:\n  polcy: [sdm]\n  cr0cd: [maybe]\nkeep: some\nsmallst: 3\n';
    expect(linesOf(text)).toEqual([
      's.yaml:1:6: ask: expected totals or compare or check or oracle or pages, got "compair" (did you mean "compare"?)',
      's.yaml:2:21: layouts.presets[0]: no preset "ovmf-q53" (did you mean "ovmf-q35"?)',
      's.yaml:4:3: axes.polcy: no such axis: no config has such a path (did you mean "policy"?)',
      's.yaml:5:11: axes.cr0cd[0]: expected true or false, got "maybe"',
      's.yaml:6:7: keep: expected all or findings or none, got "some"',
      's.yaml:7:1: smallst: unknown key (did you mean "smallest"?)',
    ]);
  });
});
