/**
 * The 64-bit EPT leaf entry of a frame. Architecture: Intel SDM vol. 3C, 30.3.2, tables of the formats of
 * entries that map a page. KVM: arch/x86/kvm/mmu/spte.c, `make_spte` (before 5.11 mmu.c, `set_spte`), for a writable first fault with hardware A/D bits, no prefetch, no NX mitigation.
 */
import type { PolicyFlags } from '../policy/index.ts';
import { UNDEFINED } from '../types.ts';
import { eptType } from './ept.ts';
import type { Machine } from './mtrr.ts';
import { isNested, nestedLeafBits } from './npt.ts';
import { slotOf } from './slots.ts';

const READ = 1n << 0n;
const WRITE = 1n << 1n;
const EXECUTE = 1n << 2n;
const MEMORY_TYPE_SHIFT = 3n;
const IPAT = 1n << 6n;
const LARGE_PAGE = 1n << 7n;
const ACCESSED = 1n << 8n;
const DIRTY = 1n << 9n;
const SUPPRESS_VE = 1n << 63n;
/** Execute permission of user pages under mode-based execute control; ignored without it. */
const USER_EXECUTE = 1n << 10n;
/** KVM software bit, `SPTE_MMU_PRESENT_MASK`. */
const MMU_PRESENT = 1n << 11n;

/** KVM's software bits of one layout. */
interface SoftwareBits {
  /** In every entry. */
  readonly always: bigint;
  /** `SPTE_HOST_WRITEABLE` and `SPTE_MMU_WRITEABLE`. */
  readonly hostWritable: bigint;
  readonly mmuWritable: bigint;
}

/** Before 5.13 bit 11 was MMU-writable, and presence was told by the entry not being zero. */
const BEFORE_5_13: SoftwareBits = { always: 0n, hostWritable: 1n << 10n, mmuWritable: 1n << 11n };
const SINCE_5_13: SoftwareBits = { always: MMU_PRESENT, hostWritable: 1n << 57n, mmuWritable: 1n << 58n };

const SOFTWARE_BITS: Readonly<Record<PolicyFlags['leaf'], SoftwareBits | undefined>> = {
  architectural: undefined,
  'kvm-4.7': BEFORE_5_13,
  'kvm-5.4': BEFORE_5_13,
  kvm: SINCE_5_13,
  // From 6.10 on KVM suppresses #VE in every entry.
  'kvm-suppress-ve': { ...SINCE_5_13, always: MMU_PRESENT | SUPPRESS_VE },
  // 7.2 as its source reads: whatever supervisor pages may execute, user pages may.
  'kvm-7.2': {
    always: MMU_PRESENT | SUPPRESS_VE | USER_EXECUTE,
    hostWritable: 1n << 53n,
    mmuWritable: 1n << 55n,
  },
};

/** A leaf entry taken apart: what it says, and which host frame it points to. */
export interface Leaf {
  /** The entry without its address bits 51:12; null where the memory type is undefined. */
  readonly attributes: bigint | null;
  /** Host frame minus guest frame: the same for all leaves of a slot. */
  readonly pfnOffset: bigint;
}

function writableBits(machine: Machine): bigint {
  const software = SOFTWARE_BITS[machine.policy.flags.leaf];
  return software ? WRITE | DIRTY | software.hostWritable | software.mmuWritable : WRITE;
}

function constantBits(machine: Machine): bigint {
  const software = SOFTWARE_BITS[machine.policy.flags.leaf];
  return software ? READ | EXECUTE | ACCESSED | software.always : READ | EXECUTE;
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
  if (isNested(machine.vcpu)) return nestedLeafBits(level, isReadonly);
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
