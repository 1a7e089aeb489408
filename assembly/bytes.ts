/** The memory's own speed, for benches to hold the kernels against. */

/** Fills `count` bytes, as fast as the engine's memory.fill does. */
export function fillBytes(out: usize, value: u32, count: u32): void {
  memory.fill(out, u8(value), usize(count));
}
