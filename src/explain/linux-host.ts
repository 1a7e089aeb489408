/**
 * What Linux makes of a machine's MTRRs when a driver maps memory: ioremap, ioremap_wc, a WB mapping (memremap,
 * ioremap_cache), and how large its pages may be. arch/x86/mm/pat/memtype.c, `memtype_reserve` and `pat_x_mtrr_type`;
 * arch/x86/mm/pgtable.c, `pmd_set_huge` and `pud_set_huge`; what an access then gets, by the manual's table.
 */
import { LEAF_FRAMES, regionOf } from '../ranges.ts';
import {
  type GfnRange,
  type Level,
  type MtrrType,
  type PatType,
  UC_MINUS,
  UNDEFINED,
  WB,
  WC,
} from '../types.ts';
import { type GuestRegisters, guestRegisters, type Vcpu } from '../vm/index.ts';
import { combinedType } from './access.ts';
import { LINUX_LOOKUPS, type LinuxLookup, linuxEdges, linuxLookup, type RegionType } from './linux-lookup.ts';
import { manualStory } from './manual.ts';
import { nextMatchEdge } from './matching.ts';

/** A kind of mapping. */
export interface LinuxMapping {
  /** Type of the page-table entry that Linux writes. */
  readonly granted: PatType;
  /** What an access gets: that type with the MTRR's; -1 where the manual leaves the MTRR type undefined. */
  readonly gets: MtrrType;
}

/** The aligned region of a huge page around the frame. */
export interface LinuxRegion extends RegionType {
  readonly level: 2 | 3;
  readonly range: GfnRange;
  /** Whether Linux maps it by one huge page. */
  readonly isHuge: boolean;
}

/** What one Linux makes of a frame. */
export interface LinuxReading {
  readonly lookup: LinuxLookup;
  /** Its MTRR type; -1 where it says that it has none. */
  readonly type: MtrrType;
  /** A request to map WB: another MTRR type makes it UC-. */
  readonly writeBack: LinuxMapping;
  /** 2M and 1G. */
  readonly regions: readonly LinuxRegion[];
  /** The largest page of a mapping that covers the regions. */
  readonly level: Level;
}

/** What Linux makes of a machine's frame. */
export interface HostLinuxStory {
  /** The ISA hole: mapped WB in the page tables whatever is asked. */
  readonly isUntracked: boolean;
  /** The MTRR type by the manual, which the CPU goes by. */
  readonly type: MtrrType;
  readonly ioremap: LinuxMapping;
  readonly ioremapWc: LinuxMapping;
  /** By release. */
  readonly readings: readonly LinuxReading[];
}

/** Frames of a machine of which all that {@link hostLinuxStory} tells but the regions is one and the same. */
export interface HostLinuxStretch extends GfnRange {
  readonly story: HostLinuxStory;
}

function mappingOf(type: MtrrType, granted: PatType): LinuxMapping {
  return { granted, gets: type === UNDEFINED ? UNDEFINED : combinedType(type, granted) };
}

function regionStory(lookup: LinuxLookup, registers: GuestRegisters, gfn: number, level: 2 | 3): LinuxRegion {
  const range = regionOf(gfn, level);
  const found = linuxLookup(lookup, registers, range);
  // Up to 6.4 WB will do as well, and so do MTRRs that are off; from 6.5 on uniform is all that is asked.
  const isHuge =
    found.isUniform || (lookup === 'linux-6.4' && (found.type === WB || found.type === UNDEFINED));
  return { ...found, level, range, isHuge };
}

function readingOf(
  lookup: LinuxLookup,
  registers: GuestRegisters,
  gfn: number,
  manual: MtrrType,
  isUntracked: boolean,
): LinuxReading {
  const { type } = linuxLookup(lookup, registers, { start: gfn, end: gfn + 1 });
  const regions = ([2, 3] as const).map((level) => regionStory(lookup, registers, gfn, level));
  return {
    lookup,
    type,
    writeBack: mappingOf(manual, isUntracked || type === WB ? WB : UC_MINUS),
    regions,
    level: regions.findLast(({ isHuge }) => isHuge)?.level ?? 1,
  };
}

