/** Writes a vCPU under a policy into Wasm memory as raw words (assembly/layout.ts): nothing is digested here. */
import * as layout from '../../assembly/layout.ts';
import type { PeerRules, Policy, PolicyFlags, Quirk, Vendor } from '../policy/index.ts';
import { quirksOf, type Vcpu } from '../vm/index.ts';
import type { HostStretch } from './host-types.ts';
import type { WasmModule } from './wasm.ts';

const MTRR: Record<PolicyFlags['mtrr'], number> = {
  architectural: layout.MTRR_ARCHITECTURAL,
  kvm: layout.MTRR_KVM,
  none: layout.MTRR_NONE,
  peer: layout.MTRR_PEER,
};
const EPT: Record<PolicyFlags['ept'], number> = {
  identity: layout.EPT_IDENTITY,
  kvm: layout.EPT_KVM,
  xen: layout.EPT_XEN,
};
const CACHE_DISABLE: Record<PolicyFlags['cacheDisable'], number> = {
  'wb-ipat': layout.CD_WB_IPAT,
  wb: layout.CD_WB,
  ignored: layout.CD_IGNORED,
};
const IGNORE_PAT: Record<PolicyFlags['ignorePat'], number> = {
  always: layout.IGNORE_PAT_ALWAYS,
  'without-self-snoop': layout.IGNORE_PAT_WITHOUT_SELF_SNOOP,
  quirk: layout.IGNORE_PAT_QUIRK,
};
const LEVEL_CHECK: Record<PolicyFlags['levelCheck'], number> = {
  'one-type': layout.LEVEL_ONE_TYPE,
  kvm: layout.LEVEL_KVM,
  'kvm-noncoherent-dma': layout.LEVEL_KVM_NONCOHERENT_DMA,
  none: layout.LEVEL_NONE,
};
const MMIO_LEVEL: Record<PolicyFlags['mmioLevel'], number> = {
  host: layout.MMIO_LEVEL_HOST,
  '4k': layout.MMIO_LEVEL_4K,
};
const LEAF: Record<PolicyFlags['leaf'], number> = {
  architectural: layout.LEAF_ARCHITECTURAL,
  kvm: layout.LEAF_KVM,
  'kvm-suppress-ve': layout.LEAF_KVM_SUPPRESS_VE,
  'kvm-4.7': layout.LEAF_KVM_4_7,
  'kvm-5.4': layout.LEAF_KVM_5_4,
  'kvm-7.2': layout.LEAF_KVM_7_2,
};
const PEER_DISABLED: Record<PeerRules['disabled'], number> = {
  uc: layout.PEER_DISABLED_UC,
  undefined: layout.PEER_DISABLED_UNDEFINED,
  'not-looked-at': layout.PEER_DISABLED_IGNORED,
};
const PEER_FIXED: Record<PeerRules['fixed'], number> = {
  applied: layout.PEER_FIXED_APPLIED,
  'uc-only': layout.PEER_FIXED_UC_ONLY,
  'all-uc': layout.PEER_FIXED_ALL_UC,
};
const PEER_MATCH: Record<PeerRules['match'], number> = {
  mask: layout.PEER_MATCH_MASK,
  'lowest-bit': layout.PEER_MATCH_LOWEST_BIT,
  'size-of-mask': layout.PEER_MATCH_SIZE_OF_MASK,
};
const PEER_OVERLAP: Record<PeerRules['overlap'], number> = {
  'manual-or-last': layout.PEER_OVERLAP_MANUAL_OR_LAST,
  'wt-or-uc': layout.PEER_OVERLAP_WT_OR_UC,
  hyperdbg: layout.PEER_OVERLAP_HYPERDBG,
  'uc-ends': layout.PEER_OVERLAP_UC_ENDS,
  'uc-or-nothing': layout.PEER_OVERLAP_UC_OR_NOTHING,
  lowest: layout.PEER_OVERLAP_LOWEST,
};
const VENDOR: Record<Vendor, number> = { intel: layout.VENDOR_INTEL, amd: layout.VENDOR_AMD };
const QUIRK: Record<Quirk, number> = {
  'cd-nw-cleared': layout.SWITCH_QUIRK_CD_NW_CLEARED,
  'ignore-guest-pat': layout.SWITCH_QUIRK_IGNORE_GUEST_PAT,
};

function switchesOf(vcpu: Vcpu, policy: Policy): number {
  let bits = 0;
  if (vcpu.cr0cd) bits |= layout.SWITCH_CR0CD;
  if (vcpu.guestHasMtrr) bits |= layout.SWITCH_GUEST_HAS_MTRR;
  if (vcpu.noncoherentDma) bits |= layout.SWITCH_NONCOHERENT_DMA;
  if (vcpu.selfSnoop) bits |= layout.SWITCH_SELF_SNOOP;
  for (const quirk of quirksOf(vcpu, policy)) bits |= QUIRK[quirk];
  return bits;
}

