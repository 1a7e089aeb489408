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
/** First registers whose ranges are of 16 KiB, and of 4 KiB. */
const FIRST_16K: u32 = 1;
const FIRST_4K: u32 = 3;

/** Frames of one of a register's eight ranges. */
function framesOf(register: u32): u64 {
  if (register < FIRST_16K) return 16;
  return register < FIRST_4K ? 4 : 1;
}

/** First frame of a register. */
function startOf(register: u32): u64 {
  if (register < FIRST_4K) return register == 0 ? 0 : 0x60 + u64(register << 5);
  return 0xa8 + u64(register << 3);
}

/** Counts frames that have one fixed type. */
function countType(batch: usize, from: u64, to: u64, type: u32): void {
  const isConstantA = load<u32>(batch, BATCH_SIDE_A + SIDE_MODE) == MODE_CONSTANT;
  const isConstantB = load<u32>(batch, BATCH_SIDE_B + SIDE_MODE) == MODE_CONSTANT;
  const a = isConstantA ? load<u32>(batch, BATCH_SIDE_A + SIDE_CODE) : type;
  const b = isConstantB ? load<u32>(batch, BATCH_SIDE_B + SIDE_CODE) : type;
  countStretch(batch, from, to, a | (b << 4));
}

/** Counts frames 0..0xff, those of one type at a time: most registers, and their neighbours, have one throughout. */
export function countFixed(batch: usize, layout: usize): void {
  let type: u32 = load<u8>(layout, LAYOUT_FIXED);
  let from: u64 = 0;
  for (let register: u32 = 0; register < u32(FIXED_REGISTERS); register++) {
    const types = load<u64>(layout + (register << 3), LAYOUT_FIXED);
    if (types == u64(type) * EIGHT) continue;
    const step: u64 = types == (types & 0xff) * EIGHT ? 64 : 8;
    for (let bit: u64 = 0; bit < 64; bit += step) {
      const next = u32(types >> bit) & 0xff;
      if (next == type) continue;
      const to = startOf(register) + framesOf(register) * (bit >> 3);
      if (to > from) countType(batch, from, to, type);
      from = to;
      type = next;
    }
  }
  countType(batch, from, startOf(FIXED_REGISTERS), type);
}
