/**
 * What holds at the head of a loop in every round, and so what comes of it after any number of rounds: it holds when the
 * loop is reached; a round that comes back leaves it true, and brings the loop nearer to its end; and where the loop is
 * left, what it gives is what the rule gives.
 */
import { add, equal, ult } from './bitvectors.ts';
import type { Claim } from './claim.ts';
import { and, implies, not } from './conditions.ts';
import type { Cut } from './cut.ts';
import type { Outcome } from './execute.ts';
import { bits, FALSE, type Term, TRUE, variable } from './term.ts';
import { below, replaced } from './walk.ts';

/** By what a local of the loop is known: compilers number locals as they like. */
export interface Role {
  /** What it is when the loop is reached. */
  readonly initial?: Term;
  /** What a round makes of it, whatever it finds. */
  readonly next?: (now: Term) => Term;
  /** A value of which a round makes it, and none that begins alike. */
  readonly of?: Term;
}

/** What a round makes of a place in a table, or of a count. */
export const stepsBy =
  (size: number) =>
  (now: Term): Term =>
    add(now, bits(size, now.width));

export type Locals<Name extends string> = Readonly<Record<Name, Term>>;

export interface Induction<Name extends string, State> {
  readonly about: string;
  readonly assumed: readonly Term[];
  readonly roles: Readonly<Record<Name, Role>>;
  /** Of the rule: before the first round, before any, and what it makes of that in this round. */
  readonly states: { readonly first: State; readonly now: State; readonly next: State };
  /** What ties the locals to the rule's state. */
  readonly invariant: (locals: Locals<Name>, state: State) => Term;
  /** That what is read in this round is what the rule is told of. */
  readonly entry: (locals: Locals<Name>) => Term;
  /** A number that every round makes smaller. */
  readonly measure: (locals: Locals<Name>) => Term;
  /** What has to come out where the loop is left in a round with these locals at its head. */
  readonly left: (locals: Locals<Name>) => Term;
  /** What has to come out where the loop is not reached; undefined where it is always. */
  readonly skipped?: Term;
}

/** A loop within a round of another: what holds when it is reached, and at its head in any round. */
export interface Inner {
  /** How many obligations the run had when it reached it. */
  readonly before: number;
  readonly begins: Term;
  readonly isNow: Term;
  /** A round that it does not leave. */
  readonly isBack: Term;
}

/**
 * Obligations of a run whose first cut is a loop that is always reached.
 *
 * @param begins - what holds when it is
 * @param isNow - what holds at its head in any round
 * @param round - what has to hold of one
 */
export function everyRound(
  { cuts, obligations }: Pick<Outcome, 'cuts' | 'obligations'>,
  { begins, isNow, round }: { readonly begins: Term; readonly isNow: Term; readonly round: Term },
  inner?: Inner,
): Term[] {
  const { before, reached } = cuts[0]!;
  const inside = inner?.before ?? before;
  return [
    ...obligations.slice(0, before),
    reached,
    begins,
    implies(isNow, and(...obligations.slice(before, inside), inner?.begins ?? TRUE)),
    implies(and(isNow, inner?.isNow ?? TRUE), and(...obligations.slice(inside), round)),
  ];
}

/** Places of the locals by which anything that a round gives is decided. */
function deciding({ now, back }: Cut, roots: readonly Term[]): number[] {
  const found = new Set<number>();
  const asked = [...roots];
  for (let root = asked.pop(); root !== undefined; root = asked.pop()) {
    for (const term of below([root])) {
      const place = now.indexOf(term);
      if (place < 0 || found.has(place)) continue;
      found.add(place);
      if (back) asked.push(back.next[place]!);
    }
  }
  return [...found].sort((a, b) => a - b);
}

