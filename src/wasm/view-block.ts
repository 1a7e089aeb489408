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

/** The header's words as a policy has them, the vCPU's 0. */
function policyWords({ flags, peer }: Policy): Uint32Array {
  const words = new Uint32Array(layout.VIEW_HEADER_SIZE / 4);
  words[layout.VIEW_MTRR / 4] = MTRR[flags.mtrr];
  words[layout.VIEW_EPT / 4] = EPT[flags.ept];
  words[layout.VIEW_CACHE_DISABLE / 4] = CACHE_DISABLE[flags.cacheDisable];
  words[layout.VIEW_IGNORE_PAT / 4] = IGNORE_PAT[flags.ignorePat];
  words[layout.VIEW_LEVEL_CHECK / 4] = LEVEL_CHECK[flags.levelCheck];
  words[layout.VIEW_LEAF / 4] = LEAF[flags.leaf];
  words[layout.VIEW_MMIO_LEVEL / 4] = MMIO_LEVEL[flags.mmioLevel];
  if (peer) {
    words[layout.VIEW_PEER_DISABLED / 4] = PEER_DISABLED[peer.disabled];
    words[layout.VIEW_PEER_FIXED / 4] = PEER_FIXED[peer.fixed];
    words[layout.VIEW_PEER_MATCH / 4] = PEER_MATCH[peer.match];
    words[layout.VIEW_PEER_OVERLAP / 4] = PEER_OVERLAP[peer.overlap];
    words[layout.VIEW_PEER_TOM2 / 4] = peer.tom2 === 'wins' ? 1 : 0;
  }
  return words;
}

/** Few policies are asked of many vCPUs. */
const wordsOfPolicy = new WeakMap<Policy, Uint32Array>();

function headerOf(policy: Policy): Uint32Array {
  const known = wordsOfPolicy.get(policy);
  if (known) return known;
  const words = policyWords(policy);
  // What is not frozen may be another policy at the next call.
  if (Object.isFrozen(policy) && Object.isFrozen(policy.flags)) wordsOfPolicy.set(policy, words);
  return words;
}

/** Writes a frame number as a u64, which it is too small to need a bigint for. */
function putFrame(words: Uint32Array, index: number, frame: number): void {
  words[index] = frame % 2 ** 32;
  words[index + 1] = Math.floor(frame / 2 ** 32);
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
  const { words, longs } = module;
  const header = pointer / 4;
  const ofPolicy = headerOf(policy);
  // So few that a call of `set` costs more.
  for (let i = 0; i < ofPolicy.length; i++) words[header + i] = ofPolicy[i]!;
  words[header + layout.VIEW_MAXPHYADDR / 4] = vcpu.maxphyaddr;
  words[header + layout.VIEW_VCNT / 4] = vcpu.vcnt ?? -1;
  words[header + layout.VIEW_SWITCHES / 4] = switchesOf(vcpu, policy);
  words[header + layout.VIEW_VENDOR / 4] = VENDOR[vcpu.vendor];
  words[header + layout.VIEW_WRITE_COUNT / 4] = vcpu.msrs.length;
  words[header + layout.VIEW_SLOT_COUNT / 4] = vcpu.slots.length;
  words[header + layout.VIEW_MMIO_COUNT / 4] = vcpu.mmio.length;
  words[header + layout.VIEW_HOST_COUNT / 4] = hostTypes.length;
  let at = pointer + layout.VIEW_HEADER_SIZE;
  // By index: frozen arrays take three times as long to be iterated over, and this is most of a view.
  for (let i = 0; i < vcpu.msrs.length; i++) {
    const { msr, value } = vcpu.msrs[i]!;
    // ECX has 32 bits: no WRMSR can name a larger number, and no engine knows this one.
    words[(at + layout.WRITE_MSR) >>> 2] = Math.min(msr, 0xffffffff);
    longs[(at + layout.WRITE_VALUE) >>> 3] = value;
    at += layout.WRITE_SIZE;
  }
  for (const slot of vcpu.slots) {
    putFrame(words, (at + layout.SLOT_GFN) >>> 2, slot.gfn);
    putFrame(words, (at + layout.SLOT_COUNT) >>> 2, slot.count);
    putFrame(words, (at + layout.SLOT_PFN) >>> 2, slot.pfn);
    words[(at + layout.SLOT_READONLY) >>> 2] = slot.readonly ? 1 : 0;
    words[(at + layout.SLOT_MAX_LEVEL) >>> 2] = slot.maxLevel;
    at += layout.SLOT_SIZE;
  }
  for (const { start, end } of vcpu.mmio) {
    putFrame(words, (at + layout.MMIO_START) >>> 2, start);
    putFrame(words, (at + layout.MMIO_END) >>> 2, end);
    at += layout.MMIO_SIZE;
  }
  for (const { start, end, type } of hostTypes) {
    putFrame(words, (at + layout.HOST_START) >>> 2, start);
    putFrame(words, (at + layout.HOST_END) >>> 2, end);
    words[(at + layout.HOST_TYPE) >>> 2] = type;
    at += layout.HOST_SIZE;
  }
}
