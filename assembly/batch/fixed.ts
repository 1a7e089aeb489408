/** Counts the pages below 1 MiB where the fixed ranges speak for them. */
import {
  BATCH_SIDE_A,
  BATCH_SIDE_B,
  FIXED_REGISTERS,
  LAYOUT_FIXED,
  MODE_CONSTANT,
  SIDE_CODE,
  SIDE_MODE,
} from './batch-layout';
import { countStretch } from './segments';

const EIGHT: u64 = 0x0101010101010101;

/** Frames of one of a register's eight ranges. */
function framesOf(register: u32): u64 {
  if (register == 0) return 16;
  return register < 3 ? 4 : 1;
}

function codeOf(side: usize, type: u32): u32 {
  return load<u32>(side, SIDE_MODE) == MODE_CONSTANT ? load<u32>(side, SIDE_CODE) : type;
}

/** Counts frames 0..0xff. */
export function countFixed(batch: usize, layout: usize): void {
  let from: u64 = 0;
  for (let register: u32 = 0; register < u32(FIXED_REGISTERS); register++) {
    const types = load<u64>(layout + (register << 3), LAYOUT_FIXED);
    // One type in all eight bytes is what most registers have.
    const isOne = types == (types & 0xff) * EIGHT;
    const frames = isOne ? framesOf(register) << 3 : framesOf(register);
    const stretches: u64 = isOne ? 1 : 8;
    for (let byte: u64 = 0; byte < stretches; byte++) {
      const type = u32(types >> (byte << 3)) & 0xff;
      const codes = codeOf(batch + BATCH_SIDE_A, type) | (codeOf(batch + BATCH_SIDE_B, type) << 4);
      countStretch(batch, from, from + frames, codes);
      from += frames;
    }
  }
}
