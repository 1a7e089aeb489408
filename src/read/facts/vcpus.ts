/** From facts to machines: the vCPUs, or the VM, that a dump describes. */

import { requireFlag, requireKeys, requireObject, wrongKind } from '../../arguments.ts';
import { byteOf, describesMtrrs, MSR_MTRRCAP, USUAL_VARIABLE_RANGES } from '../../msr/index.ts';
import { type Evidence, type VcpuInit, type Vm, type VmInit, vm } from '../../vm/index.ts';
import { hexText } from '../../words.ts';
import { ReadError } from '../read-error.ts';
import { addressBits } from './address-bits.ts';
import { completeRegisters, variableRangesNeeded } from './complete.ts';
import { EvidenceList, originOf, tornOf } from './evidence-list.ts';
import type { Cr0Fact, Facts, RegisterFact } from './facts.ts';

/** How facts become machines. */
export interface ConvertOptions {
  /** MAXPHYADDR, 32..52. Default: what the texts state, else what the masks reach. */
  readonly physBits?: number | undefined;
  /** Refuse to assume anything. */
  readonly strict?: boolean | undefined;
}

/** How to get variable ranges that are torn from a text. */
const WHOLE_TEXT = 'bring the whole text (of a kernel: dmesg > FILE, or grep -A 24 "MTRR default type")';

const OPTION_KEYS: readonly string[] = ['physBits', 'strict'];

function requireOptions(facts: Facts, options: ConvertOptions): void {
  requireObject('facts', facts, 'what a reader has found');
  requireKeys('', options, OPTION_KEYS, 'options such as { physBits: 46 }');
  requireFlag('strict', options.strict, false);
  if (options.physBits !== undefined && typeof options.physBits !== 'number') {
    throw wrongKind('physBits', 'an integer 32..52', options.physBits);
  }
}

/** A CPU that a text describes. */
export interface DescribedCpu {
  /** Its number in the text; 0 where the text speaks of the machine. */
  readonly id: number;
  /** `cpu 3`, `apic_id 0x2c`; `machine` where the text does not tell CPUs apart. */
  readonly label: string;
  readonly init: VcpuInit;
}

/** CPUs with the evidence for them. */
export interface DescribedCpus {
  readonly maxphyaddr: number;
  /** Ascending by id, at least one. */
  readonly cpus: readonly DescribedCpu[];
  /** How each thing is known that they are made of. */
  readonly evidence: readonly Evidence[];
}

/** A VM with the evidence for it. */
export interface DescribedVm {
  readonly vm: Vm;
  /** How each thing is known that it is made of. */
  readonly evidence: readonly Evidence[];
}

interface Whose {
  readonly id: number;
  readonly label: string;
  readonly registers: ReadonlyMap<number, RegisterFact>;
  readonly cr0?: Cr0Fact | undefined;
}

function cpusOf(facts: Facts): readonly Whose[] {
  if (facts.cpus.size === 0) return [{ id: 0, label: 'machine', registers: facts.registers }];
  return [...facts.cpus.values()].map(({ cpu, label, registers, cr0 }) => ({
    id: cpu,
    label,
    cr0,
    registers: facts.registers.size === 0 ? registers : new Map([...facts.registers, ...registers]),
  }));
}

/** CR0.CD, bit 30 (SDM 2.5): the caches fill no more. */
const CR0_CD = 1n << 30n;

function isCacheDisabled({ value }: Cr0Fact): boolean {
  return (value & CR0_CD) !== 0n;
}

/** CPUs that hold the same registers share one init: a dump of 300 CPUs seldom has more than two states. */
function stateKey({ registers, cr0 }: Whose): string {
  const cd = cr0 && isCacheDisabled(cr0);
  return [cd, ...[...registers.values()].map(({ msr, value, known }) => `${msr}=${value}/${known}`)].join();
}

/**
 * The CPUs that facts describe, each ready for an engine.
 *
 * @param facts - of one file, or merged
 * @param options - address bits, and whether anything may be assumed
 * @returns the CPUs, ascending by number, and the evidence for them
 * @throws ReadError where the texts hold no MTRR registers, where a value is none that a CPU can hold, and
 * with `strict` where anything is assumed or torn
 * @example
 * const { cpus, evidence } = toVcpuInits(await readFile('examples/dumps/slow.dmesg'));
 * cpus.length; // 1
 * evidence[0].level; // 'inferred'
 * evidence[0].what; // 'phys-bits 39'
 */
