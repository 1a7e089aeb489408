/** Checks of what the host hands over in bulk; no rule of memory types is in here. */

/**
 * Index of the first number of a list (f64) that is no frame of a space, `count` where all are.
 *
 * @param frames - frames of the space
 */
export function firstBadFrame(list: usize, count: u32, frames: f64): u32 {
  const zero = v128.splat<f64>(0);
  const limit = v128.splat<f64>(frames);
  let i: u32 = 0;
  for (; i + 2 <= count; i += 2) {
    const pair = v128.load(list + (i << 3));
    const inside = v128.and(v128.ge<f64>(pair, zero), v128.lt<f64>(pair, limit));
    const whole = v128.eq<f64>(v128.floor<f64>(pair), pair);
    if (!v128.all_true<u64>(v128.and(inside, whole))) break;
  }
  for (; i < count; i++) {
    const one = load<f64>(list + (i << 3));
    if (!(one >= 0 && one < frames && Math.floor(one) == one)) break;
  }
  return i;
}
