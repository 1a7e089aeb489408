/** What `check` works on, from an opened config or dump. */
import {
  type CheckInput,
  type Complaint,
  memoryOfVm,
  type Place,
  type RegisterGroup,
} from '../check/index.ts';
import { isVariableMsr, MSR_DEF_TYPE, MSR_MTRRCAP, MSR_SYSCFG } from '../msr/index.ts';
import { keyIdsOf } from '../read/facts/key-ids.ts';
import type { Facts, RegisterFact } from '../read/index.ts';
import { type Evidence, weakest } from '../vm/index.ts';
import { memoryOfFacts, ramSource, touchedFrames } from './dump-memory.ts';
import { factRegisters } from './host-facts.ts';
import type { OpenedConfig } from './opened-config.ts';

/** Formats that show TOM2 wherever it makes RAM WB. */
const TOM2_FORMATS: readonly string[] = ['dmesg', 'xen'];

/** Lists of registers, of which nobody says that they are whole. */
const LIST_FORMATS: readonly string[] = [
  'rdmsr',
  'msr-csv',
  'msr-set',
  'windbg',
  'x86info',
  'chipsec',
  'inteltool',
  'hyperdbg',
  'cpucontrol',
  'cpu-z',
  'aida64',
];

const GROUPS: Readonly<Record<string, RegisterGroup>> = {
  'fixed MTRR': 'fixed',
  'variable MTRR': 'variable',
  MTRRdefType: 'def-type',
};

/** Complaints as the rules take them; the same registers are complained of once. */
function complaintsOf(facts: Facts): readonly Complaint[] {
  const told = new Set<RegisterGroup>();
  return facts.complaints.flatMap(({ group: name = '', range, ...complaint }) => {
    const group = GROUPS[name];
    if (group && told.has(group)) return [];
    if (group) told.add(group);
    return [{ ...complaint, ...(group && { group }), ...(range && { range: touchedFrames(range) }) }];
  });
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

/**
 * A log that prints the registers prints TOM2 beside them where it counts; Intel has none, and Linux gives up no RAM that
 * is WB by it.
 */
function isTom2Stated(facts: Facts, registers: ReadonlyMap<number, RegisterFact>): boolean {
  if (facts.vendor?.name === 'intel' || facts.complaints.some(({ kind }) => kind === 'ram-lost')) return true;
  const file = registers.get(MSR_DEF_TYPE)?.at.file;
  const isLog = facts.recognised.some((one) => one.file === file && TOM2_FORMATS.includes(one.format));
  return registers.has(MSR_SYSCFG) || isLog;
}

/** TOM2 where nothing would show it: only AMD has it. */
function unseenTom2(isStated: boolean, evidence: readonly Evidence[]): readonly Evidence[] {
  if (isStated || evidence.some(({ subject }) => subject === 'tom2')) return [];
  return [
    {
      subject: 'tom2',
      level: 'assumed',
      what: 'no RAM WB by TOM2',
      why: 'AMD alone has it, and nothing says whose CPU it is',
      settledBy: 'MSRs 0xc0010010 and 0xc001001d, or the name of an Intel CPU',
    },
  ];
}

/** Variable ranges where a list of registers names none: they may be on all the same. */
function unseenRanges(facts: Facts, registers: ReadonlyMap<number, RegisterFact>): readonly Evidence[] {
  const file = registers.get(MSR_DEF_TYPE)?.at.file;
  const isList = facts.recognised.some((one) => one.file === file && LIST_FORMATS.includes(one.format));
  if (!isList || [...registers.keys()].some(isVariableMsr)) return [];
  return [
    {
      subject: 'variable-ranges',
      level: 'assumed',
      what: 'all variable ranges off',
      why: 'the list names none of their registers',
      settledBy: 'MSRs 0x200 and on',
    },
  ];
}

function dumpInput(opened: OpenedConfig, facts: Facts, evidence: readonly Evidence[]): CheckInput {
  const registers = facts.cpus.values().next().value?.registers ?? facts.registers;
  const tom2 = isTom2Stated(facts, registers);
  return {
    vm: opened.vm,
    memory: memoryOfFacts(facts),
    placeOf: placeInDump(opened),
    settingOf: opened.settingOf,
    isCountStated: facts.variableCount !== undefined || registers.has(MSR_MTRRCAP),
    isWidthFromMasks: evidence.some(
      ({ subject, why }) => subject === 'physical-address-bits' && why.startsWith('from the masks'),
    ),
    isDefaultAssumed: weakest(evidence, ['default-type']) !== undefined,
    isTom2Stated: tom2,
    isGuest: facts.platform?.kind === 'guest',
    isMetal: facts.platform?.kind === 'metal',
    complaints: complaintsOf(facts),
    isFirmwareMap: ramSource(facts) === 'e820',
    hasRegisters: opened.hasRegisters ?? true,
    evidence: [...evidence, ...unseenTom2(tom2, evidence), ...unseenRanges(facts, registers)],
    others: factRegisters(opened),
    keyIdBits: keyIdsOf(facts)?.bits ?? 0,
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
  if (facts && opened.evidence) return dumpInput(opened, facts, opened.evidence);
  return {
    vm,
    memory: facts ? memoryOfFacts(facts) : memoryOfVm(vm),
    placeOf: placeInConfig(opened),
    settingOf: opened.settingOf,
    isCountStated: true,
    isWidthFromMasks: false,
    isDefaultAssumed: false,
    isTom2Stated: vm.vcpus.every(({ state }) => state.msrs.some(({ msr }) => msr === MSR_SYSCFG)),
    isGuest: true,
    complaints: [],
  };
}
