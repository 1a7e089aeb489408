/** Walks over terms: all parts of some, parts replaced by others, what a term is worth for given values. */
import { folded } from './bitvectors.ts';
import { make, type Term } from './term.ts';

/** All terms below some, each once, arguments first. */
export function* below(roots: readonly Term[]): Generator<Term> {
  const seen = new Set<Term>();
  const stack: (Term | { readonly done: Term })[] = [...roots].reverse();
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if ('done' in next) yield next.done;
    else if (!seen.has(next)) {
      seen.add(next);
      stack.push({ done: next });
      for (const arg of next.args) if (!seen.has(arg)) stack.push(arg);
    }
  }
}

/** Some terms replaced by others of their widths, everywhere. */
export function replaced(root: Term, by: ReadonlyMap<Term, Term>): Term {
  const done = new Map<Term, Term>(by);
  for (const term of below([root])) {
    if (done.has(term)) continue;
    const args = term.args.map((arg) => done.get(arg)!);
    const same = args.every((arg, index) => arg === term.args[index]);
    done.set(term, same ? term : make(term.op, term.width, args, term));
  }
  return done.get(root)!;
}

/**
 * The value of a term (Bool: 0 and 1) where its variables have these values; those that are not named are 0.
 */
export function worth(root: Term, model: ReadonlyMap<string, bigint>): bigint {
  const values = new Map<Term, bigint>();
  for (const term of below([root])) values.set(term, valueFrom(term, model, values));
  return values.get(root)!;
}

function valueFrom(term: Term, model: ReadonlyMap<string, bigint>, values: Map<Term, bigint>): bigint {
  const { op, width, args } = term;
  const [a, b, c] = args.map((arg) => values.get(arg)!);
  switch (op) {
    case 'const':
      return term.value;
    case 'var':
      return BigInt.asUintN(width || 1, model.get(term.name) ?? 0n);
    case 'not':
      return 1n - a!;
    case 'and':
      return args.every((arg) => values.get(arg) === 1n) ? 1n : 0n;
    case 'or':
      return args.some((arg) => values.get(arg) === 1n) ? 1n : 0n;
    case 'ite':
      return a === 1n ? b! : c!;
    case 'bvnot':
      return BigInt.asUintN(width, ~a!);
    case 'concat':
      return (a! << BigInt(args[1]!.width)) | b!;
    case 'extract':
      return BigInt.asUintN(width, a! >> BigInt(term.low));
    default:
      return folded(op, a!, b!, args[0]!.width);
  }
}
