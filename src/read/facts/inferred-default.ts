/**
 * What the default type must be where no line states it. Each answer rests on what firmware and Linux do, and says so;
 * where they leave it open there is none.
 */

import {
  byteOf,
  isMaskValid,
  MOST_VARIABLE_RANGES,
  MSR_SYSCFG,
  PAGE_BITS,
  physBase,
  physMask,
} from '../../msr/index.ts';
import { UC, WB } from '../../types.ts';
import { hexText } from '../../words.ts';
import { tornOf } from './evidence-list.ts';
import type { Facts, Place, RamRange, RegisterFact } from './facts.ts';

/** A variable range whose mask has no holes, `end` exclusive. */
interface PlainRange {
  readonly start: bigint;
  readonly end: bigint;
  readonly type: number;
}

/** A default type with its reason. */
export interface InferredDefault {
  readonly type: typeof UC | typeof WB;
  readonly why: string;
  readonly at?: Place;
  /** AMD's TOM2, the end of the RAM that is WB from 4 GiB on; where the default type alone does not explain the map. */
  readonly tom2?: bigint;
}

const ONE_MIB = 1n << 20n;
const FOUR_GIB = 1n << 32n;
/** TOM2 counts from bit 23 on. */
const TOM2_UNIT = 1n << 23n;

/** The TOM2 that RAM up to an address, inclusive, needs. */
function tom2Above(end: bigint): bigint {
  return ((end + TOM2_UNIT) / TOM2_UNIT) * TOM2_UNIT;
}

/** Ranges that are on; undefined where one's mask is not told, or has holes, so that it is no interval. */
function plainRanges(registers: ReadonlyMap<number, RegisterFact>): readonly PlainRange[] | undefined {
  const ranges: PlainRange[] = [];
  for (let index = 0; index < MOST_VARIABLE_RANGES; index++) {
    const base = registers.get(physBase(index));
    const mask = registers.get(physMask(index));
    if (!base) continue;
    if (!mask) return undefined;
    if (!isMaskValid(mask.value)) continue;
    const compared = mask.value & ~PAGE_BITS;
    const size = compared & -compared;
    if (size === 0n) return undefined;
    // Above the lowest bit that is compared, all of them are, up to the last address bit.
    const above = compared / size;
    if ((above & (above + 1n)) !== 0n) return undefined;
    const start = base.value & compared;
    ranges.push({ start, end: start + size, type: byteOf(base.value, 0) });
  }
  return ranges;
}

/** Of RAM, `end` inclusive. */
interface Stretch {
  readonly start: bigint;
  readonly end: bigint;
  readonly at: Place;
}

/** The first stretch of each piece of System RAM, from 1 MiB on, that lies in no range. */
function uncovered(ram: readonly RamRange[], ranges: readonly PlainRange[]): readonly Stretch[] {
  const sorted = [...ranges].sort((a, b) => Number(a.start - b.start));
  const stretches: Stretch[] = [];
  for (const { start, end, at } of ram) {
    let next = start < ONE_MIB ? ONE_MIB : start;
    for (const range of sorted) {
      if (range.end <= next) continue;
      if (range.start > next) break;
      next = range.end;
    }
    if (next <= end) stretches.push({ start: next, end, at });
  }
  return stretches;
}

/**
 * What Linux keeps as RAM is cached: under a default of UC it takes RAM out of use that no WB range covers.
 *
 * @param left - System RAM that no range covers, at least one stretch
 */
