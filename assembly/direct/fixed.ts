/** The fixed ranges below 1 MiB (Intel SDM vol. 3A, "Fixed Range MTRRs"). */
import { STATE_FIXED, STATE_FIXED_ENABLED } from './state-layout';
import { FIXED_END } from './types';

/** Whether a fixed range, and nothing else, decides this frame. */
export function isFixed(state: usize, gfn: u64): bool {
  return gfn < FIXED_END && load<u32>(state, STATE_FIXED_ENABLED) != 0;
}

/** Type of the fixed range of a frame below 1 MiB: 8 of 64 KiB, 16 of 16 KiB, 64 of 4 KiB. */
export function fixedType(state: usize, gfn: u64): u32 {
  const frame = usize(gfn);
  let range: usize;
  if (frame < 0x80) range = frame >> 4;
  else if (frame < 0xc0) range = 8 + ((frame - 0x80) >> 2);
  else range = 24 + (frame - 0xc0);
  return load<u8>(state + range, STATE_FIXED);
}
