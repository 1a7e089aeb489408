/** EPT types and 4 KiB entries of many frames, from the SIMD lookup's types. */
import { HOST_END, HOST_START, HOST_TYPE, MMIO_END, MMIO_START } from '../layout';
import { DEPENDS_ON_MTRR, frameIndependent, hasUcMmio, IPAT } from './combine';
import { addressBits, slotBits, typeBits } from './entry';
import { hostAt, mergedType, mergesHost } from './host';
import { writeMtrrTypesSimd } from './lookup-simd';
import { isNested } from './npt';
import { mmioAt, slotEdge, slotOf } from './slots';
import { BATCH_FRAMES, STATE_TYPES } from './state-layout';
import { UC } from './types';

/** Writes UC over the types of frames that are MMIO. */
function overlayMmio(state: usize, first: u64, end: u64, out: usize): void {
  let gfn = first;
  while (gfn < end) {
    const range = mmioAt(state, gfn);
    if (range == 0) return;
    const from = max(load<u64>(range, MMIO_START), gfn);
    const to = min(load<u64>(range, MMIO_END), end);
    if (from >= to) return;
    memory.fill(out + usize(from - first), u8(UC), usize(to - from));
    gfn = to;
  }
}

/** Merges the host's types into the guest's. */
function mergeHost(state: usize, first: u64, end: u64, out: usize): void {
  let gfn = first;
  while (gfn < end) {
    const stretch = hostAt(state, gfn);
    if (stretch == 0) return;
    const from = max(load<u64>(stretch, HOST_START), gfn);
    const to = min(load<u64>(stretch, HOST_END), end);
    const host = load<u32>(stretch, HOST_TYPE);
    for (let frame = from; frame < to; frame++) {
      const at = out + usize(frame - first);
      store<u8>(at, u8(mergedType(load<u8>(at), host)));
    }
    gfn = max(from, to);
  }
}

/** Types of frames that the MTRRs decide, MMIO apart. */
function writeDecidedTypes(state: usize, first: u64, count: u32, out: usize): void {
  writeMtrrTypesSimd(state, first, count, out);
  if (mergesHost(state)) mergeHost(state, first, first + u64(count), out);
}

/** Writes the EPT memory types of `count` frames, a byte each; may write TYPES_SLACK bytes more. */
export function writeTypesSimd(state: usize, first: u64, count: u32, out: usize): void {
  const type = frameIndependent(state);
  if (type == DEPENDS_ON_MTRR) writeDecidedTypes(state, first, count, out);
  else memory.fill(out, u8(type & ~IPAT), count);
  if (hasUcMmio(state)) overlayMmio(state, first, first + u64(count), out);
}

/** Bit of IPAT beside a type in one byte. */
const IPAT_BIT: u32 = 8;

/** As writeTypesSimd, with IPAT in bit 3 of what is defined. */
export function writeEptSimd(state: usize, first: u64, count: u32, out: usize): void {
  const type = frameIndependent(state);
  if (type == DEPENDS_ON_MTRR) writeDecidedTypes(state, first, count, out);
  else memory.fill(out, u8((type & ~IPAT) | (type & IPAT ? IPAT_BIT : 0)), count);
  if (hasUcMmio(state)) overlayMmio(state, first, first + u64(count), out);
}

/** Bits 7:0 of an entry by type (0xff counts as 7), for `i8x16.swizzle`; nested ones have no type. */
function lowByteTable(bits: u64, hasTypes: bool): v128 {
  if (!hasTypes) return i8x16.splat(i8(bits & 0xff));
  const identity = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0, 0, 0, 0, 0);
  return v128.or(i16x8.shl(identity, 3), i8x16.splat(i8(bits & 0xff)));
}

/** Writes entries from types: two at a time, each the running address with the type's low byte. */
function writeEntries(types: usize, table: v128, address: v128, step: v128, out: usize, outEnd: usize): void {
  const seven = i8x16.splat(7);
  let running = address;
  for (; out < outEnd; out += 128) {
    const low = i8x16.swizzle(table, i8x16.min_u(v128.load(types), seven));
    const a = i16x8.extend_low_i8x16_u(low);
    const b = i16x8.extend_high_i8x16_u(low);
    const a0 = i32x4.extend_low_i16x8_u(a);
    const a1 = i32x4.extend_high_i16x8_u(a);
    const b0 = i32x4.extend_low_i16x8_u(b);
    const b1 = i32x4.extend_high_i16x8_u(b);
    v128.store(out, v128.or(running, i64x2.extend_low_i32x4_u(a0)));
    running = i64x2.add(running, step);
    v128.store(out, v128.or(running, i64x2.extend_high_i32x4_u(a0)), 16);
    running = i64x2.add(running, step);
    v128.store(out, v128.or(running, i64x2.extend_low_i32x4_u(a1)), 32);
    running = i64x2.add(running, step);
    v128.store(out, v128.or(running, i64x2.extend_high_i32x4_u(a1)), 48);
    running = i64x2.add(running, step);
    v128.store(out, v128.or(running, i64x2.extend_low_i32x4_u(b0)), 64);
    running = i64x2.add(running, step);
    v128.store(out, v128.or(running, i64x2.extend_high_i32x4_u(b0)), 80);
    running = i64x2.add(running, step);
    v128.store(out, v128.or(running, i64x2.extend_low_i32x4_u(b1)), 96);
    running = i64x2.add(running, step);
    v128.store(out, v128.or(running, i64x2.extend_high_i32x4_u(b1)), 112);
    running = i64x2.add(running, step);
    types += 16;
  }
}

/** MMIO entries have no IPAT: clears it, bit 6, in the entries of frames that are MMIO. */
function clearMmioIpat(state: usize, first: u64, end: u64, out: usize): void {
  let gfn = first;
  while (gfn < end) {
    const range = mmioAt(state, gfn);
    if (range == 0) return;
    const from = max(load<u64>(range, MMIO_START), gfn);
    const to = min(load<u64>(range, MMIO_END), end);
    for (let frame = from; frame < to; frame++) {
      const entry = out + (usize(frame - first) << 3);
      store<u8>(entry, load<u8>(entry) & 0xbf);
    }
    gfn = max(from, to);
  }
}

/**
 * Writes 4 KiB entries of `count` frames, 8 bytes each, 0 where no slot maps the frame. May write up to 15
 * entries more than that.
 */
export function writeEntriesSimd(state: usize, first: u64, count: u32, out: usize): void {
  const end = first + u64(count);
  const type = frameIndependent(state);
  const ipat = type != DEPENDS_ON_MTRR && (type & IPAT) != 0;
  const step = i64x2.splat(0x2000);
  const types = state + STATE_TYPES;
  let gfn = first;
  while (gfn < end) {
    const slot = slotOf(state, gfn);
    const stop = min(min(end, gfn + BATCH_FRAMES), slotEdge(state, gfn));
    const frames = usize(stop - gfn);
    const outEnd = out + (frames << 3);
    if (slot == 0) memory.fill(out, 0, frames << 3);
    else {
      writeTypesSimd(state, gfn, u32(frames), types);
      const bits = slotBits(state, slot) | (ipat ? typeBits(IPAT) : 0);
      const start = (bits & ~(<u64>0xff)) | addressBits(slot, gfn);
      const address = i64x2.add(i64x2.splat(i64(start)), i64x2(0, 0x1000));
      writeEntries(types, lowByteTable(bits, !isNested(state)), address, step, out, outEnd);
      if (ipat && hasUcMmio(state)) clearMmioIpat(state, gfn, stop, out);
    }
    out = outEnd;
    gfn = stop;
  }
}
