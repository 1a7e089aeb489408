/** The registers of one CPU made whole: what no text says is assumed, and said. */

import {
  byteOf,
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
  msrName,
  physBase,
  physMask,
  SYSCFG_TOM2,
  variableIndex,
} from '../../msr/index.ts';
import { type MemoryType, typeName, UC } from '../../types.ts';
import { hexText } from '../../words.ts';
import { ReadError } from '../read-error.ts';
import type { EvidenceList } from './evidence-list.ts';
import { ALL_BITS, type Facts, type Place, type RegisterFact } from './facts.ts';
import { corebootTom2, inferredDefault } from './inferred-default.ts';
import { requireWritable } from './writable.ts';

type Registers = ReadonlyMap<number, RegisterFact>;

/** IA32_MTRR_DEF_TYPE made whole, and AMD's TOM2 where it follows from the map. */
interface Definition {
  readonly value: bigint;
  readonly tom2: bigint | undefined;
}

function tom2Text(tom2: bigint): string {
  return `RAM from 4 GiB to ${hexText(tom2)} WB by TOM2`;
}

function withType(value: bigint, facts: Facts, registers: Registers, evidence: EvidenceList): Definition {
  const fact = registers.get(MSR_DEF_TYPE);
  if (fact && (fact.known & LOW_BYTE) === LOW_BYTE) {
    const what = `default type ${typeName(byteOf(fact.value, 0) as MemoryType)}`;
    evidence.read('default-type', what, fact.at);
    const high = byteOf(fact.value, 0) === UC ? corebootTom2(facts, registers) : undefined;
    if (high) evidence.infer('tom2', tom2Text(high.tom2), high.why, high.at);
    return { value, tom2: high?.tom2 };
  }
  const inferred = inferredDefault(facts, registers);
  if (!inferred) {
    evidence.assume('default-type', 'default type UC');
    return { value, tom2: undefined };
  }
  const { type, why, at, tom2 } = inferred;
  evidence.infer('default-type', `default type ${typeName(type)}`, why, at);
  if (tom2 !== undefined) {
    evidence.infer('tom2', tom2Text(tom2), 'see the default type', at);
  }
  return { value: value | BigInt(type), tom2 };
}

/** The switches: what a format cannot say its programs have on. */
function withSwitches(value: bigint, facts: Facts, registers: Registers, evidence: EvidenceList): bigint {
  const fact = registers.get(MSR_DEF_TYPE);
  const known = fact?.known ?? 0n;
  const lost = facts.complaints.find(({ kind }) => kind === 'ram-lost');
  const implied =
    facts.silences.find(({ subject }) => subject === 'enables') ??
    (lost && { reason: 'Linux gives RAM up where the MTRRs are on alone', at: lost.at });
  const take = (what: string) => {
    if (implied) evidence.infer('enables', what, implied.reason, implied.at);
    else evidence.assume('enables', what);
  };
  let whole = value;
  if (fact && (known & DEF_TYPE_E) !== 0n) {
    evidence.read('enables', (value & DEF_TYPE_E) === 0n ? 'MTRRs off (E=0)' : 'MTRRs on (E=1)', fact.at);
  } else {
    whole |= DEF_TYPE_E;
    take('MTRRs on (E=1)');
  }
  if ((known & DEF_TYPE_FE) !== 0n || (whole & DEF_TYPE_E) === 0n) return whole;
  if (FIXED_REGISTERS.some(({ msr }) => registers.has(msr))) {
    take('fixed ranges on (FE=1)');
    return whole | DEF_TYPE_FE;
  }
  evidence.assume(
    'fixed-ranges',
    'fixed ranges off (FE=0), so that variable ranges and default decide below 1 MiB',
  );
  return whole;
}

function registerText(msr: number, value: bigint): string {
  return `${msrName(msr)} ${hexText(value)}`;
}

