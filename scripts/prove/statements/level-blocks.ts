/** What the level check of `direct` and of `auto` reads: a slot over the whole space, and so many ranges. */
import {
  PLAN_CURSOR,
  PLAN_DEFAULT,
  PLAN_DISABLED,
  PLAN_FIXED,
  PLAN_FRAMES,
  PLAN_LEVEL_CHECK,
  PLAN_RULE_COUNT,
  PLAN_SEGMENT_COUNT,
  PLAN_SEGMENTS,
  SEGMENT_SIZE,
  SEGMENT_SLOT,
  SEGMENT_SLOT_LEVEL,
  SEGMENT_START,
} from '../../../assembly/auto/plan-layout.ts';
import {
  STATE_DEFAULT_TYPE,
  STATE_ENABLED,
  STATE_FIXED_ENABLED,
  STATE_HAS_MMIO,
  STATE_RULE_COUNT,
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
import { add, concat, equal, zeroExtend } from '../bitvectors.ts';
import { OUT, PLAN, STATE, VIEW, viewBlock, word } from '../blocks.ts';
import type { Memory } from '../memory.ts';
import { bits, type Term, variable } from '../term.ts';

/** Frames of a 46-bit space: nothing of the check depends on how many there are. */
export const FRAMES = bits(1n << 34n, 64);
const SLOT = OUT;
export const fallback = variable('default', 8);
const enabled = variable('enabled', 1);
export const isEnabled = equal(enabled, bits(1, 1));

/** A slot over the whole space, and the region of a level, which is aligned. */
export function region(level: 2 | 3): { start: Term; end: Term } {
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

/** A state of `direct` for the check, with so many ranges. */
export function directBlock(count: Term): Memory {
  const memory = viewBlock({ maxphyaddr: word(46), levelCheck: word(LEVEL_KVM) });
  putSlot(memory);
  memory.store(STATE + STATE_VIEW, word(VIEW));
  memory.store(STATE + STATE_DEFAULT_TYPE, zeroExtend(fallback, 32));
  memory.store(STATE + STATE_ENABLED, zeroExtend(enabled, 32));
  memory.store(STATE + STATE_FIXED_ENABLED, word(0));
  memory.store(STATE + STATE_HAS_MMIO, word(0));
  memory.store(STATE + STATE_RULE_COUNT, count);
  return memory;
}

/** What isMappable is asked of {@link directBlock}. */
export function directArgs(level: 2 | 3): Term[] {
  return [word(STATE), word(SLOT), region(level).start, word(level)];
}

/** One segment over the whole space. */
const SEGMENT = OUT + SLOT_SIZE;

/** A plan of `auto` for the check, with so many ranges. */
export function autoBlock(count: Term): Memory {
  const memory = viewBlock({ maxphyaddr: word(46) });
  putSlot(memory);
  memory.fill(SEGMENT, bits(0, 8), 2 * SEGMENT_SIZE);
  memory.store(SEGMENT + SEGMENT_SLOT, word(SLOT));
  memory.store(SEGMENT + SEGMENT_SLOT_LEVEL, bits(3, 8));
  memory.store(SEGMENT + SEGMENT_SIZE + SEGMENT_START, FRAMES);
  const put = (offset: number, value: Term): void => memory.store(PLAN + offset, value);
  put(PLAN_FRAMES, FRAMES);
  put(PLAN_SEGMENTS, word(SEGMENT));
  put(PLAN_SEGMENT_COUNT, word(1));
  put(PLAN_CURSOR, word(0));
  put(PLAN_DEFAULT, zeroExtend(fallback, 32));
  put(PLAN_DISABLED, zeroExtend(add(enabled, bits(1, 1)), 32));
  put(PLAN_FIXED, word(0));
  put(PLAN_LEVEL_CHECK, word(LEVEL_KVM));
  put(PLAN_RULE_COUNT, count);
  return memory;
}

/** What regionIsLeaf is asked of {@link autoBlock}. */
export function autoArgs(level: 2 | 3): Term[] {
  return [word(PLAN), word(SEGMENT), region(level).start, word((level - 1) * 9)];
}
