/**
 * Memory type and IPAT of an EPT leaf. KVM: arch/x86/kvm/vmx/vmx.c, `vmx_get_mt_mask`, by release. Policy
 * `sdm` writes the MTRR type without IPAT, as an identity-mapping hypervisor would.
 */
import type { Quirk } from '../policy/index.ts';
import { type MemoryType, type MtrrType, type PatType, UC, UNDEFINED, WB, WC, WP, WT } from '../types.ts';
import { hostTypeBehind } from './host.ts';
import { type Machine, mtrrType } from './mtrr.ts';
import { isNested, NESTED_TYPE, nestedEffectiveType } from './npt.ts';
import { combineWithPat } from './pat.ts';
import { isMmio } from './slots.ts';

/** Bits 5:3 and bit 6 of an EPT leaf: Intel SDM vol. 3C, 30.3.2. */
export interface EptType {
  /** -1 where the architecture leaves the MTRR type undefined. */
  readonly type: MtrrType;
  readonly ipat: 0 | 1;
}

/** A vCPU that names no quirks has those that its kernel enables. */
function hasQuirk(machine: Machine, quirk: Quirk): boolean {
  return (machine.vcpu.quirks ?? machine.policy.defaultQuirks).includes(quirk);
}

/** Whether KVM lets the guest's PAT be ignored for a VM without non-coherent DMA. */
function ignoresGuestPat(machine: Machine): boolean {
  const { selfSnoop } = machine.vcpu;
  switch (machine.policy.flags.ignorePat) {
    case 'always':
      return true;
    // 377b2f359d1f, in the release candidates of 6.11 only.
    case 'without-self-snoop':
      return !selfSnoop;
    // c9c1e20b4c7d: without self-snoop the quirk cannot be disabled.
    case 'quirk':
      return !selfSnoop || hasQuirk(machine, 'ignore-guest-pat');
  }
}

/** CR0.CD=1 in a VM with non-coherent DMA, for releases that look at it (before e1548088ff54, 6.11). */
function cacheDisabledType(machine: Machine): EptType {
  // `kvm_check_has_quirk(KVM_X86_QUIRK_CD_NW_CLEARED)` off: UC, the guest's PAT ignored.
  if (!hasQuirk(machine, 'cd-nw-cleared')) return { type: UC, ipat: 1 };
  // c9f65a3f2d92 (6.7) drops IPAT.
  return { type: WB, ipat: machine.policy.flags.cacheDisable === 'wb-ipat' ? 1 : 0 };
}

function kvmEptType(machine: Machine, gfn: number): EptType {
  const { vcpu, policy } = machine;
  if (isMmio(vcpu, gfn)) return { type: UC, ipat: 0 };
  if (!vcpu.noncoherentDma) return { type: WB, ipat: ignoresGuestPat(machine) ? 1 : 0 };
  if (vcpu.cr0cd && policy.flags.cacheDisable !== 'ignored') return cacheDisabledType(machine);
  // 0a7b73559b39 (6.11): the guest's MTRRs no longer count.
  if (policy.flags.mtrr === 'none') return { type: WB, ipat: 0 };
  return { type: mtrrType(machine, gfn), ipat: 0 };
}

/** Xen, xen/arch/x86/hvm/mtrr.c, `mm_type_tbl`: the guest's type by row, the host's by column. */
const XEN_MERGED: Readonly<Record<MemoryType, Readonly<Record<MemoryType, MemoryType>>>> = {
  [UC]: { [UC]: UC, [WC]: UC, [WT]: UC, [WP]: UC, [WB]: UC },
  [WC]: { [UC]: UC, [WC]: WC, [WT]: UC, [WP]: UC, [WB]: WC },
  [WT]: { [UC]: UC, [WC]: UC, [WT]: WT, [WP]: WP, [WB]: WT },
  [WP]: { [UC]: UC, [WC]: UC, [WT]: WP, [WP]: WP, [WB]: WP },
  [WB]: { [UC]: UC, [WC]: WC, [WT]: WT, [WP]: WP, [WB]: WB },
};

/**
 * Xen, xen/arch/x86/mm/p2m-ept.c, `epte_get_entry_emt`: direct MMIO, then no passed-through device, then the guest's
 * MTRR type merged with the host's. Where the host's is not known it is taken to be the guest's, and equal types stay.
 */
function xenEptType(machine: Machine, gfn: number): EptType {
  if (isMmio(machine.vcpu, gfn)) return { type: UC, ipat: 0 };
  if (!machine.vcpu.noncoherentDma) return { type: WB, ipat: 1 };
  const guest = mtrrType(machine, gfn);
  const host = hostTypeBehind(machine.vcpu, machine.host, gfn);
  if (guest === UNDEFINED || host === undefined || host === UNDEFINED) return { type: guest, ipat: 0 };
  return { type: XEN_MERGED[guest][host], ipat: 0 };
}

/** Memory type and IPAT of a frame's leaf under the machine's policy; of a nested one what it amounts to. */
export function eptType(machine: Machine, gfn: number): EptType {
  if (isNested(machine.vcpu)) return NESTED_TYPE;
  if (machine.policy.flags.ept === 'xen') return xenEptType(machine, gfn);
  if (machine.policy.flags.ept === 'identity') return { type: mtrrType(machine, gfn), ipat: 0 };
  return kvmEptType(machine, gfn);
}

/**
 * What an access to a frame gets through a page-table entry of PAT type `pat`. On bare metal CR0.CD=1 makes
 * every access UC (Intel SDM vol. 3A, 13.5.3); KVM does not load the guest's CD, which acts only through
 * {@link eptType}. IPAT: the EPT memory type alone (Intel SDM vol. 3C, 30.3.7.2).
 */
export function effectiveType(machine: Machine, gfn: number, pat: PatType): MtrrType {
  if (isNested(machine.vcpu)) return nestedEffectiveType(machine, gfn, pat);
  if (machine.policy.flags.ept === 'identity' && machine.vcpu.cr0cd) return UC;
  const { type, ipat } = eptType(machine, gfn);
  if (type === UNDEFINED || ipat === 1) return type;
  return combineWithPat(type, pat);
}
