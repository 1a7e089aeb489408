/** The registers of one CPU made whole: what no text says is assumed, and said. */

import {
  DEF_TYPE_E,
  DEF_TYPE_FE,
  FIXED_REGISTERS,
  isMaskValid,
  LOW_BYTE,
  MASK_V,
  MOST_VARIABLE_RANGES,
  MSR_DEF_TYPE,
  MSR_MTRRCAP,
  MSR_PAT,
  MSR_SYSCFG,
  MSR_TOP_MEM,
  MSR_TOP_MEM2,
  physBase,
  physMask,
  variableIndex,
} from '../../msr/index.ts';
import { hexText } from '../../words.ts';
import { ReadError } from '../read-error.ts';
import type { Assumed } from './assumed.ts';
import { ALL_BITS, type RegisterFact } from './facts.ts';
import { requireWritable } from './writable.ts';

type Registers = ReadonlyMap<number, RegisterFact>;

function defaultType(registers: Registers, assumed: Assumed): bigint {
  const fact = registers.get(MSR_DEF_TYPE);
  const known = fact?.known ?? 0n;
  let value = fact?.value ?? 0n;
  if ((known & LOW_BYTE) !== LOW_BYTE) assumed.take('default-type', 'default type UC');
  if ((known & DEF_TYPE_E) === 0n) {
    value |= DEF_TYPE_E;
    assumed.take('enables', 'MTRRs on (E=1)');
  }
  if ((known & DEF_TYPE_FE) !== 0n || (value & DEF_TYPE_E) === 0n) return value;
  if (FIXED_REGISTERS.some(({ msr }) => registers.has(msr))) {
    assumed.take('enables', 'fixed ranges on (FE=1)');
    return value | DEF_TYPE_FE;
  }
  assumed.take(
    'fixed-ranges',
    'fixed ranges off (FE=0), so that variable ranges and default decide below 1 MiB',
  );
  return value;
}

function fixedRegisters(registers: Registers, enabled: boolean, assumed: Assumed): [number, bigint][] {
  const complete: [number, bigint][] = [];
  const missing: string[] = [];
  for (const { msr } of FIXED_REGISTERS) {
    const fact = registers.get(msr);
    if (fact) complete.push([msr, fact.value]);
    if (fact === undefined) missing.push(hexText(msr));
    else if (fact.known !== ALL_BITS) missing.push(`part of ${hexText(msr)}`);
  }
  if (enabled && missing.length > 0) {
    const what =
      missing.length === FIXED_REGISTERS.length ? 'all fixed ranges' : `fixed MSR ${missing.join(', ')}`;
    assumed.take('fixed-ranges', `${what} UC`);
  }
  return complete;
}

function variableRegisters(registers: Registers, maxphyaddr: number, assumed: Assumed): [number, bigint][] {
  const complete: [number, bigint][] = [];
  const field = (1n << BigInt(maxphyaddr)) - 1n;
  for (let index = 0; index < MOST_VARIABLE_RANGES; index++) {
    const base = registers.get(physBase(index));
    const mask = registers.get(physMask(index));
    const isOff = mask !== undefined && mask.known === MASK_V && mask.value === 0n;
    if (base && !mask) {
      assumed.take('variable-ranges', `variable range ${index} off`, 'its mask is not in the text', base.at);
    }
    if (mask && !base && isMaskValid(mask.value)) {
      throw new ReadError(
        mask.at.file,
        `variable range ${index} is on, and its base is not in the text`,
        mask.at.line,
      );
    }
    if (isOff) continue;
    if (base) complete.push([physBase(index), base.value]);
    if (mask) complete.push([physMask(index), mask.sized ? mask.value & field : mask.value]);
  }
  return complete;
}

/**
 * The register writes that put a CPU into the state that texts describe: MTRRCAP first, DEF_TYPE last.
 *
 * @throws ReadError where a value is none that a CPU of `maxphyaddr` bits can hold
 */
export function completeRegisters(
  registers: Registers,
  maxphyaddr: number,
  assumed: Assumed,
): [number, bigint][] {
  const definition = defaultType(registers, assumed);
  const enabled = (definition & DEF_TYPE_FE) !== 0n && (definition & DEF_TYPE_E) !== 0n;
  const asRead = (msr: number): [number, bigint][] => {
    const fact = registers.get(msr);
    return fact ? [[msr, fact.value]] : [];
  };
  const writes: [number, bigint][] = [
    ...asRead(MSR_MTRRCAP),
    ...variableRegisters(registers, maxphyaddr, assumed),
    ...fixedRegisters(registers, enabled, assumed),
    ...asRead(MSR_PAT),
    ...asRead(MSR_SYSCFG),
    ...asRead(MSR_TOP_MEM),
    ...asRead(MSR_TOP_MEM2),
    [MSR_DEF_TYPE, definition],
  ];
  for (const [msr, value] of writes) requireWritable(msr, value, maxphyaddr, registers.get(msr)?.at);
  return writes;
}

/** How many variable ranges the registers need at least. */
export function variableRangesNeeded(writes: readonly (readonly [number, bigint])[]): number {
  return Math.max(0, ...writes.map(([msr]) => (variableIndex(msr) ?? -1) + 1));
}
