/** What a dump says of memory, as whole frames. */
import type { LayoutKind, LayoutRange } from '../assert/index.ts';
import { type MemoryMap, ramOf } from '../check/index.ts';
import { joined, without } from '../ranges.ts';
import type { Facts, RamRange, RamSource } from '../read/index.ts';
import type { GfnRange } from '../types.ts';

/** Lists that say what is RAM, the most trusted first: what firmware reports, then what became of it. */
const SOURCES: readonly RamSource[] = [
  'e820',
  'e820-xen',
  'e820-modified',
  'iomem',
  'mtree',
  'coreboot',
  'e820-update',
];
/** Lists that name devices. */
const DEVICE_SOURCES: readonly RamSource[] = ['iomem', 'mtree'];
/** Behind 4 GiB there are no devices below RAM: what a kernel gives up there was RAM. */
const FOUR_GIB = 1n << 32n;
/** Names in /proc/iomem that are buses or address windows, not devices. */
const WINDOWS = /^(?:PCI Bus|PCI (?:ECAM|MMCONFIG)|pnp |Reserved|INT0800|MSFT)/;

/** Frames that lie wholly inside. */
function inner({ start, end }: RamRange): GfnRange {
  return { start: Number((start + 0xfffn) >> 12n), end: Number((end + 1n) >> 12n) };
}

/**
 * Frames that are touched.
 *
 * @param range - of addresses, `end` inclusive
 */
export function touchedFrames({ start, end }: { readonly start: bigint; readonly end: bigint }): GfnRange {
  return { start: Number(start >> 12n), end: Number((end >> 12n) + 1n) };
}

function isRam({ kind, source, end }: RamRange): boolean {
  if (source === 'e820-update') return end >= FOUR_GIB;
  return kind === 'ram' || kind === 'soft-reserved';
}

/** A stretch that a kernel took out of use, without the devices below 4 GiB that it may hold. */
function clipped(range: RamRange): RamRange {
  return range.source === 'e820-update' && range.start < FOUR_GIB ? { ...range, start: FOUR_GIB } : range;
}

/**
 * The most trusted list that has RAM; undefined where nothing says what is RAM.
 *
 * @internal
 */
export function ramSource({ ram }: Facts): RamSource | undefined {
  return SOURCES.find((source) => ram.some((range) => range.source === source && isRam(range)));
}

/**
 * The RAM of a machine, as its most trusted list has it.
 *
 * @param facts - of a dump
 * @returns ascending and disjoint; undefined where nothing says what is RAM
 * @example
 * ramRanges(readText('BIOS-e820: [mem 0x0000000000100000-0x00000000001fffff] usable\n')); // [{ start: 256, end: 512 }]
 */
export function ramRanges(facts: Facts): readonly GfnRange[] | undefined {
  const source = ramSource(facts);
  if (source === undefined) return undefined;
  const list = facts.ram.filter((range) => range.source === source);
  const claimed = list.filter((range) => !isRam(range) && range.depth === 0).map(touchedFrames);
  const ram = list.filter(isRam).map((range) => inner(clipped(range)));
  return without(ramOf(ram.filter(({ start, end }) => start < end)), claimed);
}

/**
 * Memory as the rules of `check` and `assert`, and a wanted map, take it.
 *
 * @param facts - of a dump
 * @returns RAM, what is described at all, and device memory, as whole frames
 * @example
 * memoryOfFacts(readText('0x2ff,0xc06\n')).ram; // undefined
 */
export function memoryOfFacts(facts: Facts): MemoryMap {
  const devices = facts.ram.filter(
    ({ source, kind, name }) => DEVICE_SOURCES.includes(source) && kind === 'mmio' && !WINDOWS.test(name),
  );
  const known = facts.ram.filter(({ kind, source }) => kind !== 'mmio' || source === 'mtree');
  return {
    ram: ramRanges(facts),
    described: joined(known.map(touchedFrames)),
    // ROM and option ROM windows below 1 MiB are cached on purpose.
    mmio: devices
      .map((range) => ({ ...touchedFrames(range), name: range.name }))
      .filter(({ start }) => start < 0xc0 || start >= 0x100),
  };
}

/** Kinds by which rules of `assert` name what is neither RAM nor a device. */
const LAYOUT_KINDS: readonly LayoutKind[] = [
  'reserved',
  'acpi',
  'nvs',
  'rom',
  'persistent',
  'soft-reserved',
  'unusable',
];

/**
 * Every stretch that is named anywhere; a kind is taken from the most trusted list that has any of it.
 *
 * @internal
 */
export function layoutOfFacts({ ram }: Facts): readonly LayoutRange[] {
  const trusted = new Map(
    LAYOUT_KINDS.map((kind) => [
      kind,
      SOURCES.find((source) => ram.some((range) => range.kind === kind && range.source === source)),
    ]),
  );
  return ram.map((range) => {
    const kind = LAYOUT_KINDS.find((one) => one === range.kind);
    const isTrusted = kind !== undefined && trusted.get(kind) === range.source;
    return { ...touchedFrames(range), name: range.name, kind: isTrusted ? kind : 'other' };
  });
}

/**
 * Whether a list was read that has devices in it.
 *
 * @internal
 */
export function listsDevices({ ram }: Facts): boolean {
  return ram.some(({ source }) => DEVICE_SOURCES.includes(source));
}
