/** The way from the registers to the rules of `auto`, for all registers that there can be, by induction over them. */
import {
  PLAN_HOLE_BITS,
  PLAN_REGISTERS,
  PLAN_RULE_COUNT,
  PLAN_RULES,
  PLAN_RULES_OF_TYPE,
  REGISTERS_MASK,
  RULE_END,
  RULE_MASK,
  RULE_SIZE,
  RULE_START,
  RULE_TYPE,
  RULE_VALUE,
} from '../../../assembly/auto/plan-layout.ts';
import { VARIABLE_COUNT_MAX } from '../../../assembly/layout.ts';
import { add, band, bor, concat, equal, extract, ite, mul, ule, ult, zeroExtend } from '../bitvectors.ts';
import { PLAN, word } from '../blocks.ts';
import type { Claim, Subject } from '../claim.ts';
import { and, implies, not, or } from '../conditions.ts';
import { type Entry, liesIn, partsOf } from '../cut.ts';
import { everyRound, type Inner, loopOf, stepsBy } from '../induction.ts';
import { Memory } from '../memory.ts';
import type { Rules } from '../rules.ts';
import { bits, FALSE, isConst, type Term, TRUE, variable } from '../term.ts';
import { address, frames, gfn, physical, typeIn, written } from './registers.ts';
import { bitAt, isEmpty, isIn, isLowest, isSubset, without, withoutLowest } from './sets.ts';

/** Whether each register is on. */
const on = Array.from({ length: VARIABLE_COUNT_MAX }, (_, index) => variable(`on${index}`, 1));
const valid = zeroExtend(
  on.reduce((low, next) => concat(next, low)),
  64,
);

/** The register that a round takes, and its pair; the one that it looks at while it searches for it. */
const taken = variable('taken', 32);
const [base, mask] = [variable('base', 64), variable('mask', 64)];
const seen = variable('seen', 32);
const seenBase = variable('seenBase', 64);
/** Registers that are left, how many rules there are, and which of these have holes, before a round. */
const left = variable('left', 64);
const count = variable('count', 32);
const holes = variable('holes', 64);
/** Rules of the type of the register that is taken. */
const ofType = variable('ofType', 64);

const register = (index: Term, offset = 0): Term =>
  add(word(PLAN + PLAN_REGISTERS + offset), mul(index, word(8)));
const rule = add(word(PLAN + PLAN_RULES), mul(count, word(RULE_SIZE)));
const typePlace = add(word(PLAN + PLAN_RULES_OF_TYPE), mul(zeroExtend(extract(base, 2, 0), 32), word(8)));

/** How many registers a set has. */
const sizeOf = (set: Term): Term =>
  Array.from({ length: VARIABLE_COUNT_MAX }, (_, at) => zeroExtend(extract(set, at, at), 32)).reduce(
    (all, one) => add(all, one),
  );

/** A search within a round, and that one of its rounds goes on as it should. */
interface Taking extends Inner {
  readonly goesOn: Term;
}

/**
 * putRules: a round takes a register, the lowest that is left by the manual, by KVM the one of the highest base, writes its
 * rule, and notes it among those of its type and, by the manual, among those with holes.
 */
