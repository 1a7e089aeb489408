/** What `check` works on, from an opened config or dump. */
import {
  type CheckInput,
  type Complaint,
  memoryOfVm,
  type Place,
  type RegisterGroup,
} from '../check/index.ts';
import { MSR_DEF_TYPE, MSR_MTRRCAP, MSR_SYSCFG } from '../msr/index.ts';
import type { Facts, RegisterFact } from '../read/index.ts';
import { memoryOfFacts } from './dump-memory.ts';
import { factRegisters } from './host-facts.ts';
import type { OpenedConfig } from './opened-config.ts';

/** Formats that show TOM2 wherever it makes RAM WB. */
const TOM2_FORMATS: readonly string[] = ['dmesg', 'xen'];

/** The words of the kernel's own complaint, as the reader passes it on. */
const COMPLAINT = /found CPUs with different (fixed MTRR|variable MTRR|MTRRdefType) settings/;
const GROUPS: Readonly<Record<string, RegisterGroup>> = {
  'fixed MTRR': 'fixed',
  'variable MTRR': 'variable',
  MTRRdefType: 'def-type',
};

function complaintsOf(facts: Facts): readonly Complaint[] {
  const complaints = new Map<RegisterGroup, Complaint>();
  for (const { text, at } of facts.messages) {
    const group = GROUPS[COMPLAINT.exec(text)?.[1] ?? ''];
    if (group && !complaints.has(group)) complaints.set(group, { group, at });
  }
  return [...complaints.values()];
}

function placeInDump({ vm, facts }: OpenedConfig) {
  return (index: number, msr: number): Place | undefined => {
    const id = vm.vcpus[index]?.id;
    const own = id === undefined ? undefined : facts?.cpus.get(id)?.registers.get(msr);
    return (own ?? facts?.registers.get(msr))?.at;
  };
}

function placeInConfig({ vm, faultAt }: OpenedConfig) {
  return (index: number, msr: number): Place | undefined => {
    const write = vm.vcpus[index]?.state.msrs.findLastIndex((one) => one.msr === msr) ?? -1;
    if (write < 0 || !faultAt) return undefined;
    const { file, line } = faultAt(index, write, '');
    return line > 0 ? { file, line } : undefined;
  };
}

/** A log that prints the registers prints TOM2 beside them where it counts. */
function isTom2Stated(facts: Facts, registers: ReadonlyMap<number, RegisterFact>): boolean {
  const file = registers.get(MSR_DEF_TYPE)?.at.file;
  const isLog = facts.recognised.some((one) => one.file === file && TOM2_FORMATS.includes(one.format));
  return registers.has(MSR_SYSCFG) || isLog;
}

function dumpInput(opened: OpenedConfig, facts: Facts): CheckInput {
  const registers = facts.cpus.values().next().value?.registers ?? facts.registers;
  return {
    vm: opened.vm,
    memory: memoryOfFacts(facts),
    placeOf: placeInDump(opened),
    isCountStated: facts.variableCount !== undefined || registers.has(MSR_MTRRCAP),
    isWidthFromMasks: opened.assumptions!.some((sentence) => /phys-bits \d+ \(from the masks/.test(sentence)),
    isDefaultAssumed: opened.assumptions!.some((sentence) => sentence.includes('default type UC')),
    isTom2Stated: isTom2Stated(facts, registers),
    isGuest: false,
    complaints: complaintsOf(facts),
    others: factRegisters(opened),
  };
}

/**
 * What `check` takes.
 *
 * @param opened - a config or dump
 * @returns the VM with its memory, the places of its registers, and what of it is assumed
 * @example
 * const opened = await openText('0x200,0x6\n0x201,0xf80000800\n0x2ff,0x800\n');
 * checkInput(opened).isWidthFromMasks; // true
 */
export function checkInput(opened: OpenedConfig): CheckInput {
  const { vm, facts } = opened;
  if (facts && opened.assumptions) return dumpInput(opened, facts);
  return {
    vm,
    memory: facts ? memoryOfFacts(facts) : memoryOfVm(vm),
    placeOf: placeInConfig(opened),
    isCountStated: true,
    isWidthFromMasks: false,
    isDefaultAssumed: false,
    isTom2Stated: vm.vcpus.every(({ state }) => state.msrs.some(({ msr }) => msr === MSR_SYSCFG)),
    isGuest: true,
    complaints: [],
  };
}
