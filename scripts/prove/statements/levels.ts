/** KVM's check of the MTRRs before it maps a region by one leaf. */
import {
  PLAN_CURSOR,
  PLAN_DEFAULT,
  PLAN_DISABLED,
  PLAN_FIXED,
  PLAN_FRAMES,
  PLAN_LEVEL_CHECK,
  PLAN_RULE_COUNT,
  RULE_END as PLAN_RULE_END,
  RULE_SIZE as PLAN_RULE_SIZE,
  RULE_START as PLAN_RULE_START,
  RULE_TYPE as PLAN_RULE_TYPE,
  PLAN_RULES,
  PLAN_SEGMENT_COUNT,
  PLAN_SEGMENTS,
  SEGMENT_SIZE,
  SEGMENT_SLOT,
  SEGMENT_SLOT_LEVEL,
  SEGMENT_START,
} from '../../../assembly/auto/plan-layout.ts';
import {
  RULE_END,
  RULE_SIZE,
  RULE_START,
  RULE_TYPE,
  STATE_DEFAULT_TYPE,
  STATE_ENABLED,
  STATE_FIXED_ENABLED,
  STATE_HAS_MMIO,
  STATE_RULE_COUNT,
  STATE_RULES,
  STATE_VIEW,
} from '../../../assembly/direct/state-layout.ts';
import {
  LEVEL_KVM,
  SLOT_COUNT,
  SLOT_GFN,
  SLOT_MAX_LEVEL,
  SLOT_PFN,
  SLOT_SIZE,
} from '../../../assembly/layout.ts';
import { add, concat, equal, fromBool, ule, zeroExtend } from '../bitvectors.ts';
import { OUT, PLAN, STATE, VIEW, viewBlock, word } from '../blocks.ts';
import type { Claim, Statement, Subject } from '../claim.ts';
import type { Memory } from '../memory.ts';
import { type Region, RULES, type Rules } from '../rules.ts';
import { bits, type Term, TRUE, variable } from '../term.ts';

/** Frames of a 46-bit space: nothing of the check depends on how many there are. */
const FRAMES = bits(1n << 34n, 64);
const SLOT = OUT;
const fallback = variable('default', 8);
const enabled = variable('enabled', 1);

interface Range {
  readonly start: Term;
  readonly end: Term;
  readonly type: Term;
}

function ranges(count: number): Range[] {
  return Array.from({ length: count }, (_, index) => ({
    start: variable(`start${index}`, 64),
    end: variable(`end${index}`, 64),
    type: zeroExtend(variable(`type${index}`, 3), 8),
  }));
}

/** A slot over the whole space, and the region of a level, which is aligned. */
function region(level: 2 | 3): { start: Term; end: Term } {
  const order = (level - 1) * 9;
  const start = concat(concat(bits(0, 30), variable('region', 34 - order)), bits(0, order));
  return { start, end: add(start, bits(1n << BigInt(order), 64)) };
}

function putSlot(memory: Memory): void {
  memory.fill(SLOT, bits(0, 8), SLOT_SIZE);
  memory.store(SLOT + SLOT_GFN, bits(0, 64));
  memory.store(SLOT + SLOT_COUNT, FRAMES);
  memory.store(SLOT + SLOT_PFN, bits(0, 64));
  memory.store(SLOT + SLOT_MAX_LEVEL, word(3));
}

function wanted(rules: Rules, level: 2 | 3, list: readonly Range[]): Term {
  const asked: Region = {
    ...region(level),
    enabled: equal(enabled, bits(1, 1)),
    fallback,
    ranges: list.map((range) => ({ ...range, on: TRUE })),
  };
  return rules.isOneLeaf(asked);
}

/** Ranges are not empty, which no base and mask make them, and types are types. */
function assumed(list: readonly Range[], rules: Rules): Term[] {
  return [
    ...[...list.map(({ type }) => type), fallback].map(rules.isMemoryType),
    ...list.map(({ start, end }) => ule(add(start, bits(1, 64)), end)),
    ...list.map(({ end }) => ule(end, FRAMES)),
  ];
}

