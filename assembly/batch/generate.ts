/** Makes the layout of a seed, an index and a kind. docs/layouts.md says which bits of which word mean what. */
import {
  BATCH_FEWEST,
  BATCH_KIND,
  BATCH_LAYOUT,
  BATCH_MAXPHYADDR,
  BATCH_MOST,
  BATCH_SEED,
  BATCH_WORDS,
  KIND_ANY,
  KIND_TYPICAL,
  KIND_WB_DEFAULT,
  LAYOUT_PAIRS,
} from './batch-layout';
import { writeScattered } from './generate-any';
import { writeUcDefault, writeWbDefault } from './generate-firmware';
import { BLOCKS, below, writeBlocks } from './philox';
import { writeSwitches } from './switches';

/** Of 256 layouts of kind `typical`, those whose default is UC. */
const UC_DEFAULT_SHARE: u64 = 160;

/** Writes the layout of an index to BATCH_LAYOUT. */
export function generate(batch: usize, index: u64): void {
  const seed = load<u64>(batch, BATCH_SEED);
  const kind = load<u32>(batch, BATCH_KIND);
  const words = batch + BATCH_WORDS;
  writeBlocks(seed, index, 0, kind, words);
  const head = load<u64>(words);
  const fewest = load<u32>(batch, BATCH_FEWEST);
  const pairs = fewest + u32(below(head, 0, u64(load<u32>(batch, BATCH_MOST) - fewest + 1)));
  for (let block = BLOCKS; block <= (pairs + 1) >> 1; block += BLOCKS) {
    writeBlocks(seed, index, block, kind, words + (block << 4));
  }
  const bits = u64(load<u32>(batch, BATCH_MAXPHYADDR) - 12);
  const layout = batch + BATCH_LAYOUT;
  store<u32>(layout, pairs, LAYOUT_PAIRS);
  if (kind >= u32(KIND_ANY)) {
    writeScattered(batch, index, kind, pairs, bits);
    return;
  }
  const isWbDefault =
    kind == KIND_WB_DEFAULT ||
    (kind == KIND_TYPICAL && ((load<u64>(words, 8) >> 8) & 0xff) >= UC_DEFAULT_SHARE);
  if (isWbDefault) writeWbDefault(layout, words, pairs, bits);
  else writeUcDefault(layout, words, pairs, bits);
  writeSwitches(layout, head, isWbDefault ? 6 : 0);
}
