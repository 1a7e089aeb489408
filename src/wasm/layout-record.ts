/** Register writes as the records that `batch` reads, and back: assembly/batch/batch-layout.ts. */
import {
  FIXED_REGISTERS,
  LAYOUT_DEF_TYPE,
  LAYOUT_FIXED,
  LAYOUT_PAIRS,
  LAYOUT_PAT,
  LAYOUT_RANGES,
  LAYOUT_SIZE,
  LAYOUT_SYSCFG,
  LAYOUT_TOP_MEM2,
  PAIRS_MAX,
  PAIRS_UNKNOWN,
} from '../../assembly/batch/batch-layout.ts';
import type { MsrWrite } from '../vm/index.ts';

const MSR_DEF_TYPE = 0x2ff;
const MSR_PAT = 0x277;
const MSR_SYSCFG = 0xc0010010;
const MSR_TOP_MEM = 0xc001001a;
const MSR_TOP_MEM2 = 0xc001001d;
const MSR_PHYSBASE0 = 0x200;
/** The fixed-range registers, ascending by address. */
const FIXED_MSRS = [0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f] as const;
const PAT_RESET = 0x0007040600070406n;
const DEF_TYPE_FE = 0x400n;

/** Where in a record a register lies. */
const PLACES: ReadonlyMap<number, number> = new Map([
  [MSR_DEF_TYPE, LAYOUT_DEF_TYPE],
  [MSR_PAT, LAYOUT_PAT],
  [MSR_SYSCFG, LAYOUT_SYSCFG],
  [MSR_TOP_MEM2, LAYOUT_TOP_MEM2],
  ...FIXED_MSRS.map((msr, index) => [msr, LAYOUT_FIXED + 8 * index] as const),
  ...Array.from({ length: 2 * PAIRS_MAX }, (_, n) => [MSR_PHYSBASE0 + n, LAYOUT_RANGES + 8 * n] as const),
]);

/**
 * Writes a layout's record. One that a record cannot hold (a register that is written twice, or that it does not
 * know) is marked as such.
 *
 * @param at - LAYOUT_SIZE bytes
 */
export function putLayout(data: DataView, at: number, writes: readonly MsrWrite[]): void {
  for (let offset = 0; offset < LAYOUT_SIZE; offset += 8) data.setBigUint64(at + offset, 0n, true);
  data.setBigUint64(at + LAYOUT_PAT, PAT_RESET, true);
  const seen = new Set<number>();
  let pairs = 0;
  for (const { msr, value } of writes) {
    const place = PLACES.get(msr);
    if (msr === MSR_TOP_MEM) continue;
    if (place === undefined || seen.has(msr)) pairs = PAIRS_UNKNOWN;
    else {
      seen.add(msr);
      data.setBigUint64(at + place, value, true);
      if (place >= LAYOUT_RANGES) pairs = Math.max(pairs, 1 + ((msr - MSR_PHYSBASE0) >> 1));
    }
  }
  data.setUint32(at + LAYOUT_PAIRS, pairs, true);
}

/** The writes of a generated layout's record: fixed ranges if they are on, pairs, TOM2 if it is there, DEF_TYPE. */
export function writesOf(data: DataView, at: number): readonly MsrWrite[] {
  const word = (offset: number): bigint => data.getBigUint64(at + offset, true);
  const defType = word(LAYOUT_DEF_TYPE);
  const pairs = data.getUint32(at + LAYOUT_PAIRS, true);
  const writes: MsrWrite[] = [];
  const add = (msr: number, offset: number): void => void writes.push({ msr, value: word(offset) });
  if ((defType & DEF_TYPE_FE) !== 0n) {
    for (let n = 0; n < FIXED_REGISTERS; n++) add(FIXED_MSRS[n]!, LAYOUT_FIXED + 8 * n);
  }
  for (let n = 0; n < 2 * pairs; n++) add(MSR_PHYSBASE0 + n, LAYOUT_RANGES + 8 * n);
  if (word(LAYOUT_SYSCFG) !== 0n) {
    add(MSR_SYSCFG, LAYOUT_SYSCFG);
    add(MSR_TOP_MEM2, LAYOUT_TOP_MEM2);
  }
  add(MSR_DEF_TYPE, LAYOUT_DEF_TYPE);
  return writes;
}
