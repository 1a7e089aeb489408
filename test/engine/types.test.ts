/** Answers are typed by what was asked: a field that the want does not have does not compile, nor a missing `?.`. */
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { complaintsAbout } from '../compiler.ts';

const PLANTED = resolve('src/engine/planted.ts');
const HEAD = [
  "import type { Evaluator, View } from './index.ts';",
  "import type { AnswerOf, Level, MtrrType, Span, SpanOf, Want } from '../types.ts';",
  "import type { Comparison, Difference } from '../vm/index.ts';",
  'declare const view: View;',
  'declare const evaluator: Evaluator;',
  'declare const want: Want;',
].join('\n');

const RIGHT = [
  "for (const { type, ipat } of view.spansOf('ept')) { const a: MtrrType = type; const b: 0 | 1 = ipat; void [a, b]; }",
  "for (const { level } of view.spansOf('levels')) { const a: Level = level; void a; }",
  "for (const { level, entry } of view.spansOf('leaf')) { const a: Level = level; const b: bigint | null = entry; void [a, b]; }",
  "for (const { type } of view.totals('mtrr')) { const a: MtrrType = type; void a; }",
  'for (const { type, ipat, pages } of view.totals()) { const a: [MtrrType, 0 | 1, bigint] = [type, ipat, pages]; void a; }',
  "for (const { a, b } of view.compare(view, 'effective').matrix) { const c: MtrrType = a.type; void [b.type, c]; }",
  'for (const { a } of view.compare(view).spans()) { const c: 0 | 1 = a.ipat; void c; }',
  "for (const { b } of evaluator.compare(view, view, 'leaf').spans()) { const c: Level = b.level; void c; }",
  "const narrow: SpanOf<'ept'> = { start: 0, end: 1, type: 6, ipat: 0 }; const wide: Span = narrow; void wide;",
  "const typed: Comparison<'ept'> = view.compare(view); const any: Comparison = typed; void any;",
  'const asked: IterableIterator<SpanOf<Want>> = view.spansOf(want); void asked;',
  'const all: readonly Difference[] = [...view.compare(view, want).spans()]; void all;',
  "export function told(answer: AnswerOf<'ept' | 'levels'>): number { return answer.level === undefined ? answer.ipat : answer.level; }",
];

const WRONG: readonly (readonly [statement: string, complaint: RegExp])[] = [
  [
    "for (const { level } of view.spansOf('ept')) { const a: Level = level; void a; }",
    /'undefined' is not assignable to type 'Level'/,
  ],
  [
    "for (const { entry } of view.totals('levels')) { const a: bigint = entry; void a; }",
    /'undefined' is not assignable to type 'bigint'/,
  ],
  [
    "for (const { ipat } of view.spansOf('mtrr')) { const a: 0 | 1 = ipat; void a; }",
    /'undefined' is not assignable/,
  ],
  [
    "for (const { entry } of view.spansOf('leaf')) { const a: bigint = entry; void a; }",
    /'null' is not assignable to type 'bigint'/,
  ],
  [
    'for (const { type } of view.spansOf(want)) { const a: MtrrType = type; void a; }',
    /'undefined' is not assignable to type 'MtrrType'/,
  ],
  [
    "for (const { a } of view.compare(view, 'levels').spans()) { const c: MtrrType = a.type; void c; }",
    /'undefined' is not assignable/,
  ],
  ["view.spansOf('type');", /'"type"' is not assignable to parameter of type 'Want'/],
];

describe('the types of answers', () => {
  it('follow from the want', { timeout: 60_000 }, () => {
    const complaints = complaintsAbout(PLANTED, [HEAD, ...RIGHT, ...WRONG.map(([statement]) => statement)]);
    expect(complaints.map(({ text }) => text)).toEqual(
      WRONG.map(([, complaint]) => expect.stringMatching(complaint)),
    );
    const first = HEAD.split('\n').length + RIGHT.length + 1;
    expect(complaints.map(({ line }) => line)).toEqual(WRONG.map((_, index) => first + index));
  });
});
