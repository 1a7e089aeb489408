/**
 * The 64-bit EPT leaf entry of a frame. Architecture: Intel SDM vol. 3C, 30.3.2, tables of the formats of
 * entries that map a page. KVM: arch/x86/kvm/mmu/spte.c, `make_spte` (release 5.16; earlier releases are
 * answered in its layout), for a writable first fault with hardware A/D bits, no prefetch, no NX mitigation.
 */
import { UNDEFINED } from '../types.ts';
import { eptType } from './ept.ts';
import type { Machine } from './mtrr.ts';
import { slotOf } from './slots.ts';

const READ = 1n << 0n;
const WRITE = 1n << 1n;
const EXECUTE = 1n << 2n;
const MEMORY_TYPE_SHIFT = 3n;
const IPAT = 1n << 6n;
const LARGE_PAGE = 1n << 7n;
const ACCESSED = 1n << 8n;
const DIRTY = 1n << 9n;
/** KVM software bit, `SPTE_MMU_PRESENT_MASK`. */
const MMU_PRESENT = 1n << 11n;
/** KVM software bit, `EPT_SPTE_HOST_WRITABLE`. */
const HOST_WRITABLE = 1n << 57n;
/** KVM software bit, `EPT_SPTE_MMU_WRITABLE`. */
const MMU_WRITABLE = 1n << 58n;
const SUPPRESS_VE = 1n << 63n;

/** A leaf entry taken apart: what it says, and which host frame it points to. */
export interface Leaf {
  /** The entry without its address bits 51:12; null where the memory type is undefined. */
  readonly attributes: bigint | null;
  /** Host frame minus guest frame: the same for all leaves of a slot. */
  readonly pfnOffset: bigint;
}

function writableBits(machine: Machine): bigint {
  if (machine.policy.flags.leaf === 'architectural') return WRITE;
  return WRITE | DIRTY | HOST_WRITABLE | MMU_WRITABLE;
}

function constantBits(machine: Machine): bigint {
  switch (machine.policy.flags.leaf) {
    case 'architectural':
      return READ | EXECUTE;
    case 'kvm':
      return READ | EXECUTE | ACCESSED | MMU_PRESENT;
    // From 6.10 on KVM suppresses #VE in every entry.
    case 'kvm-suppress-ve':
      return READ | EXECUTE | ACCESSED | MMU_PRESENT | SUPPRESS_VE;
  }
}

/**
 * Attribute bits of a frame's leaf.
 *
 * @param level - of the leaf; the large-page bit belongs to 2 and 3
 * @param undefinedType - what to write into bits 5:3 where the memory type is undefined
 */
function attributesOf(
  machine: Machine,
  gfn: number,
  level: 1 | 2 | 3,
  isReadonly: boolean,
  undefinedType: number | null,
): bigint | null {
  const { type, ipat } = eptType(machine, gfn);
  const encoded = type === UNDEFINED ? undefinedType : type;
  if (encoded === null) return null;
  return (
    constantBits(machine) |
    (isReadonly ? 0n : writableBits(machine)) |
    (BigInt(encoded) << MEMORY_TYPE_SHIFT) |
    (ipat === 1 ? IPAT : 0n) |
    (level > 1 ? LARGE_PAGE : 0n)
  );
}

/**
 * The leaf that maps a frame at a level.
 *
 * @param undefinedType - type bits to write where the memory type is undefined; null: no entry there
 * @returns undefined where no slot maps the frame
 */
export function leafOf(
  machine: Machine,
  gfn: number,
  level: 1 | 2 | 3,
  undefinedType: number | null,
): Leaf | undefined {
  const slot = slotOf(machine.vcpu, gfn);
  if (!slot) return undefined;
  return {
    attributes: attributesOf(machine, gfn, level, slot.readonly, undefinedType),
    pfnOffset: BigInt(slot.pfn) - BigInt(slot.gfn),
  };
}

/** The whole entry of a leaf whose first guest frame is `gfn`. */
export function entryOf(leaf: Leaf, gfn: number): bigint | null {
  if (leaf.attributes === null) return null;
  return leaf.attributes | ((BigInt(gfn) + leaf.pfnOffset) << 12n);
}
