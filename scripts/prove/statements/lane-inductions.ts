/**
 * The SIMD lookup of `direct` over any number of ranges, by induction: over the rules, what is written of each for a block
 * of frames; and over these, what a step makes of them for each of its frames.
 */
import {
  LANE_FIRST,
  LANE_SECOND,
  LANE_SIZE,
  LANE_THIRD,
  RULE_TYPE,
  STATE_LANES,
  STATE_TYPES,
} from '../../../assembly/direct/state-layout.ts';
import { VARIABLE_COUNT_MAX } from '../../../assembly/layout.ts';
import { add, concat, equal, extract, mul, sub, ule, zeroExtend } from '../bitvectors.ts';
import { OUT, STATE, word } from '../blocks.ts';
import type { Claim, Subject } from '../claim.ts';
import { and, implies, not } from '../conditions.ts';
import { entriesAt, liesIn, partsOf } from '../cut.ts';
import type { Outcome } from '../execute.ts';
import { byInduction, everyRound, loopOf, stepsBy } from '../induction.ts';
import type { Rules } from '../rules.ts';
import { bits, type Term, TRUE, variable } from '../term.ts';
import { areTypes, fallback, stateOf } from './fold-blocks.ts';
import { count, rolesOfWalk, walks } from './fold-inductions.ts';
import { a, b, FIRST_FRAMES, FRAMES, frameOf, type Kind, type } from './lane-kinds.ts';

const rule = variable('rule', 32);

/** How many lanes had their round. */
const index = variable('index', 32);
const INDEX = { first: word(0), now: index, next: add(index, word(1)) };

/** What a round of the second loop reads: any comparison, and for each state what follows. */
const lane = variable('lane', 32);
const [first, second] = [variable('first', 16), variable('second', 16)];
const isReached = equal(variable('isReached', 1), bits(1, 1));

const eightOf = (one: Term): Term => Array.from({ length: 7 }).reduce<Term>((all) => concat(one, all), one);
const vectorOf = (bytes: readonly Term[]): Term => bytes.reduce((low, byte) => concat(byte, low));

/** One step of the lookup, from a frame of any block, over any rules. */
function run<State>({ executor }: Subject, low: number, kind: Kind<State>): Outcome {
  const third = kind.third(isReached).map((byte, at) => byte ?? variable(`unused${at}`, 8));
  const entries = [
    ...entriesAt(rule, [
      [kind.fields[0], a],
      [kind.fields[1], b],
      [RULE_TYPE, zeroExtend(type, 32)],
    ]),
    ...entriesAt(lane, [
      [LANE_FIRST, eightOf(first)],
      [LANE_SECOND, eightOf(second)],
      [LANE_THIRD, vectorOf(third)],
    ]),
  ];
  const cuts = (initial: readonly Term[]): boolean => initial.includes(word(STATE + STATE_LANES));
  const args = [word(STATE), frameOf(bits(low, 16)), word(FRAMES), word(OUT)];
  const memory = stateOf(kind.isKvm, count);
  return executor({ cuts, entries }).run('direct/lookup-simd/writeMtrrTypesSimd', args, memory);
}

const roleOfLane = { initial: word(STATE + STATE_LANES), next: stepsBy(LANE_SIZE) };
const laneAt = (index: Term): Term => add(word(STATE + STATE_LANES), mul(index, word(LANE_SIZE)));

