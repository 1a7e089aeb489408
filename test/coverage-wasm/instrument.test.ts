import { describe, expect, it } from 'vitest';
import { buildInstrumented } from '../../scripts/coverage-wasm/build.ts';
import { type Branch, instrumented } from '../../scripts/coverage-wasm/instrument.ts';
import { coverageOf, reportLines } from '../../scripts/coverage-wasm/report.ts';

function told(text: string): { readonly text: string; readonly branches: readonly string[] } {
  const branches: Branch[] = [];
  const whole = instrumented('assembly/auto/a.ts', text, branches);
  expect(whole).toMatch(/^import \{ __branch, __reach \} from '..\/coverage-of-branches'; /);
  return {
    text: whole.slice(whole.indexOf(';') + 2),
    branches: branches.map((branch) => `${branch.line} ${branch.text} ${branch.side}`),
  };
}

describe('a source that tells its branches', () => {
  it.each([
    ['if (a) b();', 'if (__branch(1, !!(a))) b();', ['a false', 'a true']],
    [
      'while (!(a && b < c)) d();',
      'while (!(__branch(1, !!(a)) && __branch(3, !!(b < c)))) d();',
      ['a false', 'a true', 'b < c false', 'b < c true'],
    ],
    [
      'for (; a; ) return b ? 1 : 2;',
      'for (; __branch(1, !!(a)); ) return __branch(3, !!(b)) ? 1 : 2;',
      ['a false', 'a true', 'b false', 'b true'],
    ],
    [
      'return f(a || b);',
      'return f(__branch(1, !!(a)) || __branch(3, !!(b)));',
      ['a false', 'a true', 'b false', 'b true'],
    ],
    [
      'if (f(a ? b : c)) d();',
      'if (__branch(1, !!(f(__branch(3, !!(a)) ? b : c)))) d();',
      ['f(a ? b : c) false', 'f(a ? b : c) true', 'a false', 'a true'],
    ],
    [
      'switch (a) { case 1: case 2: b(); break; default: c(); }',
      'switch (a) { case 1: case 2:__reach(1); b(); break; default:__reach(2); c(); }',
      ['case 2: entered', 'default: entered'],
    ],
    ['assert(a && b); while (true) c();', 'assert(a && b); while (true) c();', []],
  ])('%s', (text, expected, branches) => {
    const found = told(`function f(): void { ${text} }`);
    expect(found.text).toBe(`function f(): void {__reach(0); ${expected} }`);
    expect(found.branches).toEqual(['f() entered', ...branches].map((branch) => `1 ${branch}`));
  });

  it('leaves what is outside of functions alone', () => {
    expect(told('export const A: u32 = B ? 1 : 2;\n').branches).toEqual([]);
  });
});

describe('the build that tells its branches', () => {
  it('tells each once, and is the same otherwise', async () => {
    const { wasm, branches } = await buildInstrumented();
    const told: number[] = [];
    const imports = {
      env: { memory: new WebAssembly.Memory({ initial: 16, maximum: 65536 }) },
      coverage: { reached: (branch: number) => told.push(branch) },
    };
    const { instance } = await WebAssembly.instantiate(wasm as BufferSource, imports);
    const at = new Uint8Array(imports.env.memory.buffer);
    const fill = instance.exports.fillBytes as (out: number, value: number, count: number) => void;
    for (const value of [7, 8]) fill(500_000, value, 3);
    expect([...at.slice(499_999, 500_004)]).toEqual([0, 8, 8, 8, 0]);
    expect(told.map((branch) => branches[branch]!.text)).toEqual(['fillBytes()']);
    expect(new Set(branches.map(({ file }) => file)).size).toBeGreaterThan(50);
  });
});

describe('the report', () => {
  const branches: readonly Branch[] = (['false', 'true'] as const).flatMap((side) =>
    ['a.ts', 'b.ts'].map((file) => ({ file, line: 3, text: 'x <\n y', side })),
  );
  const reason = { file: 'b.ts', text: 'x <\n y', side: 'true' as const, reason: 'never' };

  it('names what is not taken and not explained, and what is explained and taken', () => {
    const coverage = coverageOf(branches, new Set([0, 1]), [reason, { ...reason, side: 'false' }]);
    expect([...reportLines(coverage)].map((line) => line.replaceAll(/ +/g, ' '))).toEqual([
      'a.ts 50.0 % 1 of 2 branches',
      'b.ts 50.0 % 1 of 2 branches',
      'assembly/ 50.0 % 2 of 4 branches',
      'not reached: a.ts:3 x < y (true)',
      'reached, though unreached.json says it is not: b.ts x < y (false)',
    ]);
    expect(coverageOf(branches, new Set([0, 1, 2, 3]), [])).toMatchObject({
      reached: 4,
      all: 4,
      unexplained: [],
      stale: [],
    });
  });
});
