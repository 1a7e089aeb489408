/** What Linux makes of a machine's frame, in words and as JSON. */
import type {
  HostLinuxStory,
  LinuxLookup,
  LinuxMapping,
  LinuxReading,
  LinuxRegion,
} from '../../explain/index.ts';
import { typeName, UNDEFINED } from '../../types.ts';
import { addresses, hexText, levelText } from '../../words.ts';
import { type JsonObject, rangeJson } from '../json/vocabulary.ts';

/** Which releases a lookup is of, for people. */
export const LINUX_RELEASES: Readonly<Record<LinuxLookup, string>> = {
  'linux-6.4': 'up to 6.4',
  'linux-6.5': 'from 6.5',
};

/** What a Linux reads out of the MTRRs: a type, or that they are off. */
export function linuxTypeName(type: number): string {
  return type === UNDEFINED ? 'none' : typeName(type);
}

/** What a mapping's pages are and what an access gets: `UC-, gets UC`. */
export function mappingText({ granted, gets }: LinuxMapping): string {
  return `${typeName(granted)}, gets ${typeName(gets)}`;
}

function regionText({ level, range, type, isUniform, isHuge }: LinuxRegion): string {
  const where = `${levelText(level)} at ${hexText(BigInt(range.start) << 12n)}`;
  if (type === UNDEFINED) return `${where} not asked about, the MTRRs are off`;
  if (isHuge) return isUniform ? `${where} uniform` : `${where} not uniform, yet ${linuxTypeName(type)}`;
  return `${where} not uniform (${linuxTypeName(type)}): no huge page`;
}

function readingLines({ lookup, type, writeBack, regions }: LinuxReading): readonly string[] {
  const label = `${LINUX_RELEASES[lookup]}: `;
  return [
    `${label}MTRR ${linuxTypeName(type)}; a WB request becomes ${mappingText(writeBack)}`,
    `${' '.repeat(label.length)}${regions.map(regionText).join('; ')}`,
  ];
}

/** Lines of the section. */
export function hostLinuxLines({
  isUntracked,
  ioremap,
  ioremapWc,
  readings,
}: HostLinuxStory): readonly string[] {
  const hole = isUntracked ? `the ISA hole ${addresses({ start: 0xa0, end: 0x100 })} is not tracked: ` : '';
  return [
    `${hole}ioremap: ${mappingText(ioremap)}; ioremap_wc: ${mappingText(ioremapWc)}`,
    ...readings.flatMap(readingLines),
  ];
}

function mappingJson({ granted, gets }: LinuxMapping): JsonObject {
  return { granted: typeName(granted), gets: typeName(gets) };
}

function regionJson({ level, range, type, isUniform, isHuge }: LinuxRegion): JsonObject {
  return {
    level,
    range: rangeJson(range),
    type: typeName(type),
    uniform: isUniform,
    huge: isHuge,
  };
}

/** The section as JSON. */
export function hostLinuxJson(story: HostLinuxStory): JsonObject {
  return {
    untracked: story.isUntracked,
    ioremap: mappingJson(story.ioremap),
    ioremapWc: mappingJson(story.ioremapWc),
    readings: story.readings.map(({ lookup, type, writeBack, regions, level }) => ({
      lookup,
      type: typeName(type),
      writeBack: mappingJson(writeBack),
      regions: regions.map(regionJson),
      level,
    })),
  };
}
