/** The memory's own speed, for benches to hold the kernels against. */

/** Fills `count` bytes, as fast as the engine's memory.fill does. */
export function fillBytes(out: usize, value: u32, count: u32): void {
  memory.fill(out, u8(value), usize(count));
}

/** Stores a constant 16 bytes at a time, the widest that Wasm has: what no kernel of entries can beat. */
export function storeVectors(out: usize, value: u32, count: u32): void {
  const end = out + usize(count & ~127);
  const each = i32x4.splat(i32(value));
  for (let at = out; at < end; at += 128) {
    v128.store(at, each);
    v128.store(at, each, 16);
    v128.store(at, each, 32);
    v128.store(at, each, 48);
    v128.store(at, each, 64);
    v128.store(at, each, 80);
    v128.store(at, each, 96);
    v128.store(at, each, 112);
  }
}