/**
 * Bytes that a view block takes.
 *
 * @param vcpu - the vCPU to be written
 * @param hostTypes - what the host's MTRRs make of the memory behind
 */
export function viewBlockSize(vcpu: Vcpu, hostTypes: readonly HostStretch[] = []): number {
  return (
    layout.VIEW_HEADER_SIZE +
    vcpu.msrs.length * layout.WRITE_SIZE +
    vcpu.slots.length * layout.SLOT_SIZE +
    vcpu.mmio.length * layout.MMIO_SIZE +
    hostTypes.length * layout.HOST_SIZE
  );
}

/**
 * Writes a view block.
 *
 * @param module - whose memory
 * @param pointer - {@link viewBlockSize} bytes, aligned to 8
 */
export function writeViewBlock(
  module: WasmModule,
  pointer: number,
  vcpu: Vcpu,
  policy: Policy,
  hostTypes: readonly HostStretch[] = [],
): void {
  const data = module.data;
  const u32 = (offset: number, value: number): void => data.setUint32(pointer + offset, value, true);
  u32(layout.VIEW_MAXPHYADDR, vcpu.maxphyaddr);
  u32(layout.VIEW_VCNT, vcpu.vcnt ?? -1);
  u32(layout.VIEW_SWITCHES, switchesOf(vcpu, policy));
  u32(layout.VIEW_MTRR, MTRR[policy.flags.mtrr]);
  u32(layout.VIEW_EPT, EPT[policy.flags.ept]);
  u32(layout.VIEW_CACHE_DISABLE, CACHE_DISABLE[policy.flags.cacheDisable]);
  u32(layout.VIEW_IGNORE_PAT, IGNORE_PAT[policy.flags.ignorePat]);
  u32(layout.VIEW_LEVEL_CHECK, LEVEL_CHECK[policy.flags.levelCheck]);
  u32(layout.VIEW_LEAF, LEAF[policy.flags.leaf]);
  u32(layout.VIEW_MMIO_LEVEL, MMIO_LEVEL[policy.flags.mmioLevel]);
  const { peer } = policy;
  u32(layout.VIEW_PEER_DISABLED, peer ? PEER_DISABLED[peer.disabled] : 0);
  u32(layout.VIEW_PEER_FIXED, peer ? PEER_FIXED[peer.fixed] : 0);
  u32(layout.VIEW_PEER_MATCH, peer ? PEER_MATCH[peer.match] : 0);
  u32(layout.VIEW_PEER_OVERLAP, peer ? PEER_OVERLAP[peer.overlap] : 0);
  u32(layout.VIEW_PEER_TOM2, peer?.tom2 === 'wins' ? 1 : 0);
  u32(layout.VIEW_VENDOR, VENDOR[vcpu.vendor]);
  u32(layout.VIEW_HOST_COUNT, hostTypes.length);
  u32(layout.VIEW_WRITE_COUNT, vcpu.msrs.length);
  u32(layout.VIEW_SLOT_COUNT, vcpu.slots.length);
  u32(layout.VIEW_MMIO_COUNT, vcpu.mmio.length);
  let at = pointer + layout.VIEW_HEADER_SIZE;
  for (const write of vcpu.msrs) {
    // ECX has 32 bits: no WRMSR can name a larger number, and no engine knows this one.
    data.setUint32(at + layout.WRITE_MSR, Math.min(write.msr, 0xffffffff), true);
    data.setBigUint64(at + layout.WRITE_VALUE, write.value, true);
    at += layout.WRITE_SIZE;
  }
  for (const slot of vcpu.slots) {
    data.setBigUint64(at + layout.SLOT_GFN, BigInt(slot.gfn), true);
    data.setBigUint64(at + layout.SLOT_COUNT, BigInt(slot.count), true);
    data.setBigUint64(at + layout.SLOT_PFN, BigInt(slot.pfn), true);
    data.setUint32(at + layout.SLOT_READONLY, slot.readonly ? 1 : 0, true);
    data.setUint32(at + layout.SLOT_MAX_LEVEL, slot.maxLevel, true);
    at += layout.SLOT_SIZE;
  }
  for (const range of vcpu.mmio) {
    data.setBigUint64(at + layout.MMIO_START, BigInt(range.start), true);
    data.setBigUint64(at + layout.MMIO_END, BigInt(range.end), true);
    at += layout.MMIO_SIZE;
  }
  for (const stretch of hostTypes) {
    data.setBigUint64(at + layout.HOST_START, BigInt(stretch.start), true);
    data.setBigUint64(at + layout.HOST_END, BigInt(stretch.end), true);
    data.setUint32(at + layout.HOST_TYPE, stretch.type, true);
    at += layout.HOST_SIZE;
  }
}