/** What is written of a rule for a block: its comparison is the rule's of any frame, and what follows is the fold's. */
function written<State>(subject: Subject, rules: Rules, kind: Kind<State>): Claim {
  const { cuts, obligations } = run(subject, 0, kind);
  const [cut] = cuts;
  const { stores, after } = cut!;
  const ofLoop = obligations.slice(0, after);
  const { initial, now, next, isBack, alike } = loopOf(
    cut!,
    [...ofLoop.slice(cut!.before), ...partsOf(stores)],
    { ...rolesOfWalk, lane: roleOfLane },
  );
  const isAt = (locals: typeof now): Term =>
    and(walks(locals), equal(locals.lane, laneAt(sub(count, locals.left))));
  const isRound = not(equal(now.left, word(0)));
  const [one, two, ...thirds] = stores;
  const [low16, high16] = [extract(one!.value, 15, 0), extract(two!.value, 15, 0)];
  const low = variable('low', 16);
  const holds = kind.holds(frameOf(low));
  /** Bytes that are written third, whether one by one or sixteen at a time. */
  const bytes = thirds.flatMap(({ at, value }) =>
    Array.from({ length: value.width / 8 }, (_, place) => ({
      at: add(at, word(place)),
      value: extract(value, place * 8 + 7, place * 8),
    })),
  );
  const wanted = kind.third(kind.reaches);
  if (bytes.length !== wanted.length) throw new Error(`a round writes ${bytes.length} bytes third`);
  const round = and(
    equal(isBack, isRound),
    implies(isBack, and(isAt(next), alike.next)),
    ...stores.map((store) =>
      and(
        equal(store.when, isRound),
        implies(isRound, liesIn(store, STATE + STATE_LANES, STATE + STATE_TYPES)),
      ),
    ),
    implies(
      isRound,
      and(
        equal(one!.at, add(now.lane, word(LANE_FIRST))),
        equal(one!.value, eightOf(low16)),
        equal(two!.at, add(now.lane, word(LANE_SECOND))),
        equal(two!.value, eightOf(high16)),
        ...bytes.map(({ at, value }, place) =>
          and(
            equal(at, add(now.lane, word(LANE_THIRD + place))),
            wanted[place] === undefined ? TRUE : equal(value, wanted[place]!),
          ),
        ),
        equal(and(kind.reaches, kind.compares(low, low16, high16)), holds),
      ),
    ),
  );
  return {
    about: `writeMtrrTypesSimd: what lanes compare and make, of up to ${VARIABLE_COUNT_MAX} ${kind.words}`,
    assumed: [
      ...areTypes([type], rules),
      ule(count, word(VARIABLE_COUNT_MAX)),
      kind.assumed,
      // Frames of 52 address bits.
      equal(extract(a, 63, 40), bits(0, 24)),
      ...(kind.isKvm ? [ule(b, bits(1n << 40n, 64))] : []),
    ],
    pairs: [],
    obligations: everyRound(
      { cuts, obligations: ofLoop },
      {
        begins: and(isAt(initial), alike.initial),
        isNow: and(isAt(now), alike.now, equal(now.rule, rule)),
        round,
      },
    ),
  };
}

/** So many frames of a step are asked about at a time; they lie in one half of it. */
const AT_ONCE = 8;

/** What a step makes of the lanes: the type of each of its frames is the fold of what they compare. */
function ofStep<State>(subject: Subject, low: number, from: number, rules: Rules, kind: Kind<State>): Claim {
  const outcome = run(subject, low, kind);
  const frames = Array.from({ length: AT_ONCE }, (_, place) => {
    const now = kind.state(`so${place}`);
    const holds = and(isReached, kind.compares(bits(low + from + place, 16), first, second));
    return { now, next: kind.fold.step(now, { holds, type }), first: kind.fold.first };
  });
  const lowest = (from % 16) * 8;
  const result = vectorOf(frames.map((_, place) => outcome.memory.load(OUT + from + place, 1)));
  const hex = (low + from).toString(16).padStart(4, '0');
  return byInduction(
    { ...outcome, result },
    {
      about: `writeMtrrTypesSimd: ${AT_ONCE} frames from ...${hex}, up to ${VARIABLE_COUNT_MAX} ${kind.words}`,
      assumed: [...areTypes([type], rules), ule(count, word(VARIABLE_COUNT_MAX))],
      roles: { lane: roleOfLane, so: {} },
      states: { first: 'first' as const, now: 'now' as const, next: 'next' as const },
      invariant: (locals, which) =>
        and(
          ule(INDEX[which], count),
          equal(locals.lane, laneAt(INDEX[which])),
          ...frames.map((one) => kind.isState(one[which])),
          equal(
            extract(locals.so, lowest + AT_ONCE * 8 - 1, lowest),
            vectorOf(frames.map((one) => kind.byteOf(one[which]))),
          ),
        ),
      entry: (locals) => equal(locals.lane, lane),
      measure: (locals) => sub(laneAt(count), locals.lane),
      left: () => vectorOf(frames.map(({ now }) => kind.fold.last(now, fallback))),
    },
    1,
  );
}

/** All of the SIMD lookup of a kind. */
export function* lanesOfAll<State>(subject: Subject, rules: Rules, kind: Kind<State>): Generator<Claim> {
  yield written(subject, rules, kind);
  for (const low of FIRST_FRAMES) {
    for (let from = 0; from < FRAMES; from += AT_ONCE) yield ofStep(subject, low, from, rules, kind);
  }
}
