/** KVM's check of the MTRRs before it maps a region by one leaf. */
import {
  RULE_END as PLAN_RULE_END,
  RULE_SIZE as PLAN_RULE_SIZE,
  RULE_START as PLAN_RULE_START,
  RULE_TYPE as PLAN_RULE_TYPE,
  PLAN_RULES,
} from '../../../assembly/auto/plan-layout.ts';
import {
  RULE_END,
  RULE_SIZE,
  RULE_START,
  RULE_TYPE,
  STATE_RULES,
} from '../../../assembly/direct/state-layout.ts';
import { add, fromBool, ule, ult, zeroExtend } from '../bitvectors.ts';
import { PLAN, STATE, word } from '../blocks.ts';
import type { Claim, Statement, Subject } from '../claim.ts';
import { and, or } from '../conditions.ts';
import { folded, type Range, RULES, type Rules } from '../rules.ts';
import { bits, type Term, variable } from '../term.ts';
import {
  autoArgs,
  autoBlock,
  directArgs,
  directBlock,
  FRAMES,
  fallback,
  isEnabled,
  region,
} from './level-blocks.ts';
import { autoLevels, directLevels } from './level-inductions.ts';

function ranges(count: number): Range[] {
  return Array.from({ length: count }, (_, index) => ({
    start: variable(`start${index}`, 64),
    end: variable(`end${index}`, 64),
    type: zeroExtend(variable(`type${index}`, 3), 8),
  }));
}

function wanted({ oneLeaf }: Rules, level: 2 | 3, list: readonly Range[]): Term {
  return folded(oneLeaf({ ...region(level), enabled: isEnabled }), list, fallback);
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
  const memory = directBlock(word(count));
  list.forEach(({ start, end, type }, index) => {
    const at = STATE + STATE_RULES + index * RULE_SIZE;
    memory.store(at + RULE_START, start);
    memory.store(at + RULE_END, end);
    memory.store(at + RULE_TYPE, zeroExtend(type, 32));
  });
  const args = directArgs(level);
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
  const memory = autoBlock(word(count));
  list.forEach(({ start, end, type }, index) => {
    const at = PLAN + PLAN_RULES + index * PLAN_RULE_SIZE;
    memory.store(at + PLAN_RULE_START, start);
    memory.store(at + PLAN_RULE_END, end);
    memory.store(at + PLAN_RULE_TYPE, zeroExtend(type, 32));
  });
  const args = autoArgs(level);
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
      for (const count of [0, 1, 2]) {
        yield directLevel(subject, level, count, rules);
        yield autoLevel(subject, level, count, rules);
      }
      yield directLevels(subject, level, rules);
      yield autoLevels(subject, level, rules);
    }
  },
  planted: {
    what: 'a range that ends in the region leaves a gap',
    rules: {
      oneLeaf: (asked) => {
        const right = RULES.oneLeaf(asked);
        return {
          ...right,
          step: (so, next) => {
            const after = right.step(so, next);
            const ends = and(ult(asked.start, next.end), ult(next.end, asked.end));
            return { ...after, hasGap: or(after.hasGap, ends) };
          },
        };
      },
    },
  },
};
