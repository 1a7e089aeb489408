/**
 * One vCPU with the VM around it, as an engine reads it: raw MSR writes, slots, MMIO and switches. Plain
 * frozen data; the register values themselves are judged by each engine on its own.
 */

import {
  requireArray,
  requireFlag,
  requireInteger,
  requireKeys,
  requireObject,
  requireWord,
  shownArgument,
  wrongKind,
  wrongValue,
} from '../arguments.ts';
import { InputRangeError, InputTypeError } from '../errors.ts';
import { MOST_VARIABLE_RANGES } from '../msr/index.ts';
import { QUIRKS, type Quirk, VENDORS, type Vendor } from '../policy/index.ts';
import { joined } from '../ranges.ts';
import type { GfnRange } from '../types.ts';
import { type Confidential, requireConfidential, settledSwitches } from './confidential.ts';

/** One register write. */
export interface MsrWrite {
  /** MSR number; WRMSR can name only 32 bits, a larger one is refused by every engine. */
  readonly msr: number;
  /** 64-bit value. */
  readonly value: bigint;
}

/** A memory slot: `count` guest frames from `gfn`, backed by host frames from `pfn`. */
export interface Slot {
  readonly gfn: number;
  readonly count: number;
  readonly pfn: number;
  readonly readonly: boolean;
  /** Largest level that the backing allows: 1 (4 KiB), 2 (2 MiB) or 3 (1 GiB). */
  readonly maxLevel: 1 | 2 | 3;
}

/** What {@link vcpu} takes: everything but `maxphyaddr` has the default that a fresh vCPU has. */
export interface VcpuInit {
  /** Physical address bits of the guest, 32..52. */
  readonly maxphyaddr: number;
  /** Register writes in the order in which they happen, by MSR number. Default: none, every MSR at reset. */
  readonly msrs?: Readonly<Record<number, bigint>> | Iterable<readonly [number, bigint] | MsrWrite>;
  /** Number of variable ranges, 0..40. Default: IA32_MTRRCAP if it is given, else 8; KVM always has 8. */
  readonly vcnt?: number | undefined;
  /** CR0.CD. Default false. */
  readonly cr0cd?: boolean;
  /** Whether the guest's CPUID has MTRR. Default true. */
  readonly guestHasMtrr?: boolean;
  /** Whether the VM has non-coherent DMA. Default false. */
  readonly noncoherentDma?: boolean;
  /** Whether the host CPU has self-snoop. Default true. */
  readonly selfSnoop?: boolean;
  /** Maker of the host CPU. Default `intel`. */
  readonly vendor?: Vendor;
  /**
   * The host's own MTRRs, as `msrs`. Default: not stated. Read where the host is AMD, whose hardware applies them to
   * the host's addresses.
   */
  readonly hostMsrs?: VcpuInit['msrs'];
  /** KVM quirks that are on. Default: those that the policy's kernel enables. */
  readonly quirks?: readonly Quirk[] | undefined;
  /** Whether it belongs to a confidential VM, and of which kind. Default: it does not. */
  readonly confidential?: Confidential | undefined;
  /** Frames that the host backs by MMIO, as half-open ranges; may overlap. Default none. */
  readonly mmio?: readonly GfnRange[];
  /** Memory slots. Default: one over the whole guest space, pfn = gfn, largest level 3. */
  readonly slots?: readonly SlotInit[];
}

/** A slot as it is given: writable and of largest level 3 unless said. */
export interface SlotInit {
  readonly gfn: number;
  readonly count: number;
  readonly pfn: number;
  readonly readonly?: boolean;
  readonly maxLevel?: 1 | 2 | 3;
}

/** A validated vCPU. Slots ascend; MMIO ranges ascend, are disjoint, and lie inside the guest's space. */
export interface Vcpu {
  readonly maxphyaddr: number;
  readonly msrs: readonly MsrWrite[];
  readonly vcnt: number | undefined;
  readonly cr0cd: boolean;
  readonly guestHasMtrr: boolean;
  readonly noncoherentDma: boolean;
  readonly selfSnoop: boolean;
  readonly vendor: Vendor;
  /** Undefined where they are not stated. */
  readonly hostMsrs: readonly MsrWrite[] | undefined;
  readonly quirks: readonly Quirk[] | undefined;
  /** Of a confidential VM: its kind. */
  readonly confidential?: Confidential;
  readonly mmio: readonly GfnRange[];
  readonly slots: readonly Slot[];
}

