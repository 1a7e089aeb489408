/**
 * One vCPU with the VM around it, as an engine reads it: raw MSR writes, slots, MMIO and switches. Plain
 * frozen data; the register values themselves are judged by each engine on its own.
 */
import { InputError } from '../errors.ts';
import { QUIRKS, type Quirk } from '../policy/index.ts';
import type { GfnRange } from '../types.ts';

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
  readonly msrs?: Readonly<Record<number, bigint>> | Iterable<readonly [number, bigint]>;
  /** Number of variable ranges, 0..40. Default: IA32_MTRRCAP if it is given, else 8; KVM always has 8. */
  readonly vcnt?: number;
  /** CR0.CD. Default false. */
  readonly cr0cd?: boolean;
  /** Whether the guest's CPUID has MTRR. Default true. */
  readonly guestHasMtrr?: boolean;
  /** Whether the VM has non-coherent DMA. Default false. */
  readonly noncoherentDma?: boolean;
  /** Whether the host CPU has self-snoop. Default true. */
  readonly selfSnoop?: boolean;
  /** KVM quirks that are on. Default: those that the policy's kernel enables. */
  readonly quirks?: readonly Quirk[];
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
  readonly quirks: readonly Quirk[] | undefined;
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
 * @example
 * frameCount(46); // 2 ** 34
 */
export function frameCount(maxphyaddr: number): number {
  return FRAME_COUNTS[maxphyaddr] ?? 2 ** (maxphyaddr - 12);
}

/** Host frames end at 2^40: 52 address bits. */
const PFN_END = 2 ** 40;
const MAX_MSR_VALUE = (1n << 64n) - 1n;

function requireInteger(path: string, value: unknown, low: number, high: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < low || value > high) {
    throw new InputError(path, `expected an integer ${low}..${high}, got ${String(value)}`);
  }
  return value;
}

function checkedWrites(msrs: VcpuInit['msrs']): readonly MsrWrite[] {
  if (msrs === undefined) return [];
  const pairs: Iterable<readonly [number, bigint]> =
    Symbol.iterator in msrs
      ? (msrs as Iterable<readonly [number, bigint]>)
      : Object.entries(msrs as Record<string, bigint>).map(([msr, value]) => [Number(msr), value] as const);
  const writes: MsrWrite[] = [];
  for (const [msr, value] of pairs) {
    const path = `msrs.0x${Number(msr).toString(16)}`;
    if (typeof msr !== 'number' || !Number.isInteger(msr) || msr < 0) {
      throw new InputError(path, `expected an MSR number, got ${String(msr)}`);
    }
    if (typeof value !== 'bigint' || value < 0n || value > MAX_MSR_VALUE) {
      throw new InputError(path, `expected a bigint of 64 bits, got ${String(value)}`);
    }
    writes.push(Object.freeze({ msr, value }));
  }
  return writes;
}

function checkedSlots(slots: VcpuInit['slots'], frames: number): readonly Slot[] {
  if (slots === undefined) {
    return [Object.freeze({ gfn: 0, count: frames, pfn: 0, readonly: false, maxLevel: 3 as const })];
  }
  const checked = slots.map((slot, index) => {
    const path = `memory.${index}`;
    const gfn = requireInteger(`${path}.gfn`, slot.gfn, 0, frames - 1);
    const count = requireInteger(`${path}.count`, slot.count, 1, frames - gfn);
    const pfn = requireInteger(`${path}.pfn`, slot.pfn, 0, PFN_END - count);
    const maxLevel = requireInteger(`${path}.maxLevel`, slot.maxLevel ?? 3, 1, 3) as 1 | 2 | 3;
    return { index, slot: Object.freeze({ gfn, count, pfn, readonly: slot.readonly ?? false, maxLevel }) };
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
  if (overlapping !== undefined) throw new InputError(`memory.${overlapping}`, 'overlaps an earlier slot');
  return checked.map((entry) => entry.slot);
}

function checkedMmio(ranges: VcpuInit['mmio'], frames: number): readonly GfnRange[] {
  const clipped: { start: number; end: number }[] = [];
  (ranges ?? []).forEach((range, index) => {
    const start = requireInteger(`mmio.${index}.0`, range.start, 0, Number.MAX_SAFE_INTEGER);
    const end = requireInteger(`mmio.${index}.1`, range.end, 0, Number.MAX_SAFE_INTEGER);
    if (end < start) throw new InputError(`mmio.${index}.1`, 'the range ends before it starts');
    if (start < Math.min(end, frames)) clipped.push({ start, end: Math.min(end, frames) });
  });
  clipped.sort((a, b) => a.start - b.start);
  const merged: { start: number; end: number }[] = [];
  for (const range of clipped) {
    const last = merged.at(-1);
    if (last && range.start <= last.end) last.end = Math.max(last.end, range.end);
    else merged.push({ ...range });
  }
  return merged.map((range) => Object.freeze(range));
}

/**
 * Validates and freezes a vCPU. Register values are not judged here: an engine does, when it opens the vCPU
 * under a policy.
 *
 * @param init - see {@link VcpuInit}; GFNs in frames of 4 KiB
 * @returns the vCPU, slots and MMIO sorted
 * @throws {@link InputError} with the path of the first value that does not fit
 * @example
 * const guest = vcpu({ maxphyaddr: 46, msrs: { 0x2ff: 0x806n }, noncoherentDma: true });
 */
export function vcpu(init: VcpuInit): Vcpu {
  const maxphyaddr = requireInteger('maxphyaddr', init.maxphyaddr, 32, 52);
  const frames = frameCount(maxphyaddr);
  init.quirks?.forEach((quirk, index) => {
    if (!QUIRKS.includes(quirk)) {
      throw new InputError(`quirks.${index}`, `unknown quirk "${quirk}": expected ${QUIRKS.join(' or ')}`);
    }
  });
  return Object.freeze({
    maxphyaddr,
    msrs: Object.freeze(checkedWrites(init.msrs)),
    vcnt: init.vcnt === undefined ? undefined : requireInteger('vcnt', init.vcnt, 0, 40),
    cr0cd: init.cr0cd ?? false,
    guestHasMtrr: init.guestHasMtrr ?? true,
    noncoherentDma: init.noncoherentDma ?? false,
    selfSnoop: init.selfSnoop ?? true,
    quirks: init.quirks && Object.freeze([...init.quirks]),
    mmio: Object.freeze(checkedMmio(init.mmio, frames)),
    slots: Object.freeze(checkedSlots(init.slots, frames)),
  });
}
