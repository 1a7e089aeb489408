/**
 * Random VMs, each from a seed and its number alone. A kind says what is unusual about a VM's registers or
 * memory; everything else (policy, address width, switches) varies within every kind.
 */

import {
  isBaseMsr,
  isVariableMsr,
  MOST_VARIABLE_RANGES,
  MSR_MTRRCAP,
  MSR_PAT,
  MSR_SYSCFG,
  MSR_TOP_MEM,
  MSR_TOP_MEM2,
  PAT_RESET,
  SYSCFG_TOM2_ENABLE,
  SYSCFG_TOM2_FORCE_WB,
  variableIndex,
} from '../msr/index.ts';
import { PEER_NAMES, type Policy, policy, QUIRKS } from '../policy/index.ts';
import { type GfnRange, PAT_TYPES, type PatType, UC_MINUS, WC } from '../types.ts';
import { frameCount, type SlotInit, type Vcpu, type VcpuInit, vcpu } from '../vm/index.ts';
import { Random, type Seed } from './random.ts';
import { writeRefused } from './random-refused.ts';
import {
  randomType,
  type Writes,
  writeAligned,
  writeDefType,
  writeFixed,
  writeHoles,
  writeOddBases,
  writeTypical,
} from './random-registers.ts';

/** What is unusual about a random VM. */
export type CaseKind =
  | 'typical'
  | 'aligned'
  | 'overlapping'
  | 'odd-base'
  | 'holes'
  | 'refused'
  | 'slots'
  | 'mmio'
  | 'tom2'
  | 'many-ranges'
  | 'amd';

/** All kinds. */
export const CASE_KINDS: readonly CaseKind[] = [
  'typical',
  'aligned',
  'overlapping',
  'odd-base',
  'holes',
  'refused',
  'slots',
  'mmio',
  'tom2',
  'many-ranges',
  'amd',
];

/** One random VM (as one of its vCPUs sees it) under one policy. */
export interface FuzzCase {
  /** Position in the run; with the run's seed it makes the case again. */
  readonly index: number;
  readonly kind: CaseKind;
  readonly vcpu: Vcpu;
  readonly policy: Policy;
  /** PAT type that `effective` is asked for. */
  readonly pat: PatType;
}

/** Every row of the table of rules, the releases on both sides of each change, and the peers. */
export const FUZZED_POLICIES: readonly string[] = [
  'sdm',
  'kvm-4.7',
  'kvm-4.19',
  'kvm-5.3',
  'kvm-5.4',
  'kvm-5.12',
  'kvm-5.13',
  'kvm-5.15.3',
  'kvm-5.16',
  'kvm-5.19',
  'kvm-6.0',
  'kvm-6.6',
  'kvm-6.7',
  'kvm-6.8',
  'kvm-6.9.12',
  'kvm-6.10',
  'kvm-6.11-rc3',
  'kvm-6.11',
  'kvm-6.12.77',
  'kvm-6.12.78',
  'kvm-6.13',
  'kvm-6.15',
  'kvm-6.16',
  'kvm-7.0',
  'kvm-7.2',
  ...PEER_NAMES,
];
const POLICIES = FUZZED_POLICIES.map(policy);
const FOLDING = POLICIES.filter((one) => one.flags.mtrr === 'kvm');
const SDM = POLICIES[0]!;
const OTHERS = POLICIES.filter((one) => !one.peer);
const KVMS = POLICIES.filter((one) => one.traits.vendors.includes('amd'));
const PEER_POLICIES = POLICIES.filter((one) => one.peer);

const WIDTHS: readonly number[] = [32, 34, 36, 36, 36, 39, 39, 40, 42, 43, 46, 46, 46, 48, 51, 52];
const HOST_WIDTHS: readonly number[] = [36, 40, 46, 48, 52];
const GIB = 2 ** 18;

function policyFor(random: Random, kind: CaseKind, allowed: readonly Policy[] | undefined): Policy {
  if (allowed) return random.pick(allowed);
  if (kind === 'amd') return random.pick(KVMS);
  if (kind === 'tom2' || kind === 'many-ranges') {
    if (random.chance(85)) return SDM;
  } else if (random.chance(35)) return SDM;
  if (random.chance(15)) return random.pick(PEER_POLICIES);
  return random.chance(55) ? random.pick(FOLDING) : random.pick(OTHERS);
}

