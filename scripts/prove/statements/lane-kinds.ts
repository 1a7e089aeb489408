/** The two kinds of SIMD lookup: what of a range a lane compares, and what it makes of that. */
import { RULE_END, RULE_MASK, RULE_START, RULE_VALUE } from '../../../assembly/direct/state-layout.ts';
import { add, band, concat, equal, extract, ite, sub, ule, ult, zeroExtend } from '../bitvectors.ts';
import { and, implies, or } from '../conditions.ts';
import {
  type Fold,
  type Rules,
  type TypeSoFar,
  type TypesHeld,
  UC,
  UNDEFINED,
  WB,
  WC,
  WP,
  WT,
} from '../rules.ts';
import { bits, FALSE, type Term, TRUE, variable } from '../term.ts';
import { areHeld, isTypeSoFar } from './fold-inductions.ts';

/** Frames of one step of the loop, and the lower 16 bits of those that steps are asked to begin with: aligned, and odd. */
export const FRAMES = 32;
export const FIRST_FRAMES = [0, 0x1235];

/** Frame number without the 16 bits that lanes compare one by one. */
const block = variable('block', 24);
export const frameOf = (low: Term): Term => concat(bits(0, 24), concat(block, low));

export const type = zeroExtend(variable('type', 3), 8);
/** Mask and value, or start and end, of the rule of a round. */
export const [a, b] = [variable('a', 64), variable('b', 64)];

/** What of one range a lane compares and makes: how the two kinds of lookup differ. */
export interface Kind<State> {
  readonly isKvm: boolean;
  readonly words: string;
  readonly fields: readonly [number, number];
  /** What the rule's fields are assumed to be. */
  readonly assumed: Term;
  /** Whether the rule holds any frame of the block. */
  readonly reaches: Term;
  /** Whether it holds a frame. */
  readonly holds: (frame: Term) => Term;
  /** Whether a lane says so of the lower bits of one, from what is written first and second, where it reaches the block. */
  readonly compares: (low: Term, first: Term, second: Term) => Term;
  readonly fold: Fold<State>;
  /** Any state, by a name. */
  readonly state: (name: string) => State;
  /** What of a state is not said by its widths. */
  readonly isState: (so: State) => Term;
  /** A state as its byte. */
  readonly byteOf: (so: State) => Term;
  /** The bytes that are written third: what is known of each, undefined where none is used. */
  readonly third: (reaches: Term) => readonly (Term | undefined)[];
}

export function byMasks({ overlap }: Rules): Kind<TypesHeld> {
  const bitOf = [
    [UC, 0x80],
    [WC, 1],
    [WT, 2],
    [WP, 4],
    [WB, 8],
  ] as const;
  const byte = bitOf.reduce(
    (rest, [of, bit]) => ite(equal(type, bits(of, 8)), bits(bit, 8), rest),
    bits(0, 8),
  );
  return {
    isKvm: false,
    words: 'masks',
    fields: [RULE_MASK, RULE_VALUE],
    assumed: equal(band(a, b), b),
    reaches: equal(band(extract(a, 39, 16), block), extract(b, 39, 16)),
    holds: (frame) => equal(band(frame, a), b),
    compares: (low, mask, value) => equal(band(low, mask), value),
    fold: overlap,
    state: (name) => ({ held: variable(name, 8) }),
    isState: areHeld,
    byteOf: ({ held }) =>
      bitOf
        .map(([of, bit]) => ite(equal(extract(held, of, of), bits(1, 1)), bits(bit, 8), bits(0, 8)))
        .reduce((all, one) => add(all, one)),
    third: (reaches) => Array.from({ length: 16 }, () => ite(reaches, byte, bits(0, 8))),
  };
}

/** States of a fold that has not ended are types, or 8 for none; 9 and 10 are those that ended with UC and with WB. */
export function byIntervals(rules: Rules): Kind<TypeSoFar> {
  const states: readonly (readonly [number, TypeSoFar])[] = [
    ...[UC, WC, WT, WP, WB].map((of) => [of, { type: bits(of, 8), ended: FALSE }] as const),
    [8, { type: bits(UNDEFINED, 8), ended: FALSE }],
    [9, { type: bits(UC, 8), ended: TRUE }],
    [10, { type: bits(WB, 8), ended: TRUE }],
  ];
  const byteOf = (so: TypeSoFar): Term =>
    ite(
      so.ended,
      ite(equal(so.type, bits(UC, 8)), bits(9, 8), bits(10, 8)),
      ite(equal(so.type, bits(UNDEFINED, 8)), bits(8, 8), so.type),
    );
  const start = concat(bits(0, 24), concat(block, bits(0, 16)));
  return {
    isKvm: true,
    words: 'intervals',
    fields: [RULE_START, RULE_END],
    assumed: ult(a, b),
    reaches: and(ult(a, add(start, bits(0x10000, 64))), ult(start, b)),
    holds: (frame) => and(ule(a, frame), ult(frame, b)),
    compares: (low, first, distance) => ule(sub(low, first), distance),
    fold: rules.kvmFold,
    state: (name) => ({ type: variable(name, 8), ended: equal(variable(`${name}Ended`, 1), bits(1, 1)) }),
    isState: (so) =>
      and(
        isTypeSoFar(so.type, rules),
        implies(so.ended, or(equal(so.type, bits(UC, 8)), equal(so.type, bits(WB, 8)))),
      ),
    byteOf,
    third: (reaches) =>
      Array.from({ length: 16 }, (_, current) => {
        const found = states.find(([number]) => number === current);
        return found && byteOf(rules.kvmFold.step(found[1], { holds: reaches, type }));
      }),
  };
}
