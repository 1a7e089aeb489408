/** Which registers of one vCPU did not come back from a saved state, and how each was lost. */
import {
  bytesOf,
  DEF_TYPE_E,
  DEF_TYPE_FE,
  describesMtrrs,
  isBaseMsr,
  isMaskMsr,
  isMaskValid,
  isVariableMsr,
  MASK_V,
  MSR_DEF_TYPE,
  MSR_PAT,
  PAGE_BITS,
  resetValue,
  variableIndex,
} from '../msr/index.ts';
import { typeName } from '../types.ts';

/** Registers of one vCPU by MSR number: those that the state holds. */
export type SavedRegisters = ReadonlyMap<number, bigint>;
/** Registers of each vCPU, by its id. */
export type SavedVcpus = ReadonlyMap<number, SavedRegisters>;

/**
 * How a register did not come back: it is missing, at its power-on value, has lost the bit that switches it on, is
 * made for another number of address bits, has lost its upper half, holds what another range or another vCPU held, or
 * holds something else.
 */
export const LOSS_KINDS = [
  'absent',
  'reset',
  'switched-off',
  'width',
  'truncated',
  'other-range',
  'other-vcpu',
  'changed',
] as const;
/** One of {@link LOSS_KINDS}. */
export type LossKind = (typeof LOSS_KINDS)[number];

/** A register that did not come back. */
export interface RegisterLoss {
  readonly msr: number;
  readonly kind: LossKind;
  readonly before: bigint;
  /** Undefined where the second state does not hold it. */
  readonly after: bigint | undefined;
  /** What happened, in words. */
  readonly text: string;
}

function bitLength(value: bigint): number {
  return value.toString(2).length;
}

/** For how many address bits two valid masks of one size are made; undefined where they differ in more. */
function maskWidths(before: bigint, after: bigint): readonly [number, number] | undefined {
  if (!isMaskValid(before)) return undefined;
  const widths = [before, after].map((mask) => bitLength(mask & ~PAGE_BITS)) as [number, number];
  const [low, high] = widths.toSorted((a, b) => a - b) as [number, number];
  const between = (1n << BigInt(high)) - (1n << BigInt(low));
  return (before ^ after) === between ? widths : undefined;
}

/** What a power-on value means. */
function resetText(msr: number): string {
  if (msr === MSR_DEF_TYPE) return 'at its power-on value: MTRRs off, all memory UC';
  if (isMaskMsr(msr)) return 'at its power-on value: the range is off';
  return 'at its power-on value';
}

/** The bit that switches something on and that alone is gone, of two values that differ. */
function lostSwitch(msr: number, before: bigint, after: bigint): string | undefined {
  const isGone = (bit: bigint) => after === (before & ~bit);
  if (isMaskMsr(msr) && isGone(MASK_V)) return 'its valid bit is gone: the range is off';
  if (msr === MSR_DEF_TYPE && isGone(DEF_TYPE_E)) return 'E is gone: MTRRs off, all memory UC';
  if (msr === MSR_DEF_TYPE && isGone(DEF_TYPE_FE)) return 'FE is gone: the fixed ranges are off';
  return undefined;
}

/** The variable range whose register held a value before. */
function rangeThatHeld(msr: number, value: bigint, before: SavedRegisters): number | undefined {
  if (!isVariableMsr(msr)) return undefined;
  const isSameHalf = isBaseMsr(msr) ? isBaseMsr : isMaskMsr;
  const source = [...before].find(([other, held]) => other !== msr && isSameHalf(other) && held === value);
  return source && variableIndex(source[0]);
}

/** The entries of the PAT that differ: `entry 1 WC -> WT`. */
function patText(before: bigint, after: bigint): string {
  const [left, right] = [bytesOf(before), bytesOf(after)];
  const entries = left.flatMap((type, index) =>
    type === right[index] ? [] : `${index} ${typeName(type)} -> ${typeName(right[index]!)}`,
  );
  return `entries ${entries.join(', ')}`;
}

function kindOf(
  msr: number,
  before: SavedRegisters,
  value: bigint,
  firsts: bigint | undefined,
): readonly [LossKind, string] {
  const saved = before.get(msr)!;
  if (value === resetValue(msr)) return ['reset', resetText(msr)];
  const lost = lostSwitch(msr, saved, value);
  if (lost !== undefined) return ['switched-off', lost];
  const widths = isMaskMsr(msr) ? maskWidths(saved, value) : undefined;
  if (widths) return ['width', `a mask for ${widths[0]} address bits became one for ${widths[1]}`];
  if (value === BigInt.asUintN(32, saved)) return ['truncated', 'its upper 32 bits are gone'];
  const range = rangeThatHeld(msr, value, before);
  if (range !== undefined) return ['other-range', `holds what variable range ${range} held`];
  if (value === firsts) return ['other-vcpu', 'holds what the first vCPU held'];
  return ['changed', 'holds another value'];
}

/**
 * What one vCPU lost.
 *
 * @param before - its registers as they were saved
 * @param after - as they were read again
 * @param first - those of the first vCPU as they were saved
 * @returns ascending by number
 */
export function lossesOf(
  before: SavedRegisters,
  after: SavedRegisters,
  first: SavedRegisters,
): RegisterLoss[] {
  const losses: RegisterLoss[] = [];
  for (const [msr, saved] of [...before].sort(([a], [b]) => a - b)) {
    if (!describesMtrrs(msr) && msr !== MSR_PAT) continue;
    const value = after.get(msr);
    if (value === saved) continue;
    if (value === undefined) {
      losses.push({ msr, kind: 'absent', before: saved, after: value, text: 'not in the second state' });
      continue;
    }
    const [kind, words] = kindOf(msr, before, value, first.get(msr));
    const text = msr === MSR_PAT ? `${words}: ${patText(saved, value)}` : words;
    losses.push({ msr, kind, before: saved, after: value, text });
  }
  return losses;
}
