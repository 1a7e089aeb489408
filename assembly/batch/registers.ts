/** Whether layouts that are handed in can be answered here; what cannot is for an engine that knows the reason. */
import {
  FIXED_REGISTERS,
  LAYOUT_DEF_TYPE,
  LAYOUT_FIXED,
  LAYOUT_PAIRS,
  LAYOUT_PAT,
  LAYOUT_RANGES,
} from './batch-layout';

/** UC, WC, WT, WP, WB: a bit an encoding; PAT has UC- too. */
const MEMORY_TYPES: u64 = 0b1110011;
const PAT_TYPES: u64 = 0b11110011;
/** Bits that a WRMSR may set besides the address. */
const DEF_TYPE_WRITABLE: u64 = 0xcff;
const BASE_FIELDS: u64 = 0xff;
const MASK_FIELDS: u64 = 0x800;

function isIn(types: u64, type: u64): bool {
  return type < 8 && ((types >> type) & 1) != 0;
}

function areIn(types: u64, bytes: usize, count: u32): bool {
  for (let at: u32 = 0; at < count; at++) if (!isIn(types, load<u8>(bytes + at))) return false;
  return true;
}

/**
 * Whether no register of a layout would be refused with #GP.
 *
 * @param most - pairs of base and mask that there are
 */
export function isAccepted(layout: usize, maxphyaddr: u32, most: u32): bool {
  const pairs = load<u32>(layout, LAYOUT_PAIRS);
  const defType = load<u64>(layout, LAYOUT_DEF_TYPE);
  if (pairs > most || (defType & ~DEF_TYPE_WRITABLE) != 0 || !isIn(MEMORY_TYPES, defType & 0xff))
    return false;
  const address = (((<u64>1) << u64(maxphyaddr)) - 1) & ~(<u64>0xfff);
  for (let pair: u32 = 0; pair < pairs; pair++) {
    const at = layout + (pair << 4);
    const base = load<u64>(at, LAYOUT_RANGES);
    if ((base & ~(address | BASE_FIELDS)) != 0 || !isIn(MEMORY_TYPES, base & 0xff)) return false;
    if ((load<u64>(at, LAYOUT_RANGES + 8) & ~(address | MASK_FIELDS)) != 0) return false;
  }
  if (!areIn(MEMORY_TYPES, layout + LAYOUT_FIXED, 8 * FIXED_REGISTERS)) return false;
  return areIn(PAT_TYPES, layout + LAYOUT_PAT, 8);
}