function fixedRegisters(registers: Registers, enabled: boolean, evidence: EvidenceList): [number, bigint][] {
  const complete: [number, bigint][] = [];
  const missing: string[] = [];
  for (const { msr } of FIXED_REGISTERS) {
    const fact = registers.get(msr);
    if (fact) complete.push([msr, fact.value]);
    if (fact?.known === ALL_BITS) evidence.read('fixed-ranges', registerText(msr, fact.value), fact.at);
    if (fact === undefined) missing.push(hexText(msr));
    else if (fact.known !== ALL_BITS) missing.push(`part of ${hexText(msr)}`);
  }
  if (enabled && missing.length > 0) {
    const what =
      missing.length === FIXED_REGISTERS.length ? 'all fixed ranges' : `fixed MSR ${missing.join(', ')}`;
    evidence.assume('fixed-ranges', `${what} UC`);
  }
  return complete;
}

function variableRegisters(
  registers: Registers,
  maxphyaddr: number,
  evidence: EvidenceList,
  whose: string,
): [number, bigint][] {
  const complete: [number, bigint][] = [];
  for (let index = 0; index < MOST_VARIABLE_RANGES; index++) {
    const base = registers.get(physBase(index));
    const mask = registers.get(physMask(index));
    const isOff = mask !== undefined && mask.known === MASK_V && mask.value === 0n;
    if (base && !mask) {
      evidence.assume('variable-ranges', `variable range ${index} off`, {
        why: 'its mask is not in the text',
        at: base.at,
      });
    }
    if (mask && !base && isMaskValid(mask.value)) {
      throw new ReadError(
        mask.at.file,
        `${whose}variable range ${index} is on, and its base (MSR ${hexText(physBase(index))}) is not in the text`,
        mask.at.line,
      );
    }
    if (isOff) continue;
    const take = (msr: number, value: bigint, at: Place) => {
      complete.push([msr, value]);
      evidence.read('variable-ranges', registerText(msr, value), at);
    };
    if (base) take(physBase(index), base.value, base.at);
    if (mask)
      take(physMask(index), mask.sized ? BigInt.asUintN(maxphyaddr, mask.value) : mask.value, mask.at);
  }
  return complete;
}

/**
 * The register writes that put a CPU into the state that texts describe: MTRRCAP first, DEF_TYPE last.
 *
 * @param label - how the texts name the CPU, for what is refused
 * @throws ReadError where a value is none that a CPU of `maxphyaddr` bits can hold
 */
export function completeRegisters(
  facts: Facts,
  registers: Registers,
  maxphyaddr: number,
  evidence: EvidenceList,
  label: string,
): [number, bigint][] {
  const stated = registers.get(MSR_DEF_TYPE)?.value ?? 0n;
  const { value, tom2 } = withType(stated, facts, registers, evidence);
  const definition = withSwitches(value, facts, registers, evidence);
  const enabled = (definition & DEF_TYPE_FE) !== 0n && (definition & DEF_TYPE_E) !== 0n;
  const asRead = (msr: number): [number, bigint][] => {
    const fact = registers.get(msr);
    return fact ? [[msr, fact.value]] : [];
  };
  const writes: [number, bigint][] = [
    ...asRead(MSR_MTRRCAP),
    ...variableRegisters(registers, maxphyaddr, evidence, facts.cpus.size > 0 ? `${label}: ` : ''),
    ...fixedRegisters(registers, enabled, evidence),
    ...asRead(MSR_PAT),
    ...(tom2 === undefined ? asRead(MSR_SYSCFG) : [[MSR_SYSCFG, SYSCFG_TOM2] as [number, bigint]]),
    ...asRead(MSR_TOP_MEM),
    ...(tom2 === undefined ? asRead(MSR_TOP_MEM2) : [[MSR_TOP_MEM2, tom2] as [number, bigint]]),
    [MSR_DEF_TYPE, definition],
  ];
  for (const [msr, value] of writes) {
    const at = registers.get(msr)?.at;
    if (at) requireWritable(msr, value, maxphyaddr, at);
  }
  return writes;
}

/** How many variable ranges the registers, one or more, need at least. */
export function variableRangesNeeded(writes: readonly (readonly [number, bigint])[]): number {
  return Math.max(...writes.map(([msr]) => (variableIndex(msr) ?? -1) + 1));
}