/** Looked up rather than computed: `**` takes 80 ns, most of what a call for one tile used to cost. */
const FRAME_COUNTS: readonly number[] = Array.from({ length: 53 }, (_, bits) => 2 ** (bits - 12));

/**
 * Frames in a guest-physical space.
 *
 * @param maxphyaddr - its address bits, 32..52
 * @returns how many frames of 4 KiB it has
 * @throws {@link InputTypeError}, {@link InputRangeError} for what is no such number
 * @example
 * frameCount(46); // 2 ** 34
 */
export function frameCount(maxphyaddr: number): number {
  return FRAME_COUNTS[maxphyaddr] ?? FRAME_COUNTS[requireInteger('maxphyaddr', maxphyaddr, 32, 52)]!;
}

/** Host frames end at 2^40: 52 address bits. */
const PFN_END = 2 ** 40;

const SLOT_KEYS: readonly string[] = ['gfn', 'count', 'pfn', 'readonly', 'maxLevel'];
const RANGE_KEYS: readonly string[] = ['start', 'end'];
/** What a {@link VcpuInit} may have, and a {@link Vcpu} has. */
const VCPU_KEYS: readonly string[] = [
  'maxphyaddr',
  'msrs',
  'vcnt',
  'cr0cd',
  'guestHasMtrr',
  'noncoherentDma',
  'selfSnoop',
  'vendor',
  'hostMsrs',
  'quirks',
  'confidential',
  'mmio',
  'slots',
];

/** Number and value of a write in any of the forms that it is given in. */
function pairOf(path: string, write: unknown, index: number): readonly [unknown, unknown] {
  if (Array.isArray(write) && write.length === 2) return write as [unknown, unknown];
  const { msr, value } = (write ?? {}) as { readonly msr?: unknown; readonly value?: unknown };
  if (msr !== undefined && value !== undefined) return [msr, value];
  throw wrongKind(`${path}.${index}`, 'a pair of an MSR number and its value', write);
}

const MAX_MSR_VALUE = 0xffff_ffff_ffff_ffffn;

function throwBadMsr(path: string, msr: unknown): never {
  if (typeof msr === 'number') throw wrongValue(path, 'an MSR number', msr);
  throw wrongKind(path, 'an MSR number', msr);
}

function throwBadMsrValue(path: string, value: unknown): never {
  if (typeof value === 'bigint') throw wrongValue(path, 'a bigint of 64 bits', value);
  const meant = Number.isSafeInteger(value)
    ? `did you mean 0x${(value as number).toString(16)}n?`
    : undefined;
  throw wrongKind(path, 'a bigint of 64 bits', value, meant);
}

/** One write. Paths are put together for errors alone: there are tens of writes in each of millions of vCPUs. */
function checkedWrite(path: string, msr: unknown, value: unknown, index: number): MsrWrite {
  if (typeof msr !== 'number' || !Number.isInteger(msr) || msr < 0) throwBadMsr(`${path}.${index}`, msr);
  // Compared, not cut to 64 bits, which makes a bigint to throw away.
  if (typeof value !== 'bigint' || value < 0n || value > MAX_MSR_VALUE) {
    throwBadMsrValue(`${path}.0x${msr.toString(16)}`, value);
  }
  return Object.freeze({ msr, value });
}

/** Number of a record's key, which is text to JavaScript. */
function recordedMsr(path: string, key: string): number {
  const msr = key === '' ? Number.NaN : Number(key);
  if (Number.isInteger(msr) && msr >= 0) return msr;
  throw new InputTypeError(
    `${path}.${key}`,
    `expected an MSR number, got ${shownArgument(key)}`,
    'names of MSRs are for configs: give its number, such as 0x2ff',
  );
}

