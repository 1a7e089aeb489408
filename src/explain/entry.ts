/**
 * The 64-bit leaf entry, bit by bit: Intel SDM vol. 3C, "Format of an EPT Page-Table Entry that Maps a 4-KByte
 * Page" and its larger relatives; KVM's software bits from arch/x86/kvm/mmu/spte.h.
 */
import type { Policy } from '../policy/index.ts';
import { LEAF_FRAMES, regionOf } from '../ranges.ts';
import { type MtrrType, UNDEFINED } from '../types.ts';
import type { Slot } from '../vm/index.ts';
import type { Subject } from './branch.ts';

/** A field of an entry. */
export interface EntryField {
  /** `5:3`, `6`, `51:12`. */
  readonly bits: string;
  readonly name: string;
  readonly value: bigint;
}

/** A leaf entry, taken apart. */
export interface EntryStory {
  /** The leaf that maps the frame; null where no type is defined, 0n where nothing is mapped. */
  readonly entry: bigint | null;
  /** First frame under the leaf. */
  readonly gfn: number;
  /** Host frame that it points to. */
  readonly pfn: number;
  /** Fields in ascending order, those that are 0 included where they mean something. */
  readonly fields: readonly EntryField[];
}

interface FieldLayout {
  readonly name: string;
  readonly low: number;
  readonly high?: number;
}

const ARCHITECTURAL: readonly FieldLayout[] = [
  { name: 'read', low: 0 },
  { name: 'write', low: 1 },
  { name: 'execute', low: 2 },
  { name: 'memory type', low: 3, high: 5 },
  { name: 'IPAT', low: 6 },
  { name: 'large page', low: 7 },
  { name: 'accessed', low: 8 },
  { name: 'dirty', low: 9 },
];
const ADDRESS: FieldLayout = { name: 'host frame', low: 12, high: 51 };
const SUPPRESS_VE: FieldLayout = { name: 'suppress #VE', low: 63 };
const USER_EXECUTE: FieldLayout = { name: 'user execute', low: 10 };
const MMU_PRESENT: FieldLayout = { name: 'KVM: MMU present', low: 11 };

function writableAt(host: number, mmu: number): readonly FieldLayout[] {
  return [
    { name: 'KVM: host writable', low: host },
    { name: 'KVM: MMU writable', low: mmu },
  ];
}

/** AMD64 APM vol. 2, 5.4: fields of a leaf of nested page tables. */
const NESTED: readonly FieldLayout[] = [
  { name: 'present', low: 0 },
  { name: 'write', low: 1 },
  { name: 'user', low: 2 },
  { name: 'PWT', low: 3 },
  { name: 'PCD', low: 4 },
  { name: 'accessed', low: 5 },
  { name: 'dirty', low: 6 },
];
/** Bit 7 of a leaf of level 1 is PAT, which KVM leaves clear. */
const PAGE_SIZE: FieldLayout = { name: 'large page', low: 7 };
const NO_EXECUTE: FieldLayout = { name: 'no execute', low: 63 };

function nestedStory(slot: Slot, first: number, level: 1 | 2 | 3): EntryStory {
  const pfn = slot.pfn + (first - slot.gfn);
  const clear = slot.readonly
    ? ['write', 'dirty', 'PWT', 'PCD', NO_EXECUTE.name]
    : ['PWT', 'PCD', NO_EXECUTE.name];
  const layout = [...NESTED, PAGE_SIZE, ADDRESS, NO_EXECUTE];
  const bitsOf = ({ name }: FieldLayout): bigint => {
    if (name === ADDRESS.name) return BigInt(pfn);
    if (name === PAGE_SIZE.name) return level > 1 ? 1n : 0n;
    return clear.includes(name) ? 0n : 1n;
  };
  const fields = layout.map(
    (field): EntryField => ({
      bits: field.high === undefined ? `${field.low}` : `${field.high}:${field.low}`,
      name: field.name,
      value: bitsOf(field),
    }),
  );
  const entry = layout.reduce((word, field) => word | (bitsOf(field) << BigInt(field.low)), 0n);
  return { entry, gfn: first, pfn, fields };
}

function layoutOf(policy: Policy): readonly FieldLayout[] {
  switch (policy.flags.leaf) {
    case 'architectural':
      return [...ARCHITECTURAL, ADDRESS];
    case 'kvm-4.7':
    case 'kvm-5.4':
      return [...ARCHITECTURAL, ...writableAt(10, 11), ADDRESS];
    case 'kvm':
      return [...ARCHITECTURAL, MMU_PRESENT, ADDRESS, ...writableAt(57, 58)];
    case 'kvm-suppress-ve':
      return [...ARCHITECTURAL, MMU_PRESENT, ADDRESS, ...writableAt(57, 58), SUPPRESS_VE];
    case 'kvm-7.2':
      return [...ARCHITECTURAL, USER_EXECUTE, MMU_PRESENT, ADDRESS, ...writableAt(53, 55), SUPPRESS_VE];
  }
}

/** Which of the one-bit fields a leaf has, beside large page and IPAT. */
function isSet(name: string, policy: Policy, slot: Slot): boolean {
  const isKvm = policy.flags.leaf !== 'architectural';
  switch (name) {
    case 'read':
    case 'execute':
      return true;
    case 'write':
      return !slot.readonly;
    case 'accessed':
    case MMU_PRESENT.name:
      return isKvm;
    case 'dirty':
    case 'KVM: host writable':
    case 'KVM: MMU writable':
      return isKvm && !slot.readonly;
    default:
      // What a layout names beside these, it always has: user execute, suppress #VE.
      return true;
  }
}

/**
 * Tells what the leaf that maps a frame holds.
 *
 * @param level - of the leaf, 1..3
 */
export function entryStory(
  { policy, vcpu }: Subject,
  slot: Slot,
  gfn: number,
  level: 1 | 2 | 3,
  type: MtrrType,
  ipat: 0 | 1,
): EntryStory {
  const first = regionOf(gfn, level).start;
  if (vcpu.vendor === 'amd') return nestedStory(slot, first, level);
  const pfn = slot.pfn + (first - slot.gfn);
  if (type === UNDEFINED) return { entry: null, gfn: first, pfn, fields: [] };
  const fields = layoutOf(policy).map(({ name, low, high }): EntryField & { readonly low: number } => {
    const bits = high === undefined ? `${low}` : `${high}:${low}`;
    if (name === ADDRESS.name) return { bits, name, value: BigInt(pfn), low };
    if (name === 'memory type') return { bits, name, value: BigInt(type), low };
    if (name === 'IPAT') return { bits, name, value: BigInt(ipat), low };
    if (name === 'large page') return { bits, name, value: LEAF_FRAMES[level] > 1 ? 1n : 0n, low };
    return { bits, name, value: isSet(name, policy, slot) ? 1n : 0n, low };
  });
  const entry = fields.reduce((word, { value, low }) => word | (value << BigInt(low)), 0n);
  return { entry, gfn: first, pfn, fields: fields.map(({ low: _low, ...field }) => field) };
}
