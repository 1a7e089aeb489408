/** The quick reader of large texts says what the library says, or nothing. */
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/index.ts';
import { plainValue } from '../../src/config/plain-text.ts';
import { readSource } from '../../src/config/source.ts';
import { Random } from '../../src/fuzz/random.ts';
import { vcpuOf } from '../../src/vm/index.ts';
import { rounds } from '../rounds.ts';

/** As the library reads it; undefined where it refuses. */
function libraryValue(text: string): unknown {
  try {
    return readSource(text, 'text').value;
  } catch {
    return undefined;
  }
}

const YAML = `# A machine wrote this.
name: big
policy: kvm-6.6
maxphyaddr: 46
noncoherentDma: true
mtrr: {default: UC, variable: [{base: 0, size: 64G, type: WB}, {range: 0x0-0xfff, type: 'WC'}]}

msrs:
  0x200: 0x6
  0x2ff: 0xffffffffffffffff
slots:
  - {base: 0x0, size: 16M, hpa: 0x1000000}
  - base: 0x2000000
    size: 16M
    kind: "readonly"
mmio:
- 0xfee00000-0xfeefffff
- 4G+2G
vcpus:
  - {id: 0-3, msrs: {0x200: 6}}
`;
const JSON_TEXT = `{"name": "a\\"b: {", "maxphyaddr": 36, "noncoherentDma": false, "slots": [{"base": "0x0", "size": 4096}], "mmio": []}`;

describe('plain texts', () => {
  it.each([YAML, JSON_TEXT])('are read as the library reads them', (text) => {
    expect(plainValue(text)).toBeDefined();
    expect(plainValue(text)).toEqual(libraryValue(text));
  });

  it.each([
    'a: 1\na: 2\n',
    'a: 1\n  b: 2\n',
    'a: 1e5\n',
    'a: 1.0\n',
    'a: 007\n',
    'a: -1\n',
    'a: null\n',
    'a: ~\n',
    'a:\nb: 1\n',
    'a: Yes\n',
    'a: &x {b: 1}\nc: *x\n',
    'a: {b: 1, b: 2}\n',
    'a: one two\n',
    'a: |\n  text\n',
    'a: "x\\n"\n',
    "a: 'it''s'\n",
    'a: 1 # why\n',
    'a:\tb\n',
    'a: 1\n---\nb: 2\n',
    '0x2ff: 1\n0x02ff: 2\n',
    '- 1\n- 2\n',
    '',
    '# a: 1\n',
    'a: caf\u00e9\n',
    '{"a": 1, "a": 2}',
    '{"a": {"b": 1, "b": 2}}',
    '{"a": 12345678901234567890}',
    '{"a": 1.5}',
    '{"a": null}',
    '{"a": 1',
    '{"__proto__": 1}',
  ])('%j is left to the library', (text) => {
    expect(plainValue(text)).toBeUndefined();
  });

  it('whatever becomes of a text, nothing else is read from it', () => {
    const random = new Random(7n);
    const pieces = [
      ' ',
      '  ',
      '\n',
      '- ',
      ': ',
      ',',
      '{',
      '}',
      '[',
      ']',
      '#',
      '"',
      "'",
      '0',
      'x',
      'e',
      '1',
      '-',
      'a',
      'K',
      '_',
      '.',
      'null',
      '\n  ',
    ];
    let [read, left] = [0, 0];
    for (let round = 0; round < rounds(400, 20_000); round++) {
      let text = round % 4 === 0 ? JSON_TEXT : YAML;
      for (let edits = 1 + random.below(3); edits > 0; edits--) {
        const at = random.below(text.length);
        const piece = pieces[random.below(pieces.length)]!;
        text = text.slice(0, at) + piece + text.slice(at + random.below(3));
      }
      const value = plainValue(text);
      if (value === undefined) left += 1;
      else {
        read += 1;
        expect(value, text).toEqual(libraryValue(text));
      }
    }
    expect([read > 0, left > 0]).toEqual([true, true]);
  });
});

describe('large configs', () => {
  const slots = (count: number, line: (at: number) => string) =>
    `name: big\nmaxphyaddr: 52\nslots:\n${Array.from({ length: count }, (_, at) => line(at)).join('')}`;
  const flow = (at: number) => `  - {base: 0x${(at * 0x2000).toString(16)}, size: 4K}\n`;
  const block = (at: number) => `  - base: 0x${(at * 0x2000).toString(16)}\n    size: 4K\n`;

  it.each([flow, block])('tens of thousands of slots', (line) => {
    const { vm } = parseConfig(slots(32_764, line), 'big.yaml');
    expect(vcpuOf(vm, 0).slots).toHaveLength(32_764);
  });

  it('what is wrong in one is said at its place', () => {
    const text = slots(4000, (at) => (at === 3000 ? '  - {base: 0x1000, size: 2M}\n' : flow(at)));
    expect(() => parseConfig(text, 'big.yaml')).toThrow(
      'big.yaml:3004:12: slots[3000].base: overlaps slots[1], 0x2000-0x2fff',
    );
  });

  it('a million slots are more than is read: one line', () => {
    expect(() =>
      parseConfig(`${slots(1, flow)}${'# and a million more\n'.repeat(400_000)}`, 'big.yaml'),
    ).toThrow(
      /^big\.yaml:1:1: too large: expected at most 8 million characters, got \d+ million \([^\n]*\)$/,
    );
  });
});