/** Which places play a role: what a round makes of it tells it surest, then where it begins, then what is left over. */
function playing<Name extends string>(
  cut: Cut,
  places: readonly number[],
  roles: Readonly<Record<Name, Role>>,
): ReadonlyMap<Name, readonly number[]> {
  const names = Object.keys(roles) as Name[];
  const found = new Map<Name, number[]>();
  const rest = new Set(places);
  const take = (name: Name, isOne: (place: number) => boolean): void => {
    const own = [...rest].filter(isOne);
    if (own.length === 0) return;
    found.set(name, own);
    for (const place of own) rest.delete(place);
  };
  const isMadeOf = (place: number, of: Term | undefined): boolean =>
    of === undefined || (cut.back !== undefined && [...below([cut.back.next[place]!])].includes(of));
  for (const name of names) {
    const { next } = roles[name];
    if (next) take(name, (place) => cut.back?.next[place] === next(cut.now[place]!));
  }
  for (const name of names.filter((one) => !found.has(one)))
    take(name, (place) => cut.initial[place] === roles[name].initial && isMadeOf(place, roles[name].of));
  const missing = names.filter((one) => !found.has(one));
  if (missing.length === 1) take(missing[0]!, () => true);
  const open = names.filter((one) => !found.has(one));
  if (open.length > 0 || rest.size > 0)
    throw new Error(
      `a loop whose locals are not those expected: no ${open.join(', ') || 'role'} of ${places}`,
    );
  return found;
}

/** A loop that was cut, with its locals by their parts. */
export interface Loop<Name extends string> {
  readonly initial: Locals<Name>;
  readonly now: Locals<Name>;
  /** Where a round comes back. */
  readonly next: Locals<Name>;
  readonly isBack: Term;
  /** That locals of one part are alike, at each of the three. */
  readonly alike: { readonly initial: Term; readonly now: Term; readonly next: Term };
  /** A term with the variables of locals under the names of their parts: so builds come to one question. */
  readonly named: (term: Term) => Term;
}

/**
 * @param roots - all that is made of the loop
 * @throws Error where a local has an influence and no part, or a part has no local
 */
export function loopOf<Name extends string>(
  cut: Cut,
  roots: readonly Term[],
  roles: Readonly<Record<Name, Role>>,
): Loop<Name> {
  const { back } = cut;
  if (back === undefined) throw new Error('a loop that is cut has no second round');
  const parts = playing(cut, deciding(cut, [...roots, back.when]), roles);
  const names = new Map(
    [...parts].flatMap(([name, places]) =>
      places.map((place, copy): [Term, Term] => {
        const { width } = cut.now[place]!;
        return [cut.now[place]!, variable(`${name}At${copy || 'Head'}`, width)];
      }),
    ),
  );
  const valuesIn = (values: readonly Term[]): Locals<Name> =>
    Object.fromEntries([...parts].map(([name, [place]]) => [name, values[place!]])) as Locals<Name>;
  const alikeIn = (values: readonly Term[]): Term =>
    and(
      ...[...parts.values()].flatMap(([first, ...copies]) =>
        copies.map((place) => equal(values[first!]!, values[place]!)),
      ),
    );
  return {
    initial: valuesIn(cut.initial),
    now: valuesIn(cut.now),
    next: valuesIn(back.next),
    isBack: back.when,
    alike: { initial: alikeIn(cut.initial), now: alikeIn(cut.now), next: alikeIn(back.next) },
    named: (term) => replaced(term, names),
  };
}

/**
 * The claim that a run which cut loops gives what a rule gives, for any number of rounds of one that only reads.
 *
 * @param place - of that loop; it is the last, and what is made of those before it is no part of this claim
 */
export function byInduction<Name extends string, State>(
  { result, condition, cuts, obligations }: Outcome,
  { about, assumed, roles, states, invariant, entry, measure, left, skipped }: Induction<Name, State>,
  place = 0,
): Claim {
  const cut = cuts[place];
  if (cut === undefined || cuts.length > place + 1 || cut.stores.length > 0 || result === undefined)
    throw new Error(`${about}: no loop, the last, that only reads`);
  const { reached, before } = cut;
  const after = obligations.slice(before);
  const { initial, now, next, isBack, alike, named } = loopOf(cut, [result, condition, ...after], roles);
  const round = and(
    ...after,
    implies(isBack, and(invariant(next, states.next), alike.next, ult(measure(next), measure(now)))),
    implies(and(condition, reached), equal(result, left(now))),
  );
  return {
    about,
    assumed,
    pairs: [],
    obligations: [
      ...obligations.slice(cuts[place - 1]?.after ?? 0, before),
      implies(reached, and(invariant(initial, states.first), alike.initial)),
      implies(and(condition, not(reached)), skipped === undefined ? FALSE : equal(result, skipped)),
      implies(and(invariant(now, states.now), alike.now, entry(now)), round),
    ].map(named),
  };
}