function writeTom2(random: Random, writes: Writes, maxphyaddr: number): void {
  const isForced = random.chance(85);
  const isEnabled = random.chance(85);
  const others = random.bits(17);
  writes.set(
    MSR_SYSCFG,
    others | (isEnabled ? SYSCFG_TOM2_ENABLE : 0n) | (isForced ? SYSCFG_TOM2_FORCE_WB : 0n),
  );
  if (random.chance(50)) writes.set(MSR_TOP_MEM, random.bits(9) << 23n);
  const top = random.chance(80) ? random.bits(Math.min(maxphyaddr, 38)) : random.bits(64);
  writes.set(MSR_TOP_MEM2, random.chance(80) ? (top >> 23n) << 23n : top);
}

function registersOf(random: Random, kind: CaseKind, chosen: Policy, maxphyaddr: number): Writes {
  const writes: Writes = new Map();
  const { variableRanges } = chosen.traits;
  const most = variableRanges === 'vcnt' ? 12 : variableRanges;
  const count = random.between(0, random.chance(80) ? 6 : most);
  const layout =
    kind === 'slots' || kind === 'mmio' || kind === 'refused' || kind === 'tom2' || kind === 'amd';
  const style: CaseKind = layout ? random.pick(CASE_KINDS.slice(0, 5)) : kind;
  switch (style) {
    case 'typical':
      writeTypical(random, writes, maxphyaddr);
      break;
    case 'odd-base':
      writeOddBases(random, writes, maxphyaddr, count);
      break;
    case 'holes':
      writeHoles(random, writes, maxphyaddr, count);
      break;
    case 'many-ranges': {
      const many = variableRanges === 'vcnt' ? random.between(9, 40) : random.between(7, variableRanges);
      if (random.chance(25)) writeHoles(random, writes, maxphyaddr, many);
      else writeAligned(random, writes, maxphyaddr, many, random.chance(60));
      break;
    }
    default:
      writeAligned(random, writes, maxphyaddr, count, style === 'overlapping');
  }
  if (style !== 'typical') {
    const hasFixed = random.chance(35);
    if (hasFixed) writeFixed(random, writes);
    writeDefType(random, writes, randomType(random), hasFixed ? 85 : 10);
  }
  if (kind === 'tom2' || random.chance(3)) writeTom2(random, writes, maxphyaddr);
  if (random.chance(10)) writes.set(MSR_PAT, PAT_RESET);
  return writes;
}

/** How many variable ranges must exist for the writes; stated by `vcnt` or by IA32_MTRRCAP. */
function withVcnt(random: Random, writes: Writes, kind: CaseKind): Pick<VcpuInit, 'vcnt'> {
  const written = [...writes.keys()].filter(isVariableMsr);
  const needed = Math.max(0, ...written.map((msr) => (variableIndex(msr) ?? 0) + 1));
  if (needed <= 8 && !random.chance(kind === 'refused' ? 40 : 10)) return {};
  const stated = Math.min(MOST_VARIABLE_RANGES, needed + random.below(3));
  if (random.chance(60)) return { vcnt: stated };
  writes.set(MSR_MTRRCAP, BigInt(stated) | (random.chance(50) ? 0x500n : 0n));
  return {};
}

/** Slots in ascending order with gaps, PFNs congruent or not; where `near` says, so that they meet edges. */
function randomSlots(random: Random, frames: number, near: readonly number[]): SlotInit[] {
  const slots: SlotInit[] = [];
  let at = random.chance(50) ? 0 : random.below(2048);
  for (let count = random.between(1, 6); count > 0 && at < frames; count--) {
    const size = random.pick([
      1,
      511,
      512,
      513,
      2048,
      GIB,
      GIB + 512,
      3 * GIB,
      8 * GIB,
      random.between(1, 4096),
    ]);
    const length = Math.min(size, frames - at);
    const shift = random.pick([0, 0, 512, GIB, GIB * 2, 1, 511, 513]);
    slots.push({
      gfn: at,
      count: length,
      pfn: Math.min(at + shift, 2 ** 40 - length),
      readonly: random.chance(25),
      maxLevel: random.pick([3, 3, 3, 2, 1] as const),
    });
    at += length;
    if (random.chance(60)) at += random.pick([1, 256, 512, 1024, GIB, random.between(1, 4096)]);
    const edge = near[random.below(near.length + 1)];
    if (edge !== undefined && edge > at && random.chance(50)) at = edge - random.pick([0, 1, 512, GIB]);
    at = Math.max(at, (slots.at(-1)?.gfn ?? 0) + (slots.at(-1)?.count ?? 0));
  }
  return slots;
}

