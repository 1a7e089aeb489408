/** Ranges as `auto` keeps them: intervals where a mask is one run of ones, masks where it has holes, KVM's intervals. */
import {
  PLAN_FIXED_TYPES,
  PLAN_HOLE_BITS,
  PLAN_REGISTERS,
  PLAN_RULE_COUNT,
  PLAN_RULES,
  PLAN_RULES_OF_TYPE,
  REGISTERS_FIXED,
  REGISTERS_MASK,
  REGISTERS_SIZE,
  RULE_END,
  RULE_MASK,
  RULE_START,
  RULE_VALUE,
} from '../../../assembly/auto/plan-layout.ts';
import {
  STATE_ENABLED,
  STATE_FIXED,
  STATE_FIXED_ENABLED,
  STATE_HAS_INTERVALS,
  STATE_VIEW,
} from '../../../assembly/direct/state-layout.ts';
import { EPT_KVM, MTRR_ARCHITECTURAL } from '../../../assembly/layout.ts';
import { band, equal, extract, fromBool, ite, sub, ule, ult, zeroExtend } from '../bitvectors.ts';
import { PLAN, pairs, STATE, VIEW, viewBlock, word } from '../blocks.ts';
import type { Claim, Statement, Subject } from '../claim.ts';
import { and, implies, not } from '../conditions.ts';
import { Memory, type Window } from '../memory.ts';
import type { Rules } from '../rules.ts';
import { bits, type Term, variable } from '../term.ts';
import { address, frames, gfn, physical, written } from './registers.ts';

const [pair] = pairs('v');

interface Put {
  readonly memory: Memory;
  readonly assumed: readonly Term[];
  readonly obligations: readonly Term[];
}

/** One range that is on, as putRules leaves it. */
function putRule({ executor }: Subject, isKvm: boolean): Put {
  const memory = new Memory();
  memory.fill(PLAN + PLAN_REGISTERS, bits(0, 8), REGISTERS_SIZE);
  memory.store(PLAN + PLAN_REGISTERS, pair!.base);
  memory.store(PLAN + PLAN_REGISTERS + REGISTERS_MASK, pair!.mask);
  const ofType: Window = { start: PLAN + PLAN_RULES_OF_TYPE, end: PLAN + PLAN_RULES_OF_TYPE + 64, stride: 8 };
  const args = [word(PLAN), frames, word(isKvm ? 1 : 0), word(0)];
  const run = executor({ windows: [ofType] }).run('auto/rules/putRules', args, memory);
  return {
    memory: run.memory,
    obligations: run.obligations,
    assumed: written(pair!.base, pair!.mask),
  };
}

function autoMask(subject: Subject, { maskHolds, isContiguous }: Rules): Claim {
  const { memory, ...rest } = putRule(subject, false);
  const field = (offset: number): Term => memory.load(PLAN + PLAN_RULES + offset, 8);
  const holds = maskHolds(pair!.base, pair!.mask, address, physical);
  const inside = and(ule(field(RULE_START), gfn), ult(gfn, field(RULE_END)));
  const compared = equal(band(gfn, field(RULE_MASK)), field(RULE_VALUE));
  const contiguous = isContiguous(pair!.mask, physical);
  return {
    ...rest,
    about: 'auto/rules/putRules: any base and mask, any frame, any width',
    pairs: [
      { got: memory.load(PLAN + PLAN_RULE_COUNT, 4), want: word(1) },
      { got: memory.load(PLAN + PLAN_HOLE_BITS, 8), want: fromBool(not(contiguous), 64) },
      { got: fromBool(compared, 1), want: fromBool(holds, 1) },
      {
        got: fromBool(implies(contiguous, equal(fromBool(inside, 1), fromBool(holds, 1))), 1),
        want: bits(1, 1),
      },
    ],
  };
}

/** A mask without holes is an interval. */
export const contiguousMasks: Statement = {
  id: 'contiguous',
  title:
    'A mask that is one run of ones up to the highest address bit holds an interval; any other is compared bit by bit.',
  source: 'SDM vol. 3A, "Example Base and Mask Calculations"',
  *claims(subject, rules) {
    yield autoMask(subject, rules);
  },
  planted: {
    what: 'a mask has no holes where its lowest address bit is set',
    rules: { isContiguous: (mask) => equal(extract(mask, 12, 12), bits(1, 1)) },
  },
};

