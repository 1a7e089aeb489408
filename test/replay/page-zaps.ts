/** Which pages an MTRR write zaps, by the sources' behaviour. */

const FIXED: readonly (readonly [number, number, number])[] = [
  [0x250, 0, 0x80],
  [0x258, 0x80, 0xa0],
  [0x259, 0xa0, 0xc0],
  [0x268, 0xc0, 0xc8],
  [0x269, 0xc8, 0xd0],
  [0x26a, 0xd0, 0xd8],
  [0x26b, 0xd8, 0xe0],
  [0x26c, 0xe0, 0xe8],
  [0x26d, 0xe8, 0xf0],
  [0x26e, 0xf0, 0xf8],
  [0x26f, 0xf8, 0x100],
];

/** Whether a page is zapped; undefined: nothing is, and no zap is counted. */
export type Zapped = ((page: number) => boolean) | undefined;

/**
 * update_mtrr(): DEF_TYPE always zaps everything, others with E=1 alone; a fixed register (FE=1) its ranges, a variable
 * one the range that it names now. KVM sets a mask's high bits when it is written: one that never was ends the range
 * at 0.
 *
 * @param msrs - after the write
 */
export function zappedByMtrr(msrs: ReadonlyMap<number, bigint>, msr: number, maxphyaddr: number): Zapped {
  if (msr === 0x2ff) return () => true;
  const defType = msrs.get(0x2ff) ?? 0n;
  if ((defType & 0x800n) === 0n) return undefined;
  const fixed = FIXED.find(([number]) => number === msr);
  if (fixed) {
    if ((defType & 0x400n) === 0n) return undefined;
    return (page) => page >= fixed[1] && page < fixed[2];
  }
  if (msr < 0x200 || msr > 0x20f) return undefined;
  const index = msr >> 1;
  const base = msrs.get(index * 2) ?? 0n;
  const mask = msrs.get(index * 2 + 1);
  if (mask === undefined) return () => false;
  const space = (1n << BigInt(maxphyaddr)) - 1n;
  const first = base >> 12n;
  const last = ((base & ~0xfffn) | (space & ~(mask & ~0xfffn))) >> 12n;
  return (page) => BigInt(page) >= first && BigInt(page) <= last;
}
