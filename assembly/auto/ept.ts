/**
 * From an MTRR type to the EPT entry's memory type and IPAT (a class: type | IPAT << 3), and from there to
 * the type that an access gets.
 */
import {
  CD_IGNORED,
  CD_WB_IPAT,
  EPT_IDENTITY,
  EPT_XEN,
  IGNORE_PAT_ALWAYS,
  IGNORE_PAT_QUIRK,
  MTRR_NONE,
  SWITCH_CR0CD,
  SWITCH_NONCOHERENT_DMA,
  SWITCH_QUIRK_CD_NW_CLEARED,
  SWITCH_QUIRK_IGNORE_GUEST_PAT,
  SWITCH_SELF_SNOOP,
  VIEW_CACHE_DISABLE,
  VIEW_EPT,
  VIEW_IGNORE_PAT,
  VIEW_MTRR,
  VIEW_SWITCHES,
} from '../layout';
import { PLAN_CLASSES, UNDEFINED } from './plan-layout';

const IPAT: u32 = 8;
const UC: u32 = 0;
const WB: u32 = 6;

/** Class of a page that the host backs by MMIO under KVM: UC, the guest's PAT still counts. */
export const CLASS_MMIO: u32 = 0;

/** Whether KVM sets IPAT for a VM without non-coherent DMA. */
function ignoresPat(view: usize): bool {
  const switches = load<u32>(view, VIEW_SWITCHES);
  const selfSnoop = (switches & SWITCH_SELF_SNOOP) != 0;
  const rule = load<u32>(view, VIEW_IGNORE_PAT);
  if (rule == IGNORE_PAT_ALWAYS || !selfSnoop) return true;
  return rule == IGNORE_PAT_QUIRK && (switches & SWITCH_QUIRK_IGNORE_GUEST_PAT) != 0;
}

/**
 * Rows of Xen's merge of the guest's type with the host's (hvm/mtrr.c), one per guest type, a nibble per host type
 * (0 UC, 1 WC, 4 WT, 5 WP, 6 WB).
 */
const MERGE_WC: u32 = 0x01000010;
const MERGE_WT: u32 = 0x04540000;
const MERGE_WP: u32 = 0x05550000;
const MERGE_WB: u32 = 0x06540010;

function mergedWithHost(guest: u32, host: u32): u32 {
  if (host == UNDEFINED) return guest;
  let row: u32 = 0;
  if (guest == 1) row = MERGE_WC;
  else if (guest == 4) row = MERGE_WT;
  else if (guest == 5) row = MERGE_WP;
  else if (guest == 6) row = MERGE_WB;
  return (row >> (host * 4)) & 7;
}

/**
 * Class of a page of the given MTRR type: KVM's `vmx_get_mt_mask`, Xen's `epte_get_entry_emt`, or the type itself
 * without IPAT.
 *
 * @param hostType - by the host's own MTRRs, which Xen merges in; UNDEFINED where it is not known
 */
export function eptClass(view: usize, mtrrType: u32, hostType: u32): u32 {
  if (load<u32>(view, VIEW_EPT) == EPT_IDENTITY) return mtrrType;
  const switches = load<u32>(view, VIEW_SWITCHES);
  if (load<u32>(view, VIEW_EPT) == EPT_XEN) {
    return (switches & SWITCH_NONCOHERENT_DMA) == 0 ? WB | IPAT : mergedWithHost(mtrrType, hostType);
  }
  if ((switches & SWITCH_NONCOHERENT_DMA) == 0) return ignoresPat(view) ? WB | IPAT : WB;
  const cacheDisable = load<u32>(view, VIEW_CACHE_DISABLE);
  if ((switches & SWITCH_CR0CD) != 0 && cacheDisable != CD_IGNORED) {
    if ((switches & SWITCH_QUIRK_CD_NW_CLEARED) == 0) return UC | IPAT;
    return cacheDisable == CD_WB_IPAT ? WB | IPAT : WB;
  }
  return load<u32>(view, VIEW_MTRR) == MTRR_NONE ? WB : mtrrType;
}

/** Class of a page by its segment's host type and its MTRR type. */
export function classOf(plan: usize, hostType: u32, mtrrType: u32): u8 {
  return load<u8>(plan + (hostType << 3) + mtrrType, PLAN_CLASSES);
}

/**
 * Rows of Intel SDM vol. 3A, "Effective Page-Level Memory Types", one per EPT type, a nibble per PAT type
 * (nibble 0 UC, 1 WC, 4 WT, 5 WP, 6 WB, 7 UC-).
 */
const ROW_UC: u32 = 0x00000010;
const ROW_WC: u32 = 0x11000010;
const ROW_WT: u32 = 0x04540010;
const ROW_WP: u32 = 0x15540010;
const ROW_WB: u32 = 0x06540010;

/** Type that an access through a PAT type gets, 7 where the EPT type is undefined. */
export function effectiveType(class_: u32, pat: u32): u32 {
  const type = class_ & 7;
  if (type == UNDEFINED || class_ & IPAT) return type;
  let row = ROW_UC;
  if (type == 1) row = ROW_WC;
  else if (type == 4) row = ROW_WT;
  else if (type == 5) row = ROW_WP;
  else if (type == 6) row = ROW_WB;
  return (row >> (pat * 4)) & 7;
}
