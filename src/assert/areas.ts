/** From the area that a rule speaks of to frames of one machine. */

import type { MemoryMap, NamedRange } from '../check/input.ts';
import { clipped, FOUR_GIB, joined, without } from '../ranges.ts';
import type { GfnRange } from '../types.ts';
import { addresses } from '../words.ts';
import { namedArea } from './area-names.ts';
import type { Area, Extent } from './assertion.ts';

/** What a map says of a stretch beside RAM and devices. */
export type LayoutKind =
  | 'reserved'
  | 'acpi'
  | 'nvs'
  | 'rom'
  | 'persistent'
  | 'soft-reserved'
  | 'unusable'
  | 'other';

/** A stretch of the machine's map with its kind and the map's own word for it. */
export interface LayoutRange extends NamedRange {
  readonly kind: LayoutKind;
}

/** Everything that is known of where things lie. */
export interface MachineLayout {
  readonly memory: MemoryMap;
  /** Every stretch that any map names, RAM and devices included as `other`. */
  readonly named: readonly LayoutRange[];
  /** Whether a map was read that lists devices, so that none means that there are none. */
  readonly listsDevices: boolean;
  /** Whether it is a VM's config, not a dump of a machine. */
  readonly isGuest: boolean;
  readonly frames: number;
}

/** Frames of an area, or why there are none. */
export type Resolved =
  | { readonly ranges: readonly GfnRange[]; readonly note?: string }
  /** Nothing says where it is. */
  | { readonly unknown: string }
  /** The map says that there is none. */
  | { readonly none: string };

/** What chipsets decode to the boot flash at most: 16 MiB below 4 GiB (Intel PCH data sheets, "BIOS decode"). */
const FLASH_WINDOW = { start: FOUR_GIB - 0x1000, end: FOUR_GIB };

/** Every PC has RAM from 1 MiB on: a map that lists none below 4 GiB does not say where it ends. */
const LOW_MEGABYTE = 0x100;

const BRING_MAP =
  'bring --ram FILE (dmesg, /proc/iomem, info mtree -f), or name it in the assertions file (ranges:)';

function hasMap({ memory, named }: MachineLayout): boolean {
  return memory.ram !== undefined || memory.described.length > 0 || named.length > 0;
}

function ramIn(layout: MachineLayout, part: GfnRange, where: string): Resolved {
  const { ram } = layout.memory;
  if (ram === undefined) return { unknown: `nothing says what is RAM: ${BRING_MAP}` };
  const ranges = clipped(ram, part);
  return ranges.length > 0 ? { ranges } : { none: `the map lists no RAM${where}` };
}

function devices({ memory, listsDevices, isGuest }: MachineLayout): Resolved {
  if (memory.mmio.length > 0) return { ranges: joined(memory.mmio) };
  if (isGuest) {
    return {
      unknown: 'the config names no device memory (mmio:); "hole" is what lies below 4 GiB beside RAM',
    };
  }
  if (listsDevices) return { none: 'the map lists no devices' };
  return {
    unknown:
      'nothing says where devices are: bring --ram /proc/iomem or info mtree -f; "hole" needs only a RAM map',
  };
}

function hole(layout: MachineLayout): Resolved {
  const { ram, described } = layout.memory;
  const top = clipped(ram ?? [], { start: LOW_MEGABYTE, end: FOUR_GIB }).at(-1)?.end;
  if (top === undefined) return { unknown: `nothing says where RAM ends below 4 GiB: ${BRING_MAP}` };
  const found = flash(layout);
  const taken = [...described, ...('ranges' in found ? found.ranges : [])];
  const ranges = without([{ start: top, end: Math.min(FOUR_GIB, layout.frames) }], taken);
  return ranges.length > 0 ? { ranges } : { none: 'the map leaves nothing free between RAM and 4 GiB' };
}

function flash({ named, isGuest, memory }: MachineLayout): Resolved {
  const isKnown = ({ kind, end }: LayoutRange) => (kind === 'rom' || kind === 'reserved') && end === FOUR_GIB;
  const told = clipped(named.filter(isKnown), FLASH_WINDOW);
  const roms = clipped(
    named.filter(({ kind }) => kind === 'rom'),
    FLASH_WINDOW,
  );
  const ranges = joined([...told, ...roms]);
  if (ranges.length > 0) return { ranges, note: `flash is ${ranges.map(addresses).join(', ')} by the map` };
  if (isGuest) {
    return memory.ram === undefined
      ? { unknown: 'the config does not say where flash is: name it in the assertions file (ranges:)' }
      : { none: 'the config has no read-only slot below 4 GiB' };
  }
  return {
    ranges: [FLASH_WINDOW],
    note: `flash is taken for ${addresses(FLASH_WINDOW)}, the most that chipsets decode; ranges: can say otherwise`,
  };
}

function ofKinds(layout: MachineLayout, kinds: readonly LayoutKind[], what: string): Resolved {
  if (!hasMap(layout)) return { unknown: `nothing says where ${what} is: ${BRING_MAP}` };
  const ranges = joined(layout.named.filter(({ kind }) => kinds.includes(kind)));
  return ranges.length > 0 ? { ranges } : { none: `the map lists no ${what}` };
}

function ofPattern(layout: MachineLayout, pattern: string): Resolved {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const isMeant = new RegExp(`^${parts.join('.*')}$`, 'i');
  const ranges = joined(
    [...layout.named, ...layout.memory.mmio].filter(({ name }) => isMeant.test(name.trim())),
  );
  return ranges.length > 0 ? { ranges } : { unknown: `nothing in the map is called "${pattern}"` };
}

function resolvedArea(area: Area, layout: MachineLayout): Resolved {
  if (area.kind === 'addresses') return { ranges: joined(area.ranges) };
  if (area.kind === 'pattern') return ofPattern(layout, area.pattern);
  const fixed = namedArea(area.name)?.fixed;
  if (fixed) return { ranges: [fixed] };
  switch (area.name) {
    case 'ram':
      return ramIn(layout, { start: 0, end: layout.frames }, '');
    case 'low-ram':
      return ramIn(layout, { start: 0, end: FOUR_GIB }, ' below 4 GiB');
    case 'high-ram':
      return ramIn(layout, { start: FOUR_GIB, end: layout.frames }, ' from 4 GiB on');
    case 'mmio':
      return devices(layout);
    case 'hole':
      return hole(layout);
    case 'flash':
      return flash(layout);
    case 'acpi':
      return ofKinds(layout, ['acpi', 'nvs'], 'ACPI memory');
    default:
      return ofKinds(layout, [area.name as LayoutKind], `${area.name} memory`);
  }
}

/** The frames of an area with those left out taken away, ascending, disjoint, within the machine's space. */
export function resolved({ area, except }: Extent, layout: MachineLayout): Resolved {
  const whole = resolvedArea(area, layout);
  if (!('ranges' in whole)) return whole;
  // What is left out and not there leaves nothing out.
  const holes = except.flatMap((one) => {
    const found = resolvedArea(one, layout);
    return 'ranges' in found ? found.ranges : [];
  });
  const ranges = clipped(without(whole.ranges, holes), { start: 0, end: layout.frames });
  return ranges.length > 0 ? { ...whole, ranges } : { none: `nothing is left of ${area.name}` };
}
