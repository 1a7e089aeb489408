/** Ways through a function: what holds on one, two that meet, the addresses that one may choose from. */

import { ite } from './bitvectors.ts';
import { and, given, not, or } from './conditions.ts';
import { Memory } from './memory.ts';
import { isConst, type Term, TRUE } from './term.ts';

/** One way through a function: when it is taken, and what is then. */
export interface Way {
  readonly condition: Term;
  readonly locals: readonly Term[];
  readonly memory: Memory;
}

/** A way to a label, with the value that it brings. */
export interface Arrival {
  readonly way: Way;
  readonly value: Term | undefined;
}

export function conjuncts(term: Term): readonly Term[] {
  if (term === TRUE) return [];
  return term.op === 'and' ? term.args : [term];
}

/** Two ways that exclude each other, as one. */
function merged(a: Arrival, b: Arrival): Arrival {
  const [ofA, ofB] = [conjuncts(a.way.condition), conjuncts(b.way.condition)];
  const common = ofA.filter((one) => ofB.includes(one));
  const onlyA = and(...ofA.filter((one) => !common.includes(one)));
  const onlyB = and(...ofB.filter((one) => !common.includes(one)));
  const choose = (x: Term, y: Term): Term => (x === y ? x : ite(onlyA, x, y));
  return {
    way: {
      condition: and(...common, or(onlyA, onlyB)),
      locals: a.way.locals.map((local, index) => choose(local, b.way.locals[index]!)),
      memory: a.way.memory === b.way.memory ? a.way.memory : Memory.merged(onlyA, a.way.memory, b.way.memory),
    },
    value: a.value === undefined || b.value === undefined ? undefined : choose(a.value, b.value),
  };
}

export function mergedAll(arrivals: readonly Arrival[]): Arrival | undefined {
  return arrivals.length === 0 ? undefined : arrivals.reduce(merged);
}

/** Most addresses that one instruction chooses from. */
const TARGETS_MOST = 64;

/** A constant address, or those that a way chooses from, and when each is taken. */
export function targets(address: Term, known: ReadonlySet<Term>, when: Term = TRUE): Target[] | undefined {
  if (address.op === 'const') return [{ at: Number(address.value), when }];
  if (address.op !== 'ite') return undefined;
  const [condition, a, b] = address.args;
  const holds = given(known, condition!);
  if (isConst(holds)) return targets(holds === TRUE ? a! : b!, known, when);
  const left = targets(a!, new Set([...known, holds]), and(when, holds));
  const right = left && targets(b!, new Set([...known, not(holds)]), and(when, not(holds)));
  return left && right && left.length + right.length <= TARGETS_MOST ? [...left, ...right] : undefined;
}

export interface Target {
  readonly at: number;
  readonly when: Term;
}