function checkedWrites(msrs: VcpuInit['msrs'], path = 'msrs'): readonly MsrWrite[] {
  const writes: MsrWrite[] = [];
  if (msrs === undefined) return writes;
  if (typeof msrs !== 'object' || msrs === null) throw wrongKind(path, 'register writes', msrs);
  if (Symbol.iterator in msrs) {
    for (const write of msrs as Iterable<unknown>) {
      const [msr, value] = pairOf(path, write, writes.length);
      writes.push(checkedWrite(path, msr, value, writes.length));
    }
    return writes;
  }
  for (const [key, value] of Object.entries(msrs)) {
    writes.push(checkedWrite(path, recordedMsr(path, key), value, writes.length));
  }
  return writes;
}

function checkedSlots(slots: VcpuInit['slots'], frames: number): readonly Slot[] {
  if (slots === undefined) {
    return [Object.freeze({ gfn: 0, count: frames, pfn: 0, readonly: false, maxLevel: 3 as const })];
  }
  const checked = requireArray('slots', slots).map((slot, index) => {
    const path = `slots.${index}`;
    requireKeys(path, slot, SLOT_KEYS, 'a memory slot');
    const gfn = requireInteger(`${path}.gfn`, slot.gfn, 0, frames - 1);
    const count = requireInteger(`${path}.count`, slot.count, 1, frames - gfn);
    const pfn = requireInteger(`${path}.pfn`, slot.pfn, 0, PFN_END - count);
    const maxLevel = requireInteger(`${path}.maxLevel`, slot.maxLevel ?? 3, 1, 3) as 1 | 2 | 3;
    const readonly = requireFlag(`${path}.readonly`, slot.readonly, false);
    return { index, slot: Object.freeze({ gfn, count, pfn, readonly, maxLevel }) };
  });
  checked.sort((a, b) => a.slot.gfn - b.slot.gfn || a.index - b.index);
  let overlapping: number | undefined;
  for (let i = 1; i < checked.length; i++) {
    const before = checked[i - 1]!;
    const here = checked[i]!;
    if (before.slot.gfn + before.slot.count > here.slot.gfn) {
      const later = Math.max(before.index, here.index);
      overlapping = Math.min(overlapping ?? later, later);
    }
  }
  if (overlapping !== undefined)
    throw new InputRangeError(`slots.${overlapping}`, 'overlaps an earlier slot');
  return checked.map((entry) => entry.slot);
}

const NO_RANGES: readonly GfnRange[] = Object.freeze([]);

function checkedMmio(ranges: VcpuInit['mmio'], frames: number): readonly GfnRange[] {
  if (ranges === undefined) return NO_RANGES;
  const clipped: GfnRange[] = [];
  requireArray('mmio', ranges).forEach((range, index) => {
    requireKeys(`mmio.${index}`, range, RANGE_KEYS, 'a range { start, end }');
    const start = requireInteger(`mmio.${index}.start`, range.start, 0, Number.MAX_SAFE_INTEGER);
    const end = requireInteger(`mmio.${index}.end`, range.end, 0, Number.MAX_SAFE_INTEGER);
    if (end < start) throw new InputRangeError(`mmio.${index}.end`, 'the range ends before it starts');
    if (start < Math.min(end, frames)) clipped.push({ start, end: Math.min(end, frames) });
  });
  return joined(clipped).map((range) => Object.freeze(range));
}

/**
 * Validates and freezes a vCPU. Register values are not judged here: an engine does, when it opens the vCPU
 * under a policy.
 *
 * @param init - see {@link VcpuInit}; GFNs in frames of 4 KiB. A vCPU is one too: `vcpu({ ...one, cr0cd: true })`
 * @returns the vCPU, slots and MMIO sorted
 * @throws {@link InputTypeError} for an unknown key or a value of the wrong kind, {@link InputRangeError} for one that
 * does not fit, with the path of the first
 * @example
 * const guest = vcpu({ maxphyaddr: 46, msrs: { 0x2ff: 0x806n }, noncoherentDma: true });
 */
export function vcpu(init: VcpuInit): Vcpu {
  return settled(init, () => Object.freeze(checkedWrites(init.msrs)));
}

/**
 * {@link vcpu} of register writes that their reader has just made of text, neither checked nor frozen again: most of a
 * vCPU are they.
 *
 * @param init - the rest; its `msrs` are not looked at
 * @param writes - numbers from 0 on, values of 64 bits; nobody else may have them
 * @returns the vCPU
 * @throws as {@link vcpu} does
 *
 * @internal
 */