function autoConvex(subject: Subject, { convexRange }: Rules): Claim {
  const { memory, ...rest } = putRule(subject, true);
  const { start, end } = convexRange(pair!.base, pair!.mask, physical);
  return {
    ...rest,
    about: 'auto/rules/putRules: any base and mask, any width',
    pairs: [
      { got: memory.load(PLAN + PLAN_RULES + RULE_START, 8), want: start },
      { got: memory.load(PLAN + PLAN_RULES + RULE_END, 8), want: end },
    ],
  };
}

/** KVM's range. */
export const convexRanges: Statement = {
  id: 'convex',
  title:
    'KVM 4.7 to 6.10 takes a range as one interval, from the base to the base with all bits that the mask leaves open.',
  source: 'arch/x86/kvm/mtrr.c: var_mtrr_range',
  *claims(subject, rules) {
    yield autoConvex(subject, rules);
  },
  planted: {
    what: 'the interval ends at the last page instead of behind it',
    rules: {
      convexRange: (base, mask, space) => ({
        start: extractFrames(band(base, space)),
        end: extractFrames(band(sub(bits(-1, 64), mask), space)),
      }),
    },
  },
};

function extractFrames(value: Term): Term {
  return zeroExtend(extract(value, 63, 12), 64);
}

/** Bytes of the eleven fixed-range registers in the order of the ranges. */
const fixedBytes = Array.from({ length: 88 }, (_, index) => variable(`fixed${index}`, 8));
const below1M = variable('frame', 8);

/** The byte of the range that a rule names. */
function named({ fixedRange }: Rules): Term {
  const range = fixedRange(below1M);
  return fixedBytes.reduce((rest, byte, index) => ite(equal(range, bits(index, 8)), byte, rest), bits(0, 8));
}

function directFixed({ executor }: Subject, rules: Rules): Claim {
  const memory = viewBlock({ maxphyaddr: word(46), ept: word(EPT_KVM), mtrr: word(MTRR_ARCHITECTURAL) });
  memory.store(STATE + STATE_VIEW, word(VIEW));
  memory.store(STATE + STATE_ENABLED, word(1));
  memory.store(STATE + STATE_FIXED_ENABLED, word(1));
  memory.store(STATE + STATE_HAS_INTERVALS, word(0));
  fixedBytes.forEach((byte, index) => {
    memory.store(STATE + STATE_FIXED + index, byte);
  });
  const table: Window = { start: STATE + STATE_FIXED, end: STATE + STATE_FIXED + 88, stride: 1 };
  const run = executor({ windows: [table] });
  const { result, obligations } = run.run(
    'direct/mtrr/mtrrType',
    [word(STATE), zeroExtend(below1M, 64)],
    memory,
  );
  return {
    about: 'direct/mtrr/mtrrType: every frame below 1 MiB, any registers',
    assumed: [],
    pairs: [{ got: result!, want: zeroExtend(named(rules), 32) }],
    obligations,
  };
}

function autoFixed({ executor }: Subject, rules: Rules): Claim {
  const memory = new Memory();
  fixedBytes.forEach((byte, index) => {
    memory.store(PLAN + PLAN_REGISTERS + REGISTERS_FIXED + index, byte);
  });
  const { memory: after, obligations } = executor().run('auto/plan/putFixedTypes', [word(PLAN)], memory);
  const at = (frame: number): Term => after.load(PLAN + PLAN_FIXED_TYPES + frame, 1);
  let got = at(0);
  for (let frame = 1; frame < 256; frame++) got = ite(equal(below1M, bits(frame, 8)), at(frame), got);
  return {
    about: 'auto/plan/putFixedTypes: every frame below 1 MiB, any registers',
    assumed: [],
    pairs: [{ got, want: named(rules) }],
    obligations,
  };
}

/** Fixed ranges. */
export const fixedRanges: Statement = {
  id: 'fixed',
  title: 'Below 1 MiB 8 ranges of 64 KiB, 16 of 16 KiB and 64 of 4 KiB have a type each.',
  source: 'SDM vol. 3A, "Fixed Range MTRRs"',
  *claims(subject, rules) {
    yield directFixed(subject, rules);
    if (subject.has('auto/plan/putFixedTypes')) yield autoFixed(subject, rules);
  },
  planted: {
    what: 'the ranges from 0xa0000 on are of 4 KiB',
    rules: {
      fixedRange: (frame) => ite(ult(frame, bits(0xa0, 8)), zeroExtend(extract(frame, 7, 4), 8), frame),
    },
  },
};
