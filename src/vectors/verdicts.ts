/** Golden rows about WRMSR: which values of which registers are taken, and which raise #GP. */

import { EptsweepError } from '../errors.ts';
import { Random } from '../fuzz/index.ts';
import {
  FIXED_MSRS,
  inByte,
  MASK_V,
  MOST_VARIABLE_RANGES,
  MSR_DEF_TYPE,
  MSR_PAT,
  physBase,
  physMask,
} from '../msr/index.ts';
import { MEMORY_TYPES, PAT_TYPES } from '../types.ts';
import { vcpu, writeRule } from '../vm/index.ts';
import type { TableOptions } from './pages.ts';
import type { RuleId } from './rules.ts';
import { settledAnswer } from './settled.ts';

/** One WRMSR. */
export interface VerdictRow {
  /** Address bits of the vCPU, 32..52. */
  readonly maxphyaddr: number;
  /** Variable ranges that it has. */
  readonly ranges: number;
  readonly msr: number;
  readonly value: bigint;
  /** Whether it raises #GP. */
  readonly faults: boolean;
  readonly rule: RuleId;
}

const VERDICTS_STREAM = 2n ** 60n;
const WIDTHS: readonly number[] = [32, 36, 39, 40, 46, 48, 51, 52];
const COUNTS: readonly number[] = [0, 4, 8, 8, 8, 10, 16, 40];
/** Numbers beside those of MTRRs. */
const OTHER_MSRS: readonly number[] = [0x1ff, 0x251, 0x257, 0x25a, 0x267, 0x270, 0x276, 0x278, 0x2fe, 0x300];

function eightOf(random: Random, types: readonly number[]): bigint {
  return Array.from({ length: 8 }, (_, at) => inByte(random.pick(types), at)).reduce((a, b) => a | b);
}

/** A value that is taken, or nearly: address bits up to one beyond the width. */
function validWrite(random: Random, maxphyaddr: number, ranges: number): readonly [number, bigint] {
  const index = random.below(Math.min(MOST_VARIABLE_RANGES, ranges + 2));
  const type = BigInt(random.pick(MEMORY_TYPES));
  const address = random.bits(maxphyaddr - 12) << 12n;
  switch (random.below(8)) {
    case 0:
    case 1:
      return [physBase(index), address | type];
    case 2:
    case 3:
      return [physMask(index), address | (random.chance(80) ? MASK_V : 0n)];
    case 4:
      return [MSR_DEF_TYPE, type | (random.bits(2) << 10n)];
    case 5:
      return [MSR_PAT, eightOf(random, PAT_TYPES)];
    case 6:
      return [random.pick(FIXED_MSRS), eightOf(random, MEMORY_TYPES)];
    default:
      return [random.pick(OTHER_MSRS), type];
  }
}

/** Another bit, near the edges of fields more often than not. */
function withFlippedBit(random: Random, value: bigint, maxphyaddr: number): bigint {
  const near = [1, 2, 3, 7, 8, 9, 10, 11, 12, maxphyaddr - 1, maxphyaddr, maxphyaddr + 1, 63];
  const bit = random.chance(70) ? random.pick(near) : random.below(64);
  return BigInt.asUintN(64, value ^ (1n << BigInt(bit)));
}

/**
 * WRMSRs with the engines' verdict, one after the other.
 *
 * @param options - what they are made from; of the policy it counts how many variable ranges a vCPU has
 * @param count - how many
 * @returns the same for the same arguments, always
 * @throws EptsweepError `internal` where two engines differ, or are not what the rule says
 */
export function* verdictRows(
  { seed, policy, evaluators }: TableOptions,
  count: number,
): Generator<VerdictRow, void, undefined> {
  const fixedCount = policy.traits.variableRanges;
  for (let index = 0; index < count; index++) {
    const random = new Random(seed, BigInt(index) + VERDICTS_STREAM);
    const maxphyaddr = random.pick(WIDTHS);
    const ranges = fixedCount === 'vcnt' ? random.pick(COUNTS) : fixedCount;
    const [msr, valid] = validWrite(random, maxphyaddr, ranges);
    const value = random.chance(60) ? withFlippedBit(random, valid, maxphyaddr) : valid;
    const writer = vcpu({ maxphyaddr, vcnt: ranges, msrs: [[msr, value]] });
    const about = `WRMSR 0x${msr.toString(16)} <- 0x${value.toString(16)}`;
    const faults = settledAnswer(evaluators, writer, policy, () => false, about) ?? true;
    const rule: RuleId = `wrmsr.${writeRule({ msr, value }, maxphyaddr, ranges)}`;
    if (faults !== (rule !== 'wrmsr.accepted')) {
      throw new EptsweepError('internal', `${about}: ${rule}, but the engines say otherwise`);
    }
    yield { maxphyaddr, ranges, msr, value, faults, rule };
  }
}
