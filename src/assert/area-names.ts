/** Names of what lies in memory, as rules use them: known of every PC, or told by the machine's map. */
import type { GfnRange } from '../types.ts';

/** A name with what it stands for. */
export interface NamedArea {
  readonly name: string;
  readonly title: string;
  /** Frames, where every PC has it in one place. */
  readonly fixed?: GfnRange;
  /** The name of which it is a part. */
  readonly within?: string;
}

/** Frames of the largest space, 52 address bits. */
const MOST_FRAMES = 2 ** 40;

/** All of them, in the order of the help. */
export const AREA_NAMES = [
  { name: 'ram', title: 'RAM, without the windows of devices and ROMs below 1 MiB' },
  { name: 'low-ram', title: 'RAM below 4 GiB', within: 'ram' },
  { name: 'high-ram', title: 'RAM from 4 GiB on', within: 'ram' },
  { name: 'mmio', title: 'devices that /proc/iomem, info mtree -f or the config name' },
  { name: 'hole', title: 'from the end of RAM below 4 GiB to 4 GiB, what no map describes, without flash' },
  { name: 'flash', title: 'firmware flash below 4 GiB: what the map says, else the last 16M' },
  { name: 'reserved', title: 'what the map calls reserved' },
  { name: 'acpi', title: 'ACPI tables and ACPI NVS' },
  { name: 'nvs', title: 'ACPI NVS', within: 'acpi' },
  { name: 'rom', title: 'ROMs in /proc/iomem or info mtree -f; read-only slots of a config' },
  { name: 'persistent', title: 'persistent memory' },
  { name: 'soft-reserved', title: 'memory set aside for a purpose of its own' },
  { name: 'unusable', title: 'memory that the map calls unusable' },
  { name: 'conventional', title: '0x0-0x9ffff', fixed: { start: 0, end: 0xa0 } },
  { name: 'vga', title: 'the VGA window, 0xa0000-0xbffff', fixed: { start: 0xa0, end: 0xc0 } },
  { name: 'option-roms', title: '0xc0000-0xdffff', fixed: { start: 0xc0, end: 0xe0 } },
  { name: 'bios', title: 'the BIOS segments, 0xe0000-0xfffff', fixed: { start: 0xe0, end: 0x100 } },
  { name: 'io-apic', title: '0xfec00000-0xfec00fff', fixed: { start: 0xfec00, end: 0xfec01 } },
  { name: 'hpet', title: '0xfed00000-0xfed00fff', fixed: { start: 0xfed00, end: 0xfed01 } },
  { name: 'local-apic', title: '0xfee00000-0xfee00fff', fixed: { start: 0xfee00, end: 0xfee01 } },
  { name: 'all', title: 'the whole space', fixed: { start: 0, end: MOST_FRAMES } },
] as const satisfies readonly NamedArea[];

/** One of them. */
export type AreaName = (typeof AREA_NAMES)[number]['name'];

const BY_NAME: ReadonlyMap<string, NamedArea> = new Map(AREA_NAMES.map((area) => [area.name, area]));

/** What a name stands for. */
export function namedArea(name: string): NamedArea | undefined {
  return BY_NAME.get(name);
}

/**
 * Whether a word is such a name.
 *
 * @internal
 */
export function isAreaName(word: string): word is AreaName {
  return BY_NAME.has(word);
}