function directLevel({ executor }: Subject, level: 2 | 3, count: number, rules: Rules): Claim {
  const list = ranges(count);
  const memory = viewBlock({ maxphyaddr: word(46), levelCheck: word(LEVEL_KVM) });
  putSlot(memory);
  memory.store(STATE + STATE_VIEW, word(VIEW));
  memory.store(STATE + STATE_DEFAULT_TYPE, zeroExtend(fallback, 32));
  memory.store(STATE + STATE_ENABLED, zeroExtend(enabled, 32));
  memory.store(STATE + STATE_FIXED_ENABLED, word(0));
  memory.store(STATE + STATE_HAS_MMIO, word(0));
  memory.store(STATE + STATE_RULE_COUNT, word(count));
  list.forEach(({ start, end, type }, index) => {
    const at = STATE + STATE_RULES + index * RULE_SIZE;
    memory.store(at + RULE_START, start);
    memory.store(at + RULE_END, end);
    memory.store(at + RULE_TYPE, zeroExtend(type, 32));
  });
  const args = [word(STATE), word(SLOT), region(level).start, word(level)];
  const { result, obligations } = executor().run('direct/level/isMappable', args, memory);
  return {
    about: `direct/level/isMappable: any region of level ${level}, ${count} ranges in any order`,
    assumed: assumed(list, rules),
    pairs: [{ got: result!, want: fromBool(wanted(rules, level, list), 32) }],
    obligations,
  };
}

function autoLevel({ executor }: Subject, level: 2 | 3, count: number, rules: Rules): Claim {
  const list = ranges(count);
  const memory = viewBlock({ maxphyaddr: word(46) });
  const segment = OUT + SLOT_SIZE;
  putSlot(memory);
  memory.fill(segment, bits(0, 8), 2 * SEGMENT_SIZE);
  memory.store(segment + SEGMENT_SLOT, word(SLOT));
  memory.store(segment + SEGMENT_SLOT_LEVEL, bits(3, 8));
  memory.store(segment + SEGMENT_SIZE + SEGMENT_START, FRAMES);
  const put = (offset: number, value: Term): void => memory.store(PLAN + offset, value);
  put(PLAN_FRAMES, FRAMES);
  put(PLAN_SEGMENTS, word(segment));
  put(PLAN_SEGMENT_COUNT, word(1));
  put(PLAN_CURSOR, word(0));
  put(PLAN_DEFAULT, zeroExtend(fallback, 32));
  put(PLAN_DISABLED, zeroExtend(add(enabled, bits(1, 1)), 32));
  put(PLAN_FIXED, word(0));
  put(PLAN_LEVEL_CHECK, word(LEVEL_KVM));
  put(PLAN_RULE_COUNT, word(count));
  list.forEach(({ start, end, type }, index) => {
    const at = PLAN_RULES + index * PLAN_RULE_SIZE;
    put(at + PLAN_RULE_START, start);
    put(at + PLAN_RULE_END, end);
    put(at + PLAN_RULE_TYPE, zeroExtend(type, 32));
  });
  const args = [word(PLAN), word(segment), region(level).start, word((level - 1) * 9)];
  const { result, obligations } = executor().run('auto/level/regionIsLeaf', args, memory);
  return {
    about: `auto/level/regionIsLeaf: any region of level ${level}, ${count} ranges in any order`,
    assumed: assumed(list, rules),
    pairs: [{ got: result!, want: fromBool(wanted(rules, level, list), 32) }],
    obligations,
  };
}

/** KVM's level check. */
export const levels: Statement = {
  id: 'level',
  title:
    'KVM up to 6.10 maps a region by one leaf if all ranges that touch it have one type and leave no gap of another default.',
  source: 'arch/x86/kvm/mtrr.c: kvm_mtrr_check_gfn_range_consistency, above the fixed ranges',
  *claims(subject, rules) {
    for (const level of [2, 3] as const) {
      for (const count of [0, 1, 2, 3]) {
        yield directLevel(subject, level, count, rules);
        yield autoLevel(subject, level, count, rules);
      }
    }
  },
  planted: {
    what: 'a gap that a later range of the walk fills is none',
    rules: {
      isOneLeaf: (asked) => {
        const [first, ...rest] = asked.ranges;
        if (first === undefined) return TRUE;
        return RULES.isOneLeaf({ ...asked, ranges: [...rest.reverse(), first] });
      },
    },
  },
};
