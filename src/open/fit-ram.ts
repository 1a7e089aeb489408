/** What a memory map asks of the MTRRs: RAM is WB, devices are not cached. */
import type { MemoryMap } from '../check/index.ts';
import { InputRangeError } from '../errors.ts';
import {
  type AcceptedTypes,
  ANY_TYPE,
  accepting,
  type WantedMap,
  type WantedStretch,
  wantedMap,
} from '../fit/index.ts';
import { FOUR_GIB } from '../ranges.ts';
import { type GfnRange, UC, WB } from '../types.ts';
import { frameCount } from '../vm/index.ts';

/** Conventional memory ends here, 640 KiB: what firmware keeps for itself below is RAM. */
const CONVENTIONAL_END = 0xa0;
/** Behind the VGA window there are ROMs, which may be cached or not. */
const VGA_END = 0xc0;
const ONE_MIB = 0x100;

function holds(ranges: readonly GfnRange[], gfn: number): boolean {
  return ranges.some(({ start, end }) => gfn >= start && gfn < end);
}

/**
 * The wanted map: RAM WB; devices, the VGA window and all that nothing speaks of as `rest` says; and any type for
 * what firmware keeps for itself between stretches of RAM below 4 GiB, and for ROMs below 1 MiB.
 *
 * @param memory - of {@link memoryOfFacts}
 * @param maxphyaddr - address bits
 * @param rest - what else may have
 * @param tom2End - end of the frames from 4 GiB on that an AMD machine says are DRAM; nothing else lies there
 * @returns the map
 * @throws InputError where nothing says what is RAM
 * @example
 * const memory = { ram: [{ start: 0, end: 0x8000 }], described: [], mmio: [] };
 * wantedOfRam(memory, 36, ANY_TYPE).stretches[0].accepted === accepting([6]); // true
 */
export function wantedOfRam(
  memory: MemoryMap,
  maxphyaddr: number,
  rest: AcceptedTypes,
  tom2End = FOUR_GIB,
): WantedMap {
  if (!memory.ram || memory.ram.length === 0) {
    throw new InputRangeError(
      'ram',
      'nothing says what is RAM: --ram FILE takes dmesg, or /proc/iomem (as root)',
    );
  }
  const { ram, mmio } = memory;
  const frames = frameCount(maxphyaddr);
  const lowEnd = Math.max(0, ...ram.filter(({ end }) => end <= FOUR_GIB).map(({ end }) => end));
  const acceptedAt = (gfn: number): AcceptedTypes | undefined => {
    if (holds(ram, gfn)) return accepting([WB]);
    if (holds(mmio, gfn)) return accepting([UC]);
    if (gfn < CONVENTIONAL_END) return ANY_TYPE;
    if (gfn < VGA_END) return accepting([UC]);
    const isDram = gfn < lowEnd || (gfn >= FOUR_GIB && gfn < tom2End);
    return gfn < ONE_MIB || isDram ? ANY_TYPE : undefined;
  };
  const edges = [0, CONVENTIONAL_END, VGA_END, ONE_MIB, lowEnd, FOUR_GIB, tom2End, frames];
  for (const { start, end } of [...ram, ...mmio]) edges.push(start, end);
  const cuts = [...new Set(edges)].filter((edge) => edge <= frames).sort((a, b) => a - b);
  const ranges = cuts.slice(1).flatMap((end, index): WantedStretch[] => {
    const start = cuts[index]!;
    const accepted = acceptedAt(start);
    return accepted === undefined ? [] : [{ start, end, accepted }];
  });
  return wantedMap(maxphyaddr, ranges, rest);
}
