/** JSON of dumps against JSON.parse: what is taken, what it holds, and the line of each value; numbers of 64 bits. */
import { describe, expect, it } from 'vitest';
import { type JsonNode, parseJson, parseJsonSequence, u64 } from '../../src/read/json-text.ts';
import { Rng } from '../generators/rng.ts';

/** What JSON.parse makes of the same text. */
function plain(node: JsonNode | undefined): unknown {
  if (node?.kind === 'object')
    return Object.fromEntries([...node.members].map(([key, value]) => [key, plain(value)]));
  if (node?.kind === 'array') return node.items.map(plain);
  if (node?.kind === 'string') return node.text;
  if (node?.kind === 'number') return node.integer === undefined ? 'a number' : Number(node.integer);
  return node && 'a literal';
}

function byParse(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(byParse);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, byParse(one)]));
  if (typeof value === 'number') return Number.isInteger(value) ? value : 'a number';
  return typeof value === 'string' ? value : 'a literal';
}

function randomValue(rng: Rng, depth: number): unknown {
  switch (rng.below(depth > 3 ? 4 : 6)) {
    case 0:
      return rng.pick([0, 1, -1, 42, 1.5, -0.25, 2 ** 40, -(2 ** 31)]);
    case 1:
      return rng.pick(['', 'a', '0x2ff', 'é "\\\n\t', '\u{1f600}', '{"a":1}', '[', '\u0001']);
    case 2:
      return rng.pick([true, false, null]);
    case 3:
      return rng.pick([[], {}]);
    case 4:
      return Array.from({ length: rng.below(4) }, () => randomValue(rng, depth + 1));
    default:
      return Object.fromEntries(
        Array.from({ length: rng.below(4) }, (_, key) => [`k${key}`, randomValue(rng, depth + 1)]),
      );
  }
}

const parsedPlainly = (text: string): unknown => {
  try {
    return byParse(JSON.parse(text));
  } catch {
    return undefined;
  }
};

describe('a document', () => {
  it('holds what JSON.parse finds in it', () => {
    const rng = new Rng(1);
    for (let n = 0; n < 300; n++) {
      const text = JSON.stringify(randomValue(rng, 0), undefined, rng.pick([0, 1, '\t']));
      expect(plain(parseJson(text)), text).toEqual(parsedPlainly(text));
    }
  });

  it('is refused where JSON.parse refuses it, whatever is damaged', () => {
    const rng = new Rng(2);
    for (let n = 0; n < 1500; n++) {
      const whole = JSON.stringify(randomValue(rng, 1));
      const at = rng.below(whole.length + 1);
      const text =
        whole.slice(0, at) +
        rng.pick(['', ',', '}', ']', ':', '"', '\\', 'x', ' ', '-', '\n', '.']) +
        whole.slice(at + rng.below(2));
      // A leading 0, which no JSON has, is none of a dump's faults.
      if (/(^|[^\d.eE])-?0\d/.test(text)) continue;
      expect(plain(parseJson(text)), text).toEqual(parsedPlainly(text));
    }
  });

  it.each([
    ['{"a":1}', { a: 1 }],
    [' \t\r\n[ 1 , 2 ] \n', [1, 2]],
    ['', undefined],
    [' ', undefined],
    ['[1]]', undefined],
    ['{"a" 1}', undefined],
    ['{a:1}', undefined],
    ['{"a":1,}', undefined],
    ['{"a":1', undefined],
    ['{"a":1]', undefined],
    ['[1', undefined],
    ['[1}', undefined],
    ['[1,]', undefined],
    ['[,1]', undefined],
    ['tru', undefined],
    ['"a', undefined],
    ['"\\x"', undefined],
    ['"\\u12"', undefined],
    ['"a\nb"', undefined],
    ['1e400', 'a number'],
    ['1.5E-3', 'a number'],
    ['1e12345', undefined],
    ['1.', undefined],
    ['+1', undefined],
    [`${'1'.repeat(40)}`, Number('1'.repeat(40))],
    [`${'1'.repeat(41)}`, undefined],
  ])('%j', (text, value) => {
    expect(plain(parseJson(text))).toEqual(value);
  });

  it('is nested up to 128 deep', () => {
    const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    expect(parseJson(nested(129))).toBeDefined();
    expect(parseJson(nested(130))).toBeUndefined();
    const objects = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
    expect(parseJson(objects(128))).toBeDefined();
    expect(parseJson(objects(129))).toBeUndefined();
    expect(parseJsonSequence(`1${nested(129)}`)).toBeDefined();
    expect(parseJsonSequence(`1${nested(130)}`)).toBeUndefined();
  });

  it.each(['true', 'false', 'null'])('%s is a literal', (text) => {
    expect(parseJson(text)).toEqual({ kind: 'literal', line: 1 });
  });

  it('has a line for each value, of its own or as it is told', () => {
    const text = '\n{"a": 1,\n "b": [\n\n 2, "c"],\n "d":\n null}\n';
    const lines = (node: JsonNode): readonly number[] =>
      node.kind === 'object'
        ? [node.line, ...[...node.members.values()].flatMap(lines)]
        : node.kind === 'array'
          ? [node.line, ...node.items.flatMap(lines)]
          : [node.line];
    expect(lines(parseJson(text)!)).toEqual([2, 2, 3, 5, 5, 7]);
    expect(lines(parseJson(text, 9)!)).toEqual([9, 9, 9, 9, 9, 9]);
    expect(parseJsonSequence('1 2\n\n{"a":\n3}4\n')!.flatMap(lines)).toEqual([1, 1, 3, 4, 4]);
  });

  it('may be followed by others', () => {
    expect(parseJsonSequence(' {"a":1}\n{"b":2} [3]4 ')!.map(plain)).toEqual([{ a: 1 }, { b: 2 }, [3], 4]);
    expect(parseJsonSequence('')).toEqual([]);
    expect(parseJsonSequence('{"a":1} x')).toBeUndefined();
  });
});

describe('a register of 64 bits', () => {
  const top = 2n ** 64n;
  it.each<[string, bigint | undefined]>([
    ['0', 0n],
    [`${top - 1n}`, top - 1n],
    [`${top}`, undefined],
    ['-1', top - 1n],
    [`-${2n ** 63n}`, 2n ** 63n],
    [`-${2n ** 63n + 1n}`, undefined],
    ['-0', 0n],
    ['1.0', undefined],
    ['1e3', undefined],
    ['"0x0"', 0n],
    ['"0xFFFFffffFFFFffff"', top - 1n],
    ['"0x10000000000000000"', undefined],
    ['"0x"', undefined],
    ['"123"', 123n],
    [`"${top - 1n}"`, top - 1n],
    [`"${top}"`, undefined],
    ['"123456789012345678901"', undefined],
    ['"-1"', undefined],
    ['"0x10 (16)"', 16n],
    ['"0x10 (-16)"', 16n],
    ['"16 (16)"', 16n],
    ['"0x10 16"', undefined],
    ['"x"', undefined],
    ['""', undefined],
    ['true', undefined],
    ['[1]', undefined],
    ['{}', undefined],
  ])('%s is %s', (text, value) => {
    expect(u64(parseJson(text))).toBe(value);
    expect(u64(undefined)).toBeUndefined();
  });
});
