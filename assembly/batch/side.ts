/** How a side answers, from the words of its view: by one code for all pages, by the manual, or by KVM's fold. */
import {
  CD_IGNORED,
  CD_WB_IPAT,
  EPT_IDENTITY,
  EPT_KVM,
  IGNORE_PAT_ALWAYS,
  IGNORE_PAT_QUIRK,
  MTRR_ARCHITECTURAL,
  MTRR_KVM,
  MTRR_NONE,
  SWITCH_CR0CD,
  SWITCH_GUEST_HAS_MTRR,
  SWITCH_NONCOHERENT_DMA,
  SWITCH_QUIRK_CD_NW_CLEARED,
  SWITCH_QUIRK_IGNORE_GUEST_PAT,
  SWITCH_SELF_SNOOP,
  VARIABLE_COUNT_KVM,
  VENDOR_AMD,
  VIEW_CACHE_DISABLE,
  VIEW_EPT,
  VIEW_IGNORE_PAT,
  VIEW_MMIO_COUNT,
  VIEW_MTRR,
  VIEW_SWITCHES,
  VIEW_VCNT,
  VIEW_VENDOR,
  WANT_MTRR,
} from '../layout';
import {
  CODE_IPAT,
  MODE_CONSTANT,
  MODE_KVM,
  MODE_MANUAL,
  SIDE_CODE,
  SIDE_DISABLED,
  SIDE_MODE,
} from './batch-layout';

const UC: u32 = 0;
const WB: u32 = 6;
/** Ranges where nothing states another number. */
const USUAL_COUNT: u32 = 8;

function put(side: usize, mode: u32, code: u32): bool {
  store<u32>(side, mode, SIDE_MODE);
  store<u32>(side, code, SIDE_CODE);
  return true;
}

/** A side whose entries or types are those of its MTRR lookup. */
function putLookup(side: usize, view: usize): bool {
  const rules = load<u32>(view, VIEW_MTRR);
  if (rules == MTRR_ARCHITECTURAL) return put(side, MODE_MANUAL, 0);
  return rules == MTRR_KVM && put(side, MODE_KVM, 0);
}

/** Whether KVM has the guest's PAT ignored in a VM without non-coherent DMA. */
function ignoresPat(view: usize, switches: u32): bool {
  const rule = load<u32>(view, VIEW_IGNORE_PAT);
  if (rule == IGNORE_PAT_ALWAYS || (switches & SWITCH_SELF_SNOOP) == 0) return true;
  return rule == IGNORE_PAT_QUIRK && (switches & SWITCH_QUIRK_IGNORE_GUEST_PAT) != 0;
}

/** `vmx_get_mt_mask`, for a frame that is no host MMIO. */
function putKvmEntry(side: usize, view: usize): bool {
  const switches = load<u32>(view, VIEW_SWITCHES);
  if ((switches & SWITCH_NONCOHERENT_DMA) == 0) {
    return put(side, MODE_CONSTANT, ignoresPat(view, switches) ? WB | CODE_IPAT : WB);
  }
  const cacheDisable = load<u32>(view, VIEW_CACHE_DISABLE);
  if ((switches & SWITCH_CR0CD) != 0 && cacheDisable != CD_IGNORED) {
    if ((switches & SWITCH_QUIRK_CD_NW_CLEARED) == 0) return put(side, MODE_CONSTANT, UC | CODE_IPAT);
    return put(side, MODE_CONSTANT, cacheDisable == CD_WB_IPAT ? WB | CODE_IPAT : WB);
  }
  if (load<u32>(view, VIEW_MTRR) == MTRR_NONE) return put(side, MODE_CONSTANT, WB);
  return putLookup(side, view);
}

/**
 * Writes how a view answers.
 *
 * @param view - its header; writes and slots are not looked at
 * @param want - WANT_MTRR or WANT_EPT
 * @returns false where it answers in a way that is not known here: a peer, an AMD host, host MMIO
 */
export function putSide(side: usize, view: usize, want: u32): bool {
  const switches = load<u32>(view, VIEW_SWITCHES);
  const isKvmLookup = load<u32>(view, VIEW_MTRR) == MTRR_KVM;
  store<u32>(side, isKvmLookup && (switches & SWITCH_GUEST_HAS_MTRR) == 0 ? WB : UC, SIDE_DISABLED);
  if (load<u32>(view, VIEW_VENDOR) == VENDOR_AMD) return false;
  const entry = load<u32>(view, VIEW_EPT);
  if (want == WANT_MTRR || entry == EPT_IDENTITY) return putLookup(side, view);
  return entry == EPT_KVM && load<u32>(view, VIEW_MMIO_COUNT) == 0 && putKvmEntry(side, view);
}

/** Pairs of base and mask that a view accepts: KVM has 8 whatever is stated. */
export function pairsAccepted(view: usize): u32 {
  if (load<u32>(view, VIEW_EPT) == EPT_KVM) return VARIABLE_COUNT_KVM;
  const stated = load<i32>(view, VIEW_VCNT);
  return stated < 0 ? USUAL_COUNT : u32(stated);
}
