/** Checks of what the host hands over in bulk; no rule of memory types is in here. */

/** All bits set in both halves where two numbers are whole and in [0, limit). */
function areFrames(pair: v128, limit: v128): v128 {
  const inside = v128.and(v128.ge<f64>(pair, v128.splat<f64>(0)), v128.lt<f64>(pair, limit));
  return v128.and(inside, v128.eq<f64>(v128.floor<f64>(pair), pair));
}

/**
 * Index of the first number of a list (f64) that is no frame of a space, `count` where all are.
 *
 * @param frames - frames of the space
 */
export function firstBadFrame(list: usize, count: u32, frames: f64): u32 {
  const limit = v128.splat<f64>(frames);
  let i: u32 = 0;
  // Eight at a time, then one by one from the first eight with a bad one in them.
  for (; i + 8 <= count; i += 8) {
    const at = list + (i << 3);
    const low = v128.and(areFrames(v128.load(at), limit), areFrames(v128.load(at, 16), limit));
    const high = v128.and(areFrames(v128.load(at, 32), limit), areFrames(v128.load(at, 48), limit));
    if (!v128.all_true<u64>(v128.and(low, high))) break;
  }
  for (; i < count; i++) {
    const one = load<f64>(list + (i << 3));
    if (!(one >= 0 && one < frames && Math.floor(one) == one)) break;
  }
  return i;
}
