import { describe, expect, it } from 'vitest';
import { applied, mutantsOf } from '../../scripts/mutate/operators.ts';

/** What an operator makes of a text. */
const made = (operator: string, text: string): readonly string[] =>
  mutantsOf('a.ts', text)
    .filter((mutant) => mutant.operator === operator)
    .map((mutant) => applied(text, mutant));

const CASES: readonly (readonly [operator: string, text: string, made: readonly string[]])[] = [
  ['comparison', 'a < b;', ['a <= b;', 'a >= b;']],
  ['comparison', 'a >= b;', ['a > b;', 'a < b;']],
  ['comparison', 'a === b;', ['a !== b;']],
  ['comparison', 'a != b;', ['a == b;']],
  ['logic', 'a && b || c;', ['a || b || c;', 'a && b && c;']],
  ['fallback', 'f(a ?? b.c);', ['f((b.c));']],
  ['arithmetic', 'a + b * 2;', ['a - b * 2;', 'a + b + 2;']],
  ['arithmetic', 'a += b >> 1;', ['a -= b >> 1;', 'a += b << 1;']],
  ['arithmetic', "'a' + b; (`a` + b) + c;", []],
  ['step', 'i++; --j;', ['i--; --j;', 'i++; ++j;']],
  ['negation', 'if (a) b();', ['if (!(a)) b();']],
  ['negation', 'if (a < b) c();', []],
  ['negation', 'while (a && b) c();', ['while (!(a && b)) c();']],
  ['negation', '!a ? true : b;', ['a ? true : b;', '!a ? false : b;']],
  ['constant', 'f(0);', ['f(1);', 'f((-1));']],
  ['constant', 'f(0x10n);', ['f(17n);', 'f(15n);']],
  ['constant', "type A = 1 | -1; let b: 2 = c; import d from 'e'; f({ 1: a });", []],
  [
    'extreme',
    'Math.min(a, b) + max(c, d); min;',
    ['Math.max(a, b) + max(c, d); min;', 'Math.min(a, b) + min(c, d); min;'],
  ],
  ['statement', 'f(); super(); assert(a);', ['; super(); assert(a);']],
  [
    'statement',
    'while (a) { if (b) continue; throw c; }',
    ['while (a) { if (b) ; throw c; }', 'while (a) { if (b) continue; ; }'],
  ],
  ['return', 'function f() { if (a) return 1; return 2; }', ['function f() { if (a) ; return 2; }']],
  ['text', "f('a', `b`, '');", ["f('', `b`, '');", "f('a', '', '');"]],
  ['text', `f(\`b\${c}\`); g\`d\${e}\`;`, [`f(''); g\`d\${e}\`;`]],
  [
    'text',
    "import a from 'b'; 'use strict'; export * from 'c'; f({ 'd': e }); type G = 'h'; import('i');",
    [],
  ],
  [
    'list',
    'f([a, [b]], []); [c, d] = [d, c];',
    ['f([], []); [c, d] = [d, c];', 'f([a, []], []); [c, d] = [d, c];', 'f([a, [b]], []); [c, d] = [];'],
  ],
  ['swap', 'f(a, b, b);', ['f(b, a, b);']],
  ['swap', 'f(a, () => b); f(...c, d); Math.max(a, b); min(a, b);', []],
  [
    'swap',
    'v128.add<u64>(a, b); i64x2.extmul_low_i32x4_u(a, b); i16x8.sub(a, b);',
    ['v128.add<u64>(a, b); i64x2.extmul_low_i32x4_u(a, b); i16x8.sub(b, a);'],
  ],
];

describe('the mutants of a text', () => {
  it.each(CASES)('%s: %s', (operator, text, expected) => {
    expect(made(operator, text)).toEqual(expected);
  });

  it('are none of comments, types and declarations without a value', () => {
    expect(
      mutantsOf('a.ts', "// a < 1\n/** 'b' */\ninterface A { b: 1; c: 'd' }\ntype E = [1, 2];\n"),
    ).toEqual([]);
  });

  it('each change the text, and stand in the order of their places', () => {
    const text = CASES.map(([, part]) => part).join('\n');
    const mutants = mutantsOf('a.ts', text);
    expect(mutants.length).toBeGreaterThan(60);
    for (const mutant of mutants) expect(applied(text, mutant)).not.toBe(text);
    expect(mutants.map(({ start }) => start)).toEqual(
      mutants.map(({ start }) => start).sort((a, b) => a - b),
    );
  });

  it('are found in AssemblyScript, decorators and all', () => {
    expect(made('constant', '@inline function f(a: u32): u32 { return <u32>(a << 3); }')).toEqual([
      '@inline function f(a: u32): u32 { return <u32>(a << 4); }',
      '@inline function f(a: u32): u32 { return <u32>(a << 2); }',
    ]);
  });
});
