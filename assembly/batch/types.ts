/** The type of a page from the ranges that cover it: by the manual, and by KVM 4.7 to 6.10. */
import { CODE_UNDEFINED } from './batch-layout';

const UC: u32 = 0;
const WC: u32 = 1;
const WT: u32 = 4;
const WP: u32 = 5;
const WB: u32 = 6;
/** Bytes of the counts of WT and WB, of WC, of WP. */
const COUNTS_WT_WB: u64 = 0x00ff_00ff_0000_0000;
const COUNTS_WC: u64 = 0xff00;
const COUNTS_WP: u64 = 0xff00_0000_0000;

/**
 * SDM vol. 3A, "MTRR Precedences": UC wins, WT wins over WB, equal types stay, all else is undefined.
 *
 * @param counts - how many ranges of type t cover the page, in byte t
 * @param fallback - type where none does
 */
export function manualType(counts: u64, fallback: u32): u32 {
  if (counts == 0) return fallback;
  if ((counts & 0xff) != 0) return UC;
  if ((counts & ~COUNTS_WT_WB) == 0) return (counts >> 32) & 0xff ? WT : WB;
  if ((counts & ~COUNTS_WC) == 0) return WC;
  return (counts & ~COUNTS_WP) == 0 ? WP : CODE_UNDEFINED;
}

/**
 * arch/x86/kvm/mtrr.c, `kvm_mtrr_get_guest_memory_type`: the ranges that cover the page, the highest rank first.
 *
 * @param covering - a bit a rank
 * @param types - a nibble a rank
 * @param fallback - type where none does
 */
export function kvmType(covering: u32, types: u64, fallback: u32): u32 {
  if (covering == 0) return fallback;
  let rank = 31 - clz(covering);
  let type = u32(types >> u64(rank << 2)) & 15;
  for (let rest = covering ^ (1 << rank); rest != 0; rest ^= 1 << rank) {
    rank = 31 - clz(rest);
    const next = u32(types >> u64(rank << 2)) & 15;
    if (next == type) continue;
    if (next == UC) return UC;
    // WT (4) and WB (6) are the pair that KVM merges.
    if ((type | next) != WB || (type & next) != WT) return WB;
    type = WT;
  }
  return type;
}