function randomMmio(random: Random, frames: number, near: readonly number[]): GfnRange[] {
  return Array.from({ length: random.between(1, 4) }, () => {
    const around = random.chance(60) && near.length > 0 ? random.pick(near) : random.below(frames);
    const start = Math.max(0, around - random.pick([0, 1, 16, 512]));
    return { start, end: start + random.pick([0, 1, 16, 256, 512, 513, 4096, GIB, random.between(1, 9999)]) };
  });
}

/** Registers of a host that has no fewer address bits than its guest, some WC among them. */
function hostRegisters(random: Random, maxphyaddr: number): Writes {
  const writes: Writes = new Map();
  const width = random.pick(HOST_WIDTHS.filter((bits) => bits >= maxphyaddr));
  if (random.chance(30)) writeTypical(random, writes, width);
  else {
    writeAligned(random, writes, width, random.between(0, 8), random.chance(60));
    if (random.chance(20)) writeFixed(random, writes);
    writeDefType(random, writes, random.chance(40) ? WC : randomType(random), 30);
  }
  if (random.chance(25)) writeTom2(random, writes, width);
  return writes;
}

/** Where variable ranges begin, in frames. */
function basesOf(writes: Writes, frames: number): number[] {
  return [...writes]
    .filter(([msr]) => isBaseMsr(msr))
    .map(([, value]) => Number(value >> 12n))
    .filter((frame) => frame < frames);
}

/**
 * One case of a run.
 *
 * @param seed - the run's seed, 64 bits
 * @param index - which case
 * @param kinds - kinds to choose from; default all
 * @param policies - at least one to choose from; default all, some more often than others
 * @returns the same case for the same arguments, always
 * @example
 * generateCase(1, 0).vcpu.maxphyaddr === generateCase(1, 0).vcpu.maxphyaddr; // true
 */
export function generateCase(
  seed: Seed,
  index: number,
  kinds: readonly CaseKind[] = CASE_KINDS,
  policies?: readonly Policy[],
): FuzzCase {
  const random = new Random(seed, index);
  const kind = kinds[index % kinds.length]!;
  const chosen = policyFor(random, kind, policies);
  const maxphyaddr = random.pick(WIDTHS);
  const frames = frameCount(maxphyaddr);
  const writes = registersOf(random, kind, chosen, maxphyaddr);
  const count = withVcnt(random, writes, kind);
  const near = [...basesOf(writes, frames), ...(frames > 4 * GIB ? [4 * GIB] : [])];
  const hasSlots = kind === 'slots' || random.chance(kind === 'amd' ? 60 : 15);
  const hasMmio = kind === 'mmio' || random.chance(kind === 'amd' ? 40 : 12);
  const isAmd = kind === 'amd' && chosen.traits.vendors.includes('amd');
  const readsHost = isAmd || chosen.flags.ept === 'xen';
  const init: VcpuInit = {
    maxphyaddr,
    ...count,
    msrs: kind === 'refused' ? writeRefused(random, writes, maxphyaddr) : writes,
    cr0cd: random.chance(15),
    guestHasMtrr: !random.chance(10),
    noncoherentDma: random.chance(chosen.flags.mtrr === 'none' ? 60 : 85),
    selfSnoop: !random.chance(20),
    ...(random.chance(40) && { quirks: QUIRKS.filter(() => random.chance(50)) }),
    ...(hasSlots && { slots: randomSlots(random, frames, near) }),
    ...(hasMmio && { mmio: randomMmio(random, frames, near) }),
    ...(isAmd && { vendor: 'amd' }),
    ...(readsHost && random.chance(65) && { hostMsrs: hostRegisters(random, maxphyaddr) }),
  };
  // The one type that the host's MTRRs have a say in.
  const pat = isAmd && random.chance(50) ? UC_MINUS : random.pick(PAT_TYPES);
  return { index, kind, vcpu: vcpu(init), policy: chosen, pat };
}