export function placedByAuto({ executor }: Subject, isKvm: boolean, rules: Rules): Claim {
  const memory = new Memory();
  on.forEach((bit, index) => {
    const any = variable(`mask${index}`, 64);
    const value = concat(extract(any, 63, 12), concat(bit, extract(any, 10, 0)));
    memory.store(PLAN + PLAN_REGISTERS + REGISTERS_MASK + index * 8, value);
  });
  const entries: Entry[] = [
    { at: typePlace, value: ofType },
    ...(isKvm ? [{ at: register(seen), value: seenBase }] : []),
    { at: register(taken), value: base },
    { at: register(taken, REGISTERS_MASK), value: mask },
  ];
  const run = executor({
    entries,
    cuts: (initial) => initial.some((one) => one.width === 64 && !isConst(one)),
  });
  const args = [word(PLAN), frames, word(isKvm ? 1 : 0), word(0)];
  const outcome = run.run('auto/rules/putRules', args, memory);
  const { cuts, obligations, condition, memory: after } = outcome;
  const [outer, inner] = cuts;
  const stores = outer!.stores;
  const ofStores = partsOf(cuts.flatMap((cut) => cut.stores));
  const results = [after.load(PLAN + PLAN_RULE_COUNT, 4), after.load(PLAN + PLAN_HOLE_BITS, 8)];
  const { initial, now, next, isBack, alike } = loopOf(
    outer!,
    [...results, condition, ...obligations.slice(outer!.before), ...ofStores],
    {
      count: { initial: word(0), next: stepsBy(1) },
      holes: { initial: bits(0, 64) },
      left: {},
    },
  );
  const isWithin = (locals: typeof now): Term =>
    and(
      isSubset(locals.left, valid),
      ule(locals.count, word(VARIABLE_COUNT_MAX)),
      ule(add(locals.count, sizeOf(locals.left)), word(VARIABLE_COUNT_MAX)),
    );
  const search = inner && searching();
  const isRound = and(not(isEmpty(left)), not(search?.isBack ?? FALSE));
  const isNow = and(
    isWithin(now),
    alike.now,
    equal(now.left, left),
    equal(now.count, count),
    equal(now.holes, holes),
  );
  const isTaken = isKvm ? TRUE : or(isEmpty(left), isLowest(taken, left));
  const [hasHoles, fields] = ofRule();
  const round = and(
    implies(not(isEmpty(left)), search?.goesOn ?? TRUE),
    equal(isBack, isRound),
    implies(
      isBack,
      and(
        isWithin(next),
        alike.next,
        equal(next.left, without(taken, left)),
        equal(next.count, add(count, word(1))),
        equal(next.holes, bor(holes, ite(hasHoles, bitAt(count), bits(0, 64)))),
      ),
    ),
    ...stores.map(({ when }) => equal(when, isRound)),
    implies(isRound, fields),
    implies(condition, and(equal(results[0]!, count), equal(results[1]!, now.holes))),
  );
  return {
    about: isKvm
      ? `auto/rules/putRules: intervals of up to ${VARIABLE_COUNT_MAX} registers, in KVM's order`
      : `auto/rules/putRules: masks of up to ${VARIABLE_COUNT_MAX} registers`,
    assumed: [...written(base, mask), rules.isMemoryType(typeIn(base))],
    pairs: [],
    obligations: everyRound(
      outcome,
      {
        begins: and(isWithin(initial), alike.initial, equal(initial.left, valid), isEmpty(initial.holes)),
        isNow: and(isNow, isTaken),
        round,
      },
      search,
    ),
  };

  /** What the six stores of a round say of its register. */
  function ofRule(): [Term, Term] {
    const [value, compared, start, end, type, set] = stores.map((one) => one.value);
    const places = [RULE_VALUE, RULE_MASK, RULE_START, RULE_END, RULE_TYPE].map((offset) =>
      add(rule, word(offset)),
    );
    const where = and(
      ...[...places, typePlace].map((at, index) => equal(stores[index]!.at, at)),
      ...stores
        .slice(0, 5)
        .map((one) => liesIn(one, PLAN + PLAN_RULES, PLAN + PLAN_RULES + VARIABLE_COUNT_MAX * RULE_SIZE)),
      liesIn(stores[5]!, PLAN + PLAN_RULES_OF_TYPE, PLAN + PLAN_RULES_OF_TYPE + 64),
      equal(type!, zeroExtend(typeIn(base), 32)),
      equal(set!, bor(ofType, bitAt(count))),
    );
    if (isKvm) {
      const range = rules.convexRange(base, mask, physical);
      return [FALSE, and(where, equal(start!, range.start), equal(end!, range.end))];
    }
    const holds = rules.maskHolds(base, mask, address, physical);
    const contiguous = rules.isContiguous(mask, physical);
    const inside = and(ule(start!, gfn), ult(gfn, end!));
    const matches = equal(band(gfn, compared!), value!);
    return [not(contiguous), and(where, equal(matches, holds), implies(contiguous, equal(inside, holds)))];
  }

  /** The search for the register that KVM walks first: `taken` is the best so far, `rest` are those not looked at. */
  function searching(): Taking {
    const rest = variable('rest', 64);
    const loop = loopOf(inner!, [...ofStores, ...obligations.slice(inner!.before), outer!.back!.when], {
      rest: { next: withoutLowest },
      best: {},
    });
    const isLeft = (locals: typeof loop.now, best: Term, unseen: Term): Term =>
      and(
        equal(locals.best, best),
        equal(locals.rest, unseen),
        ult(best, word(VARIABLE_COUNT_MAX)),
        isIn(best, left),
        isSubset(unseen, left),
        not(isIn(best, unseen)),
      );
    const first = variable('firstLeft', 32);
    const goesOn = not(isEmpty(rest));
    const best = ite(rules.isWalkedBefore(seenBase, base), seen, taken);
    return {
      before: inner!.before,
      begins: implies(
        and(inner!.reached, isLowest(first, left)),
        and(loop.alike.initial, isLeft(loop.initial, first, without(first, left))),
      ),
      isNow: or(
        // Where none is left there is no search.
        isEmpty(left),
        and(
          loop.alike.now,
          isLeft(loop.now, taken, rest),
          ult(seen, word(VARIABLE_COUNT_MAX)),
          or(isEmpty(rest), isLowest(seen, rest)),
        ),
      ),
      isBack: loop.isBack,
      goesOn: and(
        equal(loop.isBack, goesOn),
        implies(loop.isBack, and(loop.alike.next, isLeft(loop.next, best, without(seen, rest)))),
      ),
    };
  }
}
