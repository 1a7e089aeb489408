/** What is counted of a layout once its pages are. */
import {
  BATCH_BY_PAIRS,
  BATCH_COMPARES,
  BATCH_COUNTED,
  BATCH_DIFFERING,
  BATCH_DIGEST,
  BATCH_FIRST,
  BATCH_FOUND,
  BATCH_FOUND_COUNT,
  BATCH_HAS_FIRST,
  BATCH_SMALLEST,
  BATCH_SMALLEST_COUNT,
  BATCH_SMALLEST_MOST,
  BATCH_SUM,
  BY_PAIRS_DIFFERING,
  BY_PAIRS_LAYOUTS,
  BY_PAIRS_PAGES,
  BY_PAIRS_SIZE,
  FOUND_INDEX,
  FOUND_PAGES,
  FOUND_RANGES,
  FOUND_SIZE,
  SMALL_INDEX,
  SMALL_PAGES,
  SMALL_RANGES,
  SMALL_SIZE,
} from './batch-layout';
import { mixed } from './weights';

function add(at: usize, amount: u64): void {
  store<u64>(at, load<u64>(at) + amount);
}

/** Whether a layout comes before one of the smallest: by ranges, then pages; indices ascend. */
function isSmaller(small: usize, ranges: u64, pages: u64): bool {
  const others = load<u64>(small, SMALL_RANGES);
  return others > ranges || (others == ranges && load<u64>(small, SMALL_PAGES) > pages);
}

/** Keeps a layout that differs if it is one of the smallest so far. */
function keepSmall(batch: usize, ranges: u64, pages: u64, index: u64): void {
  const most = load<u32>(batch, BATCH_SMALLEST_MOST);
  const count = load<u32>(batch, BATCH_SMALLEST_COUNT);
  const first = batch + BATCH_SMALLEST;
  let at = first + count * SMALL_SIZE;
  if (count == most) {
    if (most == 0 || !isSmaller(at - SMALL_SIZE, ranges, pages)) return;
    at -= SMALL_SIZE;
  } else store<u32>(batch, count + 1, BATCH_SMALLEST_COUNT);
  for (; at > first && isSmaller(at - SMALL_SIZE, ranges, pages); at -= SMALL_SIZE) {
    memory.copy(at, at - SMALL_SIZE, SMALL_SIZE);
  }
  store<u64>(at, ranges, SMALL_RANGES);
  store<u64>(at, pages, SMALL_PAGES);
  store<u64>(at, index, SMALL_INDEX);
}

/** Lists a layout that differs. */
function putFound(batch: usize, ranges: u32, pages: u64, index: u64): void {
  const count = load<u32>(batch, BATCH_FOUND_COUNT);
  const at: usize = load<u32>(batch, BATCH_FOUND) + count * FOUND_SIZE;
  store<u64>(at, index, FOUND_INDEX);
  store<u64>(at, pages, FOUND_PAGES);
  store<u32>(at, ranges, FOUND_RANGES);
  store<u32>(batch, count + 1, BATCH_FOUND_COUNT);
}

/**
 * Counts a layout.
 *
 * @param ranges - that are on
 */
export function countLayout(batch: usize, index: u64, ranges: u32): void {
  const byPairs = batch + BATCH_BY_PAIRS + ranges * BY_PAIRS_SIZE;
  add(byPairs + BY_PAIRS_LAYOUTS, 1);
  add(batch + BATCH_COUNTED, 1);
  add(batch + BATCH_DIGEST, mixed(load<u64>(batch, BATCH_SUM) ^ mixed(index)));
  const differing = load<u64>(batch, BATCH_DIFFERING);
  if (differing == 0 || !load<u32>(batch, BATCH_COMPARES)) return;
  add(byPairs + BY_PAIRS_DIFFERING, 1);
  add(byPairs + BY_PAIRS_PAGES, differing);
  if (!load<u32>(batch, BATCH_HAS_FIRST)) {
    store<u32>(batch, 1, BATCH_HAS_FIRST);
    store<u64>(batch, index, BATCH_FIRST);
  }
  keepSmall(batch, u64(ranges), differing, index);
  if (load<u32>(batch, BATCH_FOUND)) putFound(batch, ranges, differing, index);
}