export function vcpuOfWrites(init: VcpuInit, writes: readonly MsrWrite[]): Vcpu {
  return settled(init, () => writes);
}

function settled(init: VcpuInit, writes: () => readonly MsrWrite[]): Vcpu {
  requireKeys('', init, VCPU_KEYS, 'a vCPU such as { maxphyaddr: 46 }', vmHint(init));
  const maxphyaddr = requireInteger('maxphyaddr', init.maxphyaddr, 32, 52);
  const frames = frameCount(maxphyaddr);
  const confidential = requireConfidential(init.confidential);
  const vendor = init.vendor === undefined ? 'intel' : requireWord('vendor', init.vendor, VENDORS);
  const { selfSnoop, quirks } = settledSwitches(confidential, {
    vendor,
    selfSnoop: requireFlag('selfSnoop', init.selfSnoop, true),
    quirks: checkedQuirks(init.quirks),
  });
  const common = {
    maxphyaddr,
    msrs: writes(),
    vcnt: init.vcnt === undefined ? undefined : requireInteger('vcnt', init.vcnt, 0, MOST_VARIABLE_RANGES),
    cr0cd: requireFlag('cr0cd', init.cr0cd, false),
    guestHasMtrr: requireFlag('guestHasMtrr', init.guestHasMtrr, true),
    noncoherentDma: requireFlag('noncoherentDma', init.noncoherentDma, false),
    selfSnoop,
    vendor,
    hostMsrs: init.hostMsrs && Object.freeze(checkedWrites(init.hostMsrs, 'hostMsrs')),
    quirks,
    mmio: Object.freeze(checkedMmio(init.mmio, frames)),
    slots: Object.freeze(checkedSlots(init.slots, frames)),
  };
  return Object.freeze(confidential ? { ...common, confidential } : common);
}

function checkedQuirks(quirks: VcpuInit['quirks']): readonly Quirk[] | undefined {
  if (quirks === undefined) return undefined;
  const checked = requireArray('quirks', quirks).map((one, index) =>
    requireWord(`quirks.${index}`, one, QUIRKS),
  );
  return Object.freeze(checked);
}

/** A VM was handed in where a vCPU belongs. */
function vmHint(value: unknown): (() => string) | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if ('vcpus' in value) return () => 'this is a VM, which has several vCPUs: vcpuOf(vm, 0) gives one';
  return 'state' in value
    ? () => 'this is a row of vm.vcpus, without its VM: vcpuOf(vm, 0) has both'
    : undefined;
}

/**
 * What an evaluator is asked to open, if it is a vCPU: its keys and their kinds, not each slot and write again.
 *
 * @throws {@link InputTypeError} with path `vcpu`
 */
export function requireVcpu(value: Vcpu): Vcpu {
  requireObject('vcpu', value, 'a vCPU that vcpu() or vcpuOf() made');
  requireKeys('vcpu', value, VCPU_KEYS, 'a vCPU', vmHint(value));
  const { maxphyaddr, msrs, cr0cd, guestHasMtrr, noncoherentDma, selfSnoop, quirks, mmio, slots } = value;
  const { vendor, hostMsrs } = value;
  const isWhole =
    typeof maxphyaddr === 'number' &&
    Array.isArray(msrs) &&
    Array.isArray(mmio) &&
    Array.isArray(slots) &&
    (quirks === undefined || Array.isArray(quirks)) &&
    (hostMsrs === undefined || Array.isArray(hostMsrs)) &&
    VENDORS.includes(vendor) &&
    (value.vcnt === undefined || typeof value.vcnt === 'number') &&
    typeof cr0cd === 'boolean' &&
    typeof guestHasMtrr === 'boolean' &&
    typeof noncoherentDma === 'boolean' &&
    typeof selfSnoop === 'boolean';
  if (isWhole) return value;
  throw wrongKind(
    'vcpu',
    'a vCPU that vcpu() or vcpuOf() made',
    value,
    'vcpu({ ... }) makes one of such an object',
  );
}