export function toVcpuInits(facts: Facts, options: ConvertOptions = {}): DescribedCpus {
  requireOptions(facts, options);
  const cpus = cpusOf(facts);
  if (!cpus.some(({ registers }) => [...registers.keys()].some(describesMtrrs)))
    throw withoutRegisters(facts);
  const lost = tornOf(facts).find(({ isAll }) => isAll);
  if (lost) throw new ReadError(lost.at.file, `${lost.what}: ${WHOLE_TEXT}`, lost.at.line);
  const evidence = new EvidenceList(facts);
  const maxphyaddr = addressBits(facts, evidence, options.physBits);
  for (const { subject, reason, at } of facts.silences) {
    if (subject === 'which-cpu') evidence.assume('which-cpu', 'CPU numbers', { why: reason, at });
  }
  if (facts.platform?.why !== undefined) {
    const { kind, why, at } = facts.platform;
    evidence.infer('platform', kind === 'guest' ? 'a guest of a hypervisor' : 'a machine, no guest', why, at);
  }
  const inits = new Map<string, VcpuInit>();
  const described = cpus.map((whose) => {
    const { id, label } = whose;
    const key = stateKey(whose);
    const init = inits.get(key) ?? initOf(facts, whose, maxphyaddr, evidence);
    inits.set(key, init);
    return { id, label, init };
  });
  for (const { kind, start, end, source, at } of facts.ram) {
    if (kind === 'ram') evidence.read('ram', `RAM ${hexText(start)}-${hexText(end)} (${source})`, at);
  }
  if (options.strict) evidence.refuse();
  return { maxphyaddr, cpus: described, evidence: evidence.list() };
}

function initOf(
  facts: Facts,
  { registers, cr0, label }: Whose,
  maxphyaddr: number,
  evidence: EvidenceList,
): VcpuInit {
  const msrs = completeRegisters(facts, registers, maxphyaddr, evidence, label);
  const needed = variableRangesNeeded(msrs);
  const stated = registers.has(MSR_MTRRCAP) ? undefined : facts.variableCount?.count;
  const cap = byteOf(registers.get(MSR_MTRRCAP)?.value ?? BigInt(USUAL_VARIABLE_RANGES), 0);
  const count = Math.max(stated ?? cap, needed);
  const cr0cd = cr0 !== undefined && isCacheDisabled(cr0);
  if (cr0) evidence.read('cr0cd', `CR0.CD=${cr0cd ? 1 : 0}`, cr0.at);
  const init = { maxphyaddr, msrs, ...(cr0cd && { cr0cd }) };
  return stated === undefined && count === cap ? init : { ...init, vcnt: count };
}

function withoutRegisters(facts: Facts): ReadError {
  const file = originOf(facts);
  const summary = facts.messages.findLast((message) => message.severity !== 'note');
  const reason =
    summary?.text ?? 'bring /proc/mtrr or rdmsr output too; "eptsweep capture" prints the commands';
  return new ReadError(file, `no MTRR registers: ${reason}`, summary?.at.line, 'no-registers');
}

/**
 * The VM that facts describe.
 *
 * @param facts - of one file, or merged
 * @param options - address bits, and whether anything may be assumed
 * @param machine - what dumps do not say: name, slots, MMIO, DMA, policy
 * @returns the VM, and the evidence for it
 * @throws ReadError as {@link toVcpuInits}
 * @example
 * const { vm } = toVm(readText('0x2ff,0xc06\n'), { physBits: 39 });
 * vm.maxphyaddr; // 39
 */
export function toVm(
  facts: Facts,
  options: ConvertOptions = {},
  machine: Omit<VmInit, 'maxphyaddr' | 'vcpus'> = {},
): DescribedVm {
  const { maxphyaddr, cpus, evidence } = toVcpuInits(facts, options);
  const vcpus = cpus.map(({ id, label, init }) => ({
    id,
    ...(label !== 'machine' && { name: label }),
    msrs: init.msrs!,
    ...(init.vcnt !== undefined && { vcnt: init.vcnt }),
    ...(init.cr0cd !== undefined && { cr0cd: init.cr0cd }),
  }));
  return { vm: vm({ ...machine, maxphyaddr, vcpus }), evidence };
}
