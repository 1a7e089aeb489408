/** What a layout has beside its ranges: the default and the switches, fixed ranges, TOM2. */
import {
  BATCH_LAYOUT,
  BATCH_SEED,
  BATCH_WORDS,
  FIXED_REGISTERS,
  KIND_FIXED,
  LAYOUT_DEF_TYPE,
  LAYOUT_FIXED,
  LAYOUT_SYSCFG,
  LAYOUT_TOP_MEM2,
} from './batch-layout';
import { BLOCKS, writeBlocks } from './philox';

const DEF_TYPE_E: u64 = 0x800;
const DEF_TYPE_FE: u64 = 0x400;
/** SYSCFG: MtrrTom2En and Tom2ForceMemTypeWB. */
const TOM2_ENABLE: u64 = 1 << 21;
const TOM2_FORCE_WB: u64 = 1 << 22;
/** Top of memory: below 64 GiB. */
const TOM2_FRAMES: u64 = 1 << 24;
/** A type in all eight bytes. */
const EIGHT: u64 = 0x0101010101010101;
const TYPES: u64 = 0x65410;
/** First block of the words that the fixed ranges take. */
const FIXED_BLOCK: u32 = 8;
/** Registers of 0..0x9ffff, 0xa0000..0xbffff, and the eight from 0xc0000 on. */
const FIRST_OPTION_ROM: u32 = 3;

function putFixed(layout: usize, register: u32, value: u64): void {
  store<u64>(layout + (register << 3), value, LAYOUT_FIXED);
}

/** Firmware: on, and in three of four layouts WB below 640 KiB, UC below 768 KiB, then WP, WB or UC. */
export function writeSwitches(layout: usize, head: u64, defaultType: u64): void {
  store<u64>(layout, 0, LAYOUT_SYSCFG);
  store<u64>(layout, 0, LAYOUT_TOP_MEM2);
  const isFixed = ((head >> 53) & 3) != 0;
  store<u64>(layout, defaultType | DEF_TYPE_E | (isFixed ? DEF_TYPE_FE : 0), LAYOUT_DEF_TYPE);
  const style = (head >> 55) & 3;
  const rom: u64 = style < 2 ? 5 : style == 2 ? 6 : 0;
  for (let register: u32 = 0; register < u32(FIXED_REGISTERS); register++) {
    const type: u64 = register >= FIRST_OPTION_ROM ? rom : register == 2 ? 0 : 6;
    putFixed(layout, register, isFixed ? type * EIGHT : 0);
  }
}

/** Types of eight fixed ranges, or one for all of them, from a word. */
function anyTypes(word: u64, isOne: bool): u64 {
  let value: u64 = 0;
  for (let byte: u64 = 0; byte < 8; byte++) {
    const draw = isOne ? word & 0xff : (word >> (byte << 3)) & 0xff;
    value |= ((TYPES >> (((draw * 5) >> 8) << 2)) & 15) << (byte << 3);
  }
  return value;
}

/** Elsewhere: on in 31 of 32 layouts, with fixed ranges in one of four, of any type. */
export function putDefType(batch: usize, index: u64, kind: u32, head: u64, defaultType: u64): void {
  const layout = batch + BATCH_LAYOUT;
  const words = batch + BATCH_WORDS;
  const isOn = ((head >> 48) & 31) != 0;
  const isFixed = kind == KIND_FIXED || ((head >> 53) & 3) == 0;
  store<u64>(layout, defaultType | (isOn ? DEF_TYPE_E : 0) | (isFixed ? DEF_TYPE_FE : 0), LAYOUT_DEF_TYPE);
  if (isFixed) {
    for (let block = FIXED_BLOCK; block < FIXED_BLOCK + (FIXED_REGISTERS + 1) / 2; block += BLOCKS) {
      writeBlocks(load<u64>(batch, BATCH_SEED), index, block, kind, words + (block << 4));
    }
  }
  const ones = load<u64>(words, 8);
  for (let register: u32 = 0; register < u32(FIXED_REGISTERS); register++) {
    const word = load<u64>(words + (FIXED_BLOCK << 4) + (register << 3));
    putFixed(layout, register, isFixed ? anyTypes(word, ((ones >> register) & 1) != 0) : 0);
  }
}

/** AMD's top of memory: force-WB in seven of eight layouts that have one. */
export function putTom2(layout: usize, isThere: bool, head: u64, second: u64, bits: u64): void {
  const force = ((head >> 58) & 7) != 0 ? TOM2_FORCE_WB : 0;
  const top = (second >> 24) & (((<u64>1) << bits) - 1) & (TOM2_FRAMES - 1);
  store<u64>(layout, isThere ? TOM2_ENABLE | force : 0, LAYOUT_SYSCFG);
  store<u64>(layout, isThere ? top << 12 : 0, LAYOUT_TOP_MEM2);
}
