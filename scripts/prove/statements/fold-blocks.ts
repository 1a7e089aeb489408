/** A state of `direct` whose rules are put there, a plan of `auto`, and types that are any. */
import { PLAN_DEFAULT, PLAN_MTRR } from '../../../assembly/auto/plan-layout.ts';
import {
  RULE_SIZE,
  STATE_DEFAULT_TYPE,
  STATE_ENABLED,
  STATE_FIXED_ENABLED,
  STATE_HAS_INTERVALS,
  STATE_RULE_COUNT,
  STATE_RULES,
  STATE_TOM2_END,
  STATE_VIEW,
} from '../../../assembly/direct/state-layout.ts';
import { MTRR_ARCHITECTURAL, MTRR_KVM } from '../../../assembly/layout.ts';
import { equal, ite, zeroExtend } from '../bitvectors.ts';
import { PLAN, STATE, VIEW, viewBlock, word } from '../blocks.ts';
import type { Memory } from '../memory.ts';
import { type Rules, WB } from '../rules.ts';
import { bits, type Term, variable } from '../term.ts';

export const fallback = variable('default', 8);

export function types(count: number): Term[] {
  return Array.from({ length: count }, (_, index) => zeroExtend(variable(`type${index}`, 3), 8));
}

/** A state of `direct` with so many rules, as directOpen leaves it, without their fields. */
export function stateOf(isKvm: boolean, count: Term): Memory {
  const memory = viewBlock({ maxphyaddr: word(46), mtrr: word(isKvm ? MTRR_KVM : MTRR_ARCHITECTURAL) });
  memory.store(STATE + STATE_VIEW, word(VIEW));
  memory.store(STATE + STATE_DEFAULT_TYPE, zeroExtend(fallback, 32));
  memory.store(STATE + STATE_ENABLED, word(1));
  memory.store(STATE + STATE_FIXED_ENABLED, word(0));
  memory.store(STATE + STATE_TOM2_END, bits(0, 64));
  memory.store(STATE + STATE_HAS_INTERVALS, word(isKvm ? 1 : 0));
  memory.store(STATE + STATE_RULE_COUNT, count);
  return memory;
}

/** {@link stateOf} some rules whose fields come from `put`. */
export function stateBlock(
  isKvm: boolean,
  count: number,
  put: (memory: Memory, at: number, index: number) => void,
): Memory {
  const memory = stateOf(isKvm, word(count));
  for (let index = 0; index < count; index++) put(memory, STATE + STATE_RULES + index * RULE_SIZE, index);
  return memory;
}

/** A plan of `auto`, as far as it says how rules are folded. */
export function planBlock(isKvm: boolean): Memory {
  const memory = viewBlock({ maxphyaddr: word(46) });
  memory.store(PLAN + PLAN_DEFAULT, zeroExtend(fallback, 32));
  memory.store(PLAN + PLAN_MTRR, word(isKvm ? MTRR_KVM : MTRR_ARCHITECTURAL));
  return memory;
}

/** Whether TOM2 makes the default WB, and the default then. */
export const tom2 = variable('tom2', 1);
export const byDefault = ite(equal(tom2, bits(1, 1)), bits(WB, 8), fallback);

/** What a condition says or denies. */
export const atom = (condition: Term): Term => (condition.op === 'not' ? condition.args[0]! : condition);

export const areTypes = (list: readonly Term[], { isMemoryType }: Rules): Term[] =>
  [...list, fallback].map(isMemoryType);

/** What the manual leaves undefined is 7 where types are of three bits, and 0xff in the rules. */
export const undefinedAsByte = (type: Term): Term => ite(equal(type, word(7)), word(0xff), type);
