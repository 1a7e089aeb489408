/** WRMSR of a variable range: what `direct` keeps of it. */
import { STATE_BASES, STATE_FIXED, STATE_MASKS, STATE_RULES } from '../../../assembly/direct/state-layout.ts';
import { VARIABLE_COUNT_MAX } from '../../../assembly/layout.ts';
import { add, concat, equal, extract, fromBool, ite, ule, ult, zeroExtend } from '../bitvectors.ts';
import { STATE, word } from '../blocks.ts';
import type { Claim, Statement, Subject } from '../claim.ts';
import { and } from '../conditions.ts';
import { Memory, type Window } from '../memory.ts';
import { isWidth, RULES, type Rules } from '../rules.ts';
import { bits, FALSE, variable } from '../term.ts';
import { maxphyaddr, physical } from './registers.ts';

/** IA32_MTRR_PHYSBASE0; bases and masks follow it by turns. */
const PHYSBASE0 = 0x200;

const value = variable('value', 64);
const range = zeroExtend(variable('range', 6), 31);
/** How many ranges there are. */
const count = variable('count', 32);

/** The state up to its rules as it was, in words of 64 bits: other registers, fixed ranges, bases, masks. */
const WORDS = STATE_RULES / 8;
const before = Array.from({ length: WORDS }, (_, index) => variable(`word${index}`, 64));
const BASES = STATE_BASES / 8;
const MASKS = STATE_MASKS / 8;

function kept({ executor }: Subject, isMask: boolean, { isWritable }: Rules): Claim {
  const memory = new Memory();
  before.forEach((word, index) => {
    memory.store(STATE + index * 8, word);
  });
  const windows: Window[] = [
    { start: STATE + STATE_FIXED, end: STATE + STATE_BASES, stride: 8 },
    { start: STATE + STATE_BASES, end: STATE + STATE_MASKS, stride: 8 },
    { start: STATE + STATE_MASKS, end: STATE + STATE_RULES, stride: 8 },
  ];
  const msr = add(word(PHYSBASE0), concat(range, bits(isMask ? 1 : 0, 1)));
  const run = executor({ windows }).run(
    'direct/msr/write',
    [word(STATE), msr, value, physical, count],
    memory,
  );
  const isTaken = isWritable(value, isMask, physical);
  return {
    about: `direct/msr/write: any ${isMask ? 'mask' : 'base'} of up to ${VARIABLE_COUNT_MAX} ranges`,
    assumed: [isWidth(maxphyaddr), ult(zeroExtend(range, 32), count), ule(count, word(VARIABLE_COUNT_MAX))],
    pairs: [
      { got: run.result!, want: fromBool(isTaken, 32) },
      ...before.map((word, index) => {
        const place = index - (isMask ? MASKS : BASES);
        const isIt =
          place >= 0 && place < VARIABLE_COUNT_MAX ? and(isTaken, equal(range, bits(place, 31))) : FALSE;
        return { got: run.memory.load(STATE + index * 8, 8), want: ite(isIt, value, word) };
      }),
    ],
    obligations: run.obligations,
  };
}

/** WRMSR of variable ranges. */
export const writing: Statement = {
  id: 'writing',
  title:
    'A WRMSR of a base or a mask is refused for reserved bits and types that are none; else it changes that register alone.',
  source: 'SDM vol. 3A, "Variable Range MTRRs"',
  *claims(subject, rules) {
    for (const isMask of [false, true]) yield kept(subject, isMask, rules);
  },
  planted: {
    what: 'bits 11:8 of a base may be set',
    rules: {
      isWritable: (of, ofMask, space) =>
        ofMask
          ? RULES.isWritable(of, true, space)
          : RULES.isWritable(
              concat(concat(extract(of, 63, 12), bits(0, 4)), extract(of, 7, 0)),
              false,
              space,
            ),
    },
  },
};
