/**
 * AMD hosts. Nested page tables say nothing of the guest's types: PWT, PCD and PAT of their leaves are 0
 * (`svm_get_mt_mask` returned 0 up to 5.19 and is gone from 6.0), so that the host's PAT entry 0 applies, WB under
 * Linux. The guest's own PAT is live (`g_pat` of the VMCB), and below both the hardware applies the host's MTRRs to
 * the host's addresses.
 */
import type { Policy } from '../policy/index.ts';
import { type MemoryType, type PatType, UC, UC_MINUS, WB, WC } from '../types.ts';
import { quirksOf, type Vcpu } from '../vm/index.ts';
import { type Host, hostTypeBehind } from './host.ts';

/** APM vol. 2, 5.4 and 15.25: fields of a page-table entry that maps a page. */
const PRESENT = 1n << 0n;
const WRITABLE = 1n << 1n;
/** Nested tables are walked as for a user access. */
const USER = 1n << 2n;
const ACCESSED = 1n << 5n;
const DIRTY = 1n << 6n;
const PAGE_SIZE = 1n << 7n;

/** What these rules look at. */
interface Guest {
  readonly vcpu: Vcpu;
  readonly policy: Policy;
  /** The host's own MTRRs, where they are stated. */
  readonly host: Host | undefined;
}

/** Whether a vCPU's host has nested page tables in place of EPT. */
export function isNested({ vendor }: Vcpu): boolean {
  return vendor === 'amd';
}

/** Bits of a leaf without its address: as the first write to a page leaves it, with hardware A and D. */
export function nestedLeafBits(level: 1 | 2 | 3, isReadonly: boolean): bigint {
  const rights = isReadonly ? PRESENT | USER : PRESENT | WRITABLE | USER;
  const marks = isReadonly ? ACCESSED : ACCESSED | DIRTY;
  return rights | marks | (level > 1 ? PAGE_SIZE : 0n);
}

/** Whether the guest's CR0.CD reaches the hardware: KVM clears it in the VMCB while cd-nw-cleared is on. */
function isUncached({ vcpu, policy }: Guest): boolean {
  return vcpu.cr0cd && !quirksOf(vcpu, policy).includes('cd-nw-cleared');
}

/**
 * Type of an access through PAT type `pat`. The host's PAT gives WB to all, so the guest's type stays; UC- alone
 * yields to a host MTRR of WC. What the tables of the manual say of other cells was not seen (APM vol. 2, 15-19, 15-20).
 */
export function nestedEffectiveType(guest: Guest, gfn: number, pat: PatType): MemoryType {
  if (isUncached(guest)) return UC;
  if (pat !== UC_MINUS) return pat;
  return hostTypeBehind(guest.vcpu, guest.host, gfn) === WC ? WC : UC;
}

/** What a nested leaf says of the type of its page: nothing, and so WB, the host's PAT entry 0. */
export const NESTED_TYPE = { type: WB, ipat: 0 } as const;
