/** Conditions: terms of Bool, simplified under what they stand beside. */
import { bool, FALSE, isConst, make, remembered, type Term, TRUE } from './term.ts';

export function not(a: Term): Term {
  if (isConst(a)) return bool(a.value === 0n);
  if (a.op === 'not') return a.args[0]!;
  // Negations stand before what is not put together of conditions: so conditions that are alike are one object.
  if (a.op !== 'and' && a.op !== 'or') return make('not', 0, [a]);
  return remembered(`not ${a.id}`, () => (a.op === 'and' ? or : and)(...a.args.map(not)));
}

/** A condition where others are known to hold. */
export function given(known: ReadonlySet<Term>, condition: Term, seen = new Map<Term, Term>()): Term {
  if (known.has(condition)) return TRUE;
  if (known.has(not(condition))) return FALSE;
  if (condition.op !== 'and' && condition.op !== 'or') return condition;
  let found = seen.get(condition);
  if (found === undefined) {
    const parts = condition.args.map((part) => given(known, part, seen));
    if (parts.every((part, index) => part === condition.args[index])) found = condition;
    else found = condition.op === 'and' ? and(...parts) : or(...parts);
    seen.set(condition, found);
  }
  return found;
}

/**
 * Flattened, in order, without doubles; what is put together in the other way is read under the rest. Undefined where
 * two parts exclude each other.
 */
function joined(op: 'and' | 'or', neutral: Term, terms: readonly Term[]): readonly Term[] | undefined {
  const flat = new Set(terms.flatMap((term) => (term.op === op ? term.args : [term])));
  flat.delete(neutral);
  for (const term of flat) if (flat.has(not(term))) return undefined;
  const simple = [...flat].filter((term) => term.op !== 'and' && term.op !== 'or');
  const known = new Set(op === 'and' ? simple : simple.map(not));
  if (known.size < flat.size && known.size > 0) {
    const parts = [...flat].map((term) => (simple.includes(term) ? term : given(known, term)));
    if (parts.some((part) => !flat.has(part))) return joined(op, neutral, parts);
  }
  return [...flat].sort((a, b) => a.id - b.id);
}

/** Conditions that all hold (neutral TRUE, settled by FALSE), or of which one does. */
function junction(op: 'and' | 'or', neutral: Term, settling: Term, terms: readonly Term[]): Term {
  if (terms.includes(settling)) return settling;
  const ids = terms.map(({ id }) => id).sort();
  return remembered(`${op} ${ids.join(' ')}`, () => {
    const all = joined(op, neutral, terms);
    if (all === undefined || all.includes(settling)) return settling;
    return all.length < 2 ? (all[0] ?? neutral) : make(op, 0, all);
  });
}

export function and(...terms: readonly Term[]): Term {
  return junction('and', TRUE, FALSE, terms);
}

export function or(...terms: readonly Term[]): Term {
  return junction('or', FALSE, TRUE, terms);
}

export function implies(a: Term, b: Term): Term {
  return or(not(a), b);
}