/** `is_ISA_range`: what Linux keeps no types of. */
const UNTRACKED: GfnRange = { start: 0xa0, end: 0x100 };

function storyAt(registers: GuestRegisters, gfn: number): HostLinuxStory {
  const isUntracked = gfn >= UNTRACKED.start && gfn < UNTRACKED.end;
  const { type } = manualStory(registers, gfn);
  return {
    isUntracked,
    type,
    ioremap: mappingOf(type, isUntracked ? WB : UC_MINUS),
    ioremapWc: mappingOf(type, isUntracked ? WB : WC),
    readings: LINUX_LOOKUPS.map((lookup) => readingOf(lookup, registers, gfn, type, isUntracked)),
  };
}

/**
 * What Linux on a machine makes of a frame.
 *
 * @param machine - its registers; of which kind its memory is does not count, though Linux refuses to ioremap RAM
 * @param gfn - frame number, inside the space
 * @returns what mappings get, and how large their pages may be
 * @example
 * const machine = vcpu({ maxphyaddr: 36, msrs: { 0x2ff: 0x806n } });
 * hostLinuxStory(machine, 0x100).ioremap; // { granted: 7, gets: 0 }
 */
export function hostLinuxStory(machine: Vcpu, gfn: number): HostLinuxStory {
  return storyAt(guestRegisters(machine), gfn);
}

function keyOf({ type, isUntracked, readings }: HostLinuxStory): string {
  return JSON.stringify([type, isUntracked, readings.map((one) => [one.type, one.level])]);
}

/** The next frame above `gfn` at which a register starts or stops to count for anybody. */
function nextEdge(registers: GuestRegisters, edges: readonly number[], gfn: number): number {
  let end = edges.find((edge) => gfn < edge) ?? registers.frames;
  if (gfn < UNTRACKED.start) end = Math.min(end, UNTRACKED.start);
  else if (gfn < UNTRACKED.end) end = Math.min(end, UNTRACKED.end);
  for (const pair of registers.variable) {
    if (!pair.isEnabled) continue;
    end = Math.min(end, nextMatchEdge(pair, gfn, registers) ?? end);
  }
  return end;
}

/** The end of what is told at `gfn`: whole regions between two edges are all alike. */
function endOf(gfn: number, edge: number): number {
  for (const level of [3, 2] as const) {
    const frames = LEAF_FRAMES[level];
    if (gfn % frames !== 0) continue;
    const whole = edge - (edge % frames);
    // Small regions end with the large one that they lie in.
    if (whole > gfn) return level === 3 ? whole : Math.min(whole, regionOf(gfn, 3).end);
  }
  return Math.min(edge, regionOf(gfn, 2).end);
}

/**
 * A range of a machine cut into stretches of which Linux makes the same, ascending, lazily.
 *
 * @param machine - its registers
 * @param range - half-open frames; default the whole space
 * @returns stretches that cover the range; the regions of a story are those of its first frame
 * @example
 * const machine = vcpu({ maxphyaddr: 36, msrs: { 0x2ff: 0x806n } });
 * [...hostLinuxStretches(machine)].map(({ start }) => start); // [0, 0xa0, 0x100]
 */
export function* hostLinuxStretches(
  machine: Vcpu,
  range?: GfnRange,
): Generator<HostLinuxStretch, void, undefined> {
  const registers = guestRegisters(machine);
  const edges = linuxEdges(registers);
  const { start, end } = range ?? { start: 0, end: registers.frames };
  let current: { start: number; end: number; story: HostLinuxStory } | undefined;
  for (let gfn = start; gfn < end; ) {
    const story = storyAt(registers, gfn);
    const next = Math.min(end, endOf(gfn, nextEdge(registers, edges, gfn)));
    if (current && keyOf(current.story) === keyOf(story)) current.end = next;
    else {
      if (current) yield current;
      current = { start: gfn, end: next, story };
    }
    gfn = next;
  }
  if (current) yield current;
}
