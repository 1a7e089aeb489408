/**
 * Terms over bit vectors (SMT-LIB's theory FixedSizeBitVectors), shared: two terms that are written alike are one
 * object. Constructors simplify (conditions.ts, bitvectors.ts), so that what is constant in a run of Wasm stays constant
 * here. A width of 0 is Bool.
 */

/** Operators as SMT-LIB names them; `const` and `var` have no arguments. */
export type Operator =
  | 'const'
  | 'var'
  | 'bvnot'
  | 'bvand'
  | 'bvor'
  | 'bvxor'
  | 'bvadd'
  | 'bvsub'
  | 'bvmul'
  | 'bvshl'
  | 'bvlshr'
  | 'bvashr'
  | 'concat'
  | 'extract'
  | 'ite'
  | '='
  | 'bvult'
  | 'bvule'
  | 'bvslt'
  | 'bvsle'
  | 'not'
  | 'and'
  | 'or';

export interface Term {
  readonly id: number;
  readonly op: Operator;
  /** In bits, 0 for Bool. */
  readonly width: number;
  readonly args: readonly Term[];
  /** Of `const` (0 and 1 for Bool). */
  readonly value: bigint;
  /** Of `var`. */
  readonly name: string;
  /** Of `extract`: the lowest bit that is taken. */
  readonly low: number;
}

const known = new Map<string, Term>();

/** What constructors gave: terms share parts, and a walk without this would take each way to them anew. */
const results = new Map<string, Term>();

export function remembered(key: string, compute: () => Term): Term {
  let term = results.get(key);
  if (term === undefined) {
    term = compute();
    results.set(key, term);
  }
  return term;
}

export function make(
  op: Operator,
  width: number,
  args: readonly Term[],
  rest: { value?: bigint; name?: string; low?: number } = {},
): Term {
  const { value = 0n, name = '', low = 0 } = rest;
  const key = `${op} ${width} ${value} ${name} ${low} ${args.map(({ id }) => id).join(' ')}`;
  let term = known.get(key);
  if (term === undefined) {
    term = { id: known.size, op, width, args, value, name, low };
    known.set(key, term);
  }
  return term;
}

/** All ones of a width. */
export function ones(width: number): bigint {
  return (1n << BigInt(width)) - 1n;
}

export function bits(value: bigint | number, width: number): Term {
  return make('const', width, [], { value: BigInt.asUintN(width, BigInt(value)) });
}

export const TRUE: Term = make('const', 0, [], { value: 1n });
export const FALSE: Term = make('const', 0, [], { value: 0n });

export function bool(value: boolean): Term {
  return value ? TRUE : FALSE;
}

/** A free variable; one name has one width. */
export function variable(name: string, width: number): Term {
  return make('var', width, [], { name });
}

export function isConst(term: Term): boolean {
  return term.op === 'const';
}