function fromSystemRam(
  facts: Facts,
  ranges: readonly PlainRange[],
  left: readonly Stretch[],
): InferredDefault | undefined {
  const { start, end, at } = left[0]!;
  const where = `${hexText(start)}-${hexText(end)}`;
  const kept = `Linux kept ${where} as System RAM, which no range covers: under a default of UC it takes such RAM out of use`;
  const hasHole = ranges.some(({ type }) => type === UC);
  const isHoleInDefault = hasHole && ranges.every(({ type }) => type === UC || type === WB);
  const vendor = facts.vendor?.name;
  // TOM2 explains RAM above 4 GiB alone, on an AMD machine alone.
  if (left.some((stretch) => stretch.start < FOUR_GIB) || (isHoleInDefault && vendor !== 'amd')) {
    return { type: WB, why: kept, at };
  }
  if (vendor === 'intel') return undefined;
  const tom2 = tom2Above(left.at(-1)!.end);
  const devices = hasHole
    ? 'firmware of AMD machines leaves it at UC'
    : 'no range is UC, so that devices are UC by default';
  return {
    type: UC,
    why: `${devices}; ${kept}, unless AMD's TOM2, ${hexText(tom2)}, makes it WB`,
    at,
    tom2,
  };
}

/**
 * The default type that follows from what a text says.
 *
 * @param facts - of all texts
 * @param registers - of one CPU
 * @returns undefined where both UC and WB are possible
 */
export function inferredDefault(
  facts: Facts,
  registers: ReadonlyMap<number, RegisterFact>,
): InferredDefault | undefined {
  const lost = facts.complaints.find(({ kind }) => kind === 'ram-lost');
  if (lost) {
    return {
      type: UC,
      why: 'Linux gives RAM up for want of WB ranges under a default of UC alone',
      at: lost.at,
    };
  }
  const implied = facts.silences.find(({ subject, implies }) => subject === 'default-type' && implies === UC);
  if (implied) return { type: UC, why: implied.reason, at: implied.at };
  if (tornOf(facts).some(({ subject }) => subject === 'variable-ranges')) return undefined;
  const ranges = plainRanges(registers);
  if (!ranges || ranges.length === 0) return undefined;
  if (!ranges.some(({ type }) => type === WB)) {
    return { type: WB, why: 'no range is WB: under any other default the whole machine would run uncached' };
  }
  const ram = facts.ram.filter(({ source, kind }) => source === 'iomem' && kind === 'ram');
  const left = uncovered(ram, ranges);
  if (left.length > 0) return fromSystemRam(facts, ranges, left);
  if (ranges.some(({ type }) => type === UC)) return undefined;
  return { type: UC, why: 'under a default of WB the WB ranges would do nothing' };
}

/** TOM2 with its reason. */
export interface InferredTom2 {
  readonly tom2: bigint;
  readonly why: string;
  readonly at: Place;
}

/**
 * AMD's TOM2 as coreboot leaves it: its map of the address space has RAM above 4 GiB, and all ranges that it wrote lie
 * below (`x86_setup_mtrrs_with_detect_no_above_4gb`).
 *
 * @param facts - of all texts
 * @param registers - of one CPU, whose default type is read
 * @returns undefined where a range says something of that RAM, or the text is of another kind
 */
export function corebootTom2(
  facts: Facts,
  registers: ReadonlyMap<number, RegisterFact>,
): InferredTom2 | undefined {
  const map = facts.maps.find(({ tool }) => tool === 'coreboot');
  const high = map?.ranges.filter(({ start, type }) => type === WB && start >= FOUR_GIB) ?? [];
  const isLeftOut =
    facts.vendor?.name === 'intel' ||
    registers.has(MSR_SYSCFG) ||
    facts.complaints.some(({ kind }) => kind === 'ranges-short') ||
    tornOf(facts).some(({ subject }) => subject === 'variable-ranges');
  const [first] = high;
  if (!first || isLeftOut) return undefined;
  const ranges = plainRanges(registers);
  if (!ranges || ranges.length === 0 || ranges.some(({ end }) => end > FOUR_GIB)) return undefined;
  const [last] = high.map((range) => range.end).sort((a, b) => Number(b - a));
  const why =
    "coreboot's map has WB there and its ranges all lie below: it leaves RAM above 4 GiB to TOM2 on AMD machines alone";
  return { tom2: tom2Above(last!), why, at: first.at };
}
