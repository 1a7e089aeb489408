/**
 * Loops that are not followed round by round: at such a one its locals become variables, its body is run once, and what
 * comes back to its head is put down instead of being followed. What holds between two rounds is then stated and shown
 * (induction.ts).
 */
import binaryen from 'binaryen';
import { add, equal, ite, ule } from './bitvectors.ts';
import { and, or } from './conditions.ts';
import { bits, type Term, variable } from './term.ts';
import type { Way } from './ways.ts';

/** A loop that was cut. Locals are those that its body writes, in their order. */
export interface Cut {
  /** When it is reached, and what its locals are then. */
  readonly reached: Term;
  readonly initial: readonly Term[];
  /** The variables that its locals are at the head of any round. */
  readonly now: readonly Term[];
  /** When a round comes back to the head, and what the locals are then; undefined where none does. */
  readonly back: { readonly when: Term; readonly next: readonly Term[] } | undefined;
  /** How many obligations the run had when it reached the loop, and when it left it. */
  readonly before: number;
  readonly after: number;
  /** What a round writes, in the order in which it does; it is not put into memory. */
  readonly stores: readonly Stored[];
}

/** Bytes that a round writes, where the address may depend on values. */
export interface Stored {
  readonly when: Term;
  readonly at: Term;
  readonly value: Term;
}

/** What stands at an address that depends on values: an entry of a table of any length. */
export interface Entry {
  readonly at: Term;
  readonly value: Term;
}

/** The fields of an entry, each at its offset. */
export function entriesAt(at: Term, fields: readonly (readonly [offset: number, value: Term])[]): Entry[] {
  return fields.map(([offset, value]) => ({ at: add(at, bits(offset, at.width)), value }));
}

/** All that is said of what rounds write. */
export const partsOf = (stores: readonly Stored[]): Term[] =>
  stores.flatMap(({ when, at, value }) => [when, at, value]);

/** Whether what is written lies from one address on, below another. */
export function liesIn({ at, value }: Stored, start: number, end: number): Term {
  const behind = add(at, bits(value.width / 8, at.width));
  return and(ule(bits(start, at.width), at), ule(behind, bits(end, at.width)));
}

/** Fields of Binaryen's descriptions that hold an expression, or a list of them. */
const OPERANDS = [
  'children',
  'operands',
  'body',
  'condition',
  'ifTrue',
  'ifFalse',
  'value',
  'left',
  'right',
  'ptr',
  'vec',
  'a',
  'b',
  'c',
  'dest',
  'source',
  'size',
] as const;

/** Indices of the locals that an expression writes, each once. */
export function localsWritten(expression: binaryen.ExpressionRef): number[] {
  const written = new Set<number>();
  const stack = [expression];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const id = next === 0 ? binaryen.NopId : binaryen.getExpressionId(next);
    // Binaryen throws where it is asked about these two; the value of a constant is no expression.
    if (id === binaryen.NopId || id === binaryen.UnreachableId || id === binaryen.ConstId) continue;
    const info = binaryen.getExpressionInfo(next) as unknown as Readonly<Record<string, unknown>>;
    if (id === binaryen.LocalSetId) written.add(info.index as number);
    for (const name of OPERANDS) {
      if (info[name] !== undefined) stack.push(...([info[name]].flat() as binaryen.ExpressionRef[]));
    }
  }
  return [...written].sort((a, b) => a - b);
}

/**
 * A way with some of its locals as variables.
 *
 * @param cut - number of the loop in its run
 */
export function withVariables(
  way: Way,
  indices: readonly number[],
  cut: number,
): { way: Way; now: readonly Term[] } {
  const now = indices.map((index) => variable(`local${cut}_${index}`, way.locals[index]!.width));
  const locals = way.locals.map((local, index) => now[indices.indexOf(index)] ?? local);
  return { way: { ...way, locals }, now };
}

/** What an address holds, and that it is that of one of the entries. */
export function entryAt(
  entries: readonly Entry[],
  address: Term,
  count: number,
): { readonly value: Term; readonly isOne: Term } | undefined {
  const fitting = entries
    .filter(({ value }) => value.width === count * 8)
    .map(({ at, value }) => ({ here: equal(address, at), value }));
  if (fitting.length === 0) return undefined;
  return {
    value: fitting.reduce((rest, { here, value }) => ite(here, value, rest), bits(0, count * 8)),
    isOne: or(...fitting.map(({ here }) => here)),
  };
}
