/** A digest of 4 KiB entries that depends on their order (powers.ts), without writing them. */
import { isReadonly, leafBits } from './leaf';
import { contextOf, largestOrder, possibleRules, summarize, summaryOf } from './nodes';
import { SEGMENT_CLASS, SEGMENT_HOLES, SEGMENT_SLOT, SUMMARY_DIGEST } from './plan-layout';
import { overRun, PAGE_STEP, power, requirePowers } from './powers';
import { segmentAt, segmentEnd } from './segments';
import { frameBehind } from './spans';

/** Digest of the 4 KiB entries of [start, end), as writeEntries would write them. */
export function digestOf(plan: usize, start: u64, end: u64): u64 {
  requirePowers(plan);
  let digest: u64 = 0;
  for (let gfn = start; gfn < end; ) {
    const segment = segmentAt(plan, gfn);
    const stop = min(segmentEnd(segment), end);
    const slot: usize = load<u32>(segment, SEGMENT_SLOT);
    if (slot == 0) {
      digest = overRun(plan, digest, 0, 0, stop - gfn);
      gfn = stop;
      continue;
    }
    const address = frameBehind(slot, gfn) << 12;
    if (!load<u8>(segment, SEGMENT_HOLES)) {
      const bits = leafBits(plan, load<u8>(segment, SEGMENT_CLASS), 1, isReadonly(slot));
      digest = overRun(plan, digest, address | bits, PAGE_STEP, stop - gfn);
      gfn = stop;
      continue;
    }
    const order = largestOrder(gfn, stop);
    summarize(plan, order, possibleRules(plan, segment, gfn, order), contextOf(segment));
    const at = power(plan, order);
    const base = address + leafBits(plan, 0, 1, isReadonly(slot));
    const block = load<u64>(summaryOf(plan, order), SUMMARY_DIGEST);
    digest = digest * load<u64>(at) + block + base * load<u64>(at, 8);
    gfn += (<u64>1) << u64(order);
  }
  return digest;
}
