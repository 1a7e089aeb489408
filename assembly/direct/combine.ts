/**
 * From the MTRR type to memory type and IPAT of the EPT entry (KVM: vmx_get_mt_mask), and with the guest's PAT
 * type to the type of an access (Intel SDM vol. 3A, "Effective Page-Level Memory Types").
 */
import {
  CD_IGNORED,
  CD_WB,
  EPT_IDENTITY,
  EPT_XEN,
  IGNORE_PAT_ALWAYS,
  IGNORE_PAT_WITHOUT_SELF_SNOOP,
  MTRR_KVM,
  SWITCH_CR0CD,
  SWITCH_NONCOHERENT_DMA,
  SWITCH_QUIRK_CD_NW_CLEARED,
  SWITCH_QUIRK_IGNORE_GUEST_PAT,
  SWITCH_SELF_SNOOP,
  TYPE_UNDEFINED,
  VIEW_CACHE_DISABLE,
  VIEW_EPT,
  VIEW_HOST_COUNT,
  VIEW_IGNORE_PAT,
  VIEW_MMIO_COUNT,
  VIEW_MTRR,
  VIEW_SWITCHES,
} from '../layout';
import { hostType, mergedType, mergesHost } from './host';
import { mtrrType } from './mtrr';
import { hasCacheDisabled, isAmd, isNested, nestedType } from './npt';
import { isMmio } from './slots';
import {
  STATE_HAS_INTERVALS,
  STATE_HAS_MMIO,
  STATE_IS_NESTED,
  STATE_MERGES_HOST,
  STATE_TYPE_OF_ALL,
  STATE_VIEW,
} from './state-layout';
import { UC, WB, WC, WP, WT } from './types';

/** Beside a type in one word: the entry ignores the guest's PAT. */
export const IPAT: u32 = 0x100;
/** What {@link frameIndependent} says where the MTRRs decide, page by page. */
export const DEPENDS_ON_MTRR: u32 = 0x200;

/** Columns of KVM's rule from left to right: no non-coherent DMA, CR0.CD=1, else. */
function typeOfAll(view: usize): u32 {
  // The host's PAT entry 0.
  if (isAmd(view)) return WB;
  if (load<u32>(view, VIEW_EPT) == EPT_IDENTITY) return DEPENDS_ON_MTRR;
  const switches = load<u32>(view, VIEW_SWITCHES);
  // Xen's rule has these two columns alone.
  if (load<u32>(view, VIEW_EPT) == EPT_XEN) {
    return switches & SWITCH_NONCOHERENT_DMA ? DEPENDS_ON_MTRR : WB | IPAT;
  }
  if (!(switches & SWITCH_NONCOHERENT_DMA)) {
    const ignorePat = load<u32>(view, VIEW_IGNORE_PAT);
    if (ignorePat == IGNORE_PAT_ALWAYS || !(switches & SWITCH_SELF_SNOOP)) return WB | IPAT;
    if (ignorePat == IGNORE_PAT_WITHOUT_SELF_SNOOP) return WB;
    return switches & SWITCH_QUIRK_IGNORE_GUEST_PAT ? WB | IPAT : WB;
  }
  const cacheDisable = load<u32>(view, VIEW_CACHE_DISABLE);
  if (switches & SWITCH_CR0CD && cacheDisable != CD_IGNORED) {
    if (!(switches & SWITCH_QUIRK_CD_NW_CLEARED)) return UC | IPAT;
    return cacheDisable == CD_WB ? WB : WB | IPAT;
  }
  return load<u32>(view, VIEW_MTRR) == MTRR_KVM ? DEPENDS_ON_MTRR : WB;
}

/** Settles, once for a state, what depends on the policy and the switches alone. */
export function writePolicy(view: usize, state: usize): void {
  store<u32>(state, typeOfAll(view), STATE_TYPE_OF_ALL);
  store<u32>(state, u32(isAmd(view)), STATE_IS_NESTED);
  const isMmioHeeded = load<u32>(view, VIEW_EPT) != EPT_IDENTITY && load<u32>(view, VIEW_MMIO_COUNT) != 0;
  store<u32>(state, u32(isMmioHeeded), STATE_HAS_MMIO);
  const isHostRead = load<u32>(view, VIEW_EPT) == EPT_XEN && load<u32>(view, VIEW_HOST_COUNT) != 0;
  store<u32>(state, u32(isHostRead), STATE_MERGES_HOST);
  store<u32>(state, u32(load<u32>(view, VIEW_MTRR) == MTRR_KVM), STATE_HAS_INTERVALS);
}

/** Memory type and IPAT that the policy gives every frame without MMIO, or DEPENDS_ON_MTRR. */
export function frameIndependent(state: usize): u32 {
  return load<u32>(state, STATE_TYPE_OF_ALL);
}

/** Whether it matters that the host backs some frames by MMIO: the architecture knows none of it. */
export function heedsMmio(state: usize): bool {
  return load<u32>(state, STATE_HAS_MMIO) != 0;
}

/** Whether entries of frames that the host backs by MMIO are UC: nested ones say nothing of it. */
export function hasUcMmio(state: usize): bool {
  return heedsMmio(state) && !isNested(state);
}

/** Memory type of a frame's EPT entry (TYPE_UNDEFINED where undefined), with IPAT where it is set. */
export function eptType(state: usize, gfn: u64): u32 {
  if (hasUcMmio(state) && isMmio(state, gfn)) return UC;
  const type = frameIndependent(state);
  if (type != DEPENDS_ON_MTRR) return type;
  const guest = mtrrType(state, gfn);
  return mergesHost(state) ? mergedType(guest, hostType(state, gfn)) : guest;
}

/** One row of the manual's table: the effective type by PAT type, four bits each, UC- in the highest. */
function effectiveRow(type: u32): u32 {
  if (type == UC) return 0x00000010;
  if (type == WC) return 0x11000010;
  if (type == WT) return 0x04540010;
  if (type == WB) return 0x06540010;
  return 0x15540010;
}

/** Type of an access through PAT type `pat` to memory of an MTRR or EPT type. */
export function combined(type: u32, pat: u32): u32 {
  assert(type == UC || type == WC || type == WT || type == WP || type == WB);
  return (effectiveRow(type) >> (pat << 2)) & 15;
}

/** Whether every access is UC whatever its page: CR0.CD=1 on bare metal, or where KVM lets AMD hardware have it. */
export function isUncached(state: usize): bool {
  if (isNested(state)) return hasCacheDisabled(state);
  const view: usize = load<u32>(state, STATE_VIEW);
  return load<u32>(view, VIEW_EPT) == EPT_IDENTITY && (load<u32>(view, VIEW_SWITCHES) & SWITCH_CR0CD) != 0;
}

/** Type of an access to a frame through PAT type `pat`; TYPE_UNDEFINED where the MTRR type is. */
export function effectiveType(state: usize, gfn: u64, pat: u32): u32 {
  if (isNested(state)) return nestedType(state, gfn, pat);
  if (isUncached(state)) return UC;
  const type = eptType(state, gfn);
  if (type & IPAT) return type & ~IPAT;
  return type == TYPE_UNDEFINED ? TYPE_UNDEFINED : combined(type, pat);
}
