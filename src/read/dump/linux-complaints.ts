/**
 * What Linux complains of about memory types: the MTRR code (arch/x86/kernel/cpu/mtrr), PAT (arch/x86/mm/pat), large
 * pages of the kernel (arch/x86/mm/pgtable.c) and KVM. Prefixes of the modules are optional, as they came with 4.x.
 */
import type { Complaint } from '../facts/facts.ts';
import { hexOf } from '../words.ts';

type Told = Omit<Complaint, 'at'>;

/** A line that is a complaint, and what it is. */
interface Rule {
  readonly pattern: RegExp;
  readonly told: (match: RegExpExecArray) => Told;
}

const MTRR = '(?:x86/)?(?:mtrr: |MTRR: )?';
const PAT = '(?:x86/PAT: )?';
const TYPE = '([a-z-]{2,24})';
/** `[mem 0x...-0x...]`, inclusive, or without brackets, end exclusive. */
const RANGE =
  '(?:\\[mem 0x([0-9a-f]{1,16})-0x([0-9a-f]{1,16})\\]|(?:0x)?([0-9a-f]{1,16})-(?:0x)?([0-9a-f]{1,16}))';

/** A range of its first byte and its last; none where it ends before it starts. */
function rangeTo(start: bigint, end: bigint): Pick<Told, 'range'> {
  return end >= start ? { range: { start, end } } : {};
}

/** A start and a size in bytes, hex. */
function sizedRange(start: string | undefined, size: string | undefined): Pick<Told, 'range'> {
  return rangeTo(hexOf(start), hexOf(start) + hexOf(size) - 1n);
}

/** A start and the address after the last byte, hex. */
function openRange(start: string | undefined, end: string | undefined): Pick<Told, 'range'> {
  return rangeTo(hexOf(start), hexOf(end) - 1n);
}

/** A range of {@link RANGE}, whose groups start at `at`. */
function rangeOf(match: RegExpExecArray, at: number): Pick<Told, 'range'> {
  const isInclusive = match[at] !== undefined;
  return isInclusive
    ? rangeTo(hexOf(match[at]), hexOf(match[at + 1]))
    : openRange(match[at + 2], match[at + 3]);
}

const BRING_REGISTERS = 'bring the registers too (eptsweep capture linux): they show which range is to blame';
const HARMLESS_WC = 'harmless where the driver uses PAT for write-combining, as all of today do';

const CONFLICT = 'two mappings of one address must have one type: the driver that came second gets none';

const MISCONFIGURED =
  'eptsweep trace CONFIG FILE holds the entries that follow against the model, explain --entry decodes one; a host bug or bad RAM';

const RULES: readonly Rule[] = [
  {
    pattern: new RegExp(
      `^${MTRR}your CPUs had inconsistent (fixed MTRR|variable MTRR|MTRRdefType) settings$`,
    ),
    told: ([, group]) => ({
      kind: 'cpus-inconsistent',
      severity: 'MEDIUM',
      text: `the kernel found CPUs with different ${group} settings`,
      remedy: 'rdmsr -a (eptsweep capture linux) shows which CPUs and how',
      group: group!,
    }),
  },
  {
    pattern: /^WARNING: BIOS bug: CPU MTRRs don't cover all of memory, losing (\d{1,9})MB of RAM\.?$/,
    told: ([, size]) => ({
      kind: 'ram-lost',
      severity: 'HIGH',
      text: `the kernel gave up ${size} MB of RAM: it found that the MTRRs do not cover all of memory`,
      remedy: `the firmware has to cover all RAM; ${BRING_REGISTERS}`,
    }),
  },
  {
    pattern: new RegExp(`^${MTRR}your BIOS has configured an incorrect mask, fixing it\\.?$`),
    told: () => ({
      kind: 'firmware-bug',
      severity: 'MEDIUM',
      text: 'the kernel found a variable mask that lacks high bits, and set them for itself alone',
      remedy: 'the firmware has to set every mask bit up to the last address bit',
    }),
  },
  {
    pattern: new RegExp(`^${MTRR}no more MTRRs available$`),
    told: () => ({
      kind: 'ranges-short',
      severity: 'INFO',
      text: 'a driver asked the kernel for a variable range, and none was free',
      remedy: `${HARMLESS_WC}; else enable_mtrr_cleanup mtrr_spare_reg_nr=1 on the kernel's command line makes room`,
    }),
  },
  {
    pattern: new RegExp(
      `^${MTRR}type mismatch for ([0-9a-f]{1,16}),([0-9a-f]{1,16}) old: ${TYPE} new: ${TYPE}$`,
    ),
    told: (match) => ({
      kind: 'range-refused',
      severity: 'INFO',
      text: `a driver asked for a ${match[4]} range where one is ${match[3]}, and the kernel refused it`,
      remedy: `${HARMLESS_WC}; else the ${match[3]} range has to leave the device out`,
      ...sizedRange(match[1], match[2]),
    }),
  },
  {
    pattern: new RegExp(
      `^${MTRR}0x([0-9a-f]{1,16}),0x([0-9a-f]{1,16}) overlaps existing 0x([0-9a-f]{1,16}),0x([0-9a-f]{1,16})$`,
    ),
    told: (match) => ({
      kind: 'range-refused',
      severity: 'INFO',
      text: `a driver asked for a range that overlaps another at 0x${match[3]}, and the kernel refused it`,
      remedy: HARMLESS_WC,
      ...sizedRange(match[1], match[2]),
    }),
  },
  {
    pattern: new RegExp(
      `^${MTRR}(?:base\\(0x[0-9a-f]{1,16}\\) is not aligned on a size\\(0x[0-9a-f]{1,16}\\) boundary|size and base must be multiples of 4 ?ki?B.{0,80}|base or size exceeds the MTRR width)$`,
      'i',
    ),
    told: ([text]) => ({
      kind: 'range-refused',
      severity: 'INFO',
      text: `the kernel refused a range that a driver or /proc/mtrr was asked to set: ${text.replace(/^(?:x86\/)?mtrr: /i, '')}`,
      remedy: 'a range is a power of two long and starts at a multiple of its length',
    }),
  },
  {
    pattern:
      /^(?:\[Firmware Warn\]: )?MTRR: CPU (\d{1,5}): SYSCFG\[MtrrFixDramModEn\] not cleared by BIOS, clearing this bit\.?$/,
    told: () => ({
      kind: 'firmware-bug',
      severity: 'LOW',
      text: "the firmware left SYSCFG's MtrrFixDramModEn set, and the kernel cleared it",
      remedy:
        'the firmware has to clear bit 19 of SYSCFG (0xc0010010) on every CPU before it starts the system',
    }),
  },
  {
    pattern: new RegExp(`^${PAT}(\\S{1,32}):(\\d{1,10}) freeing invalid memtype ${RANGE}$`),
    told: (match) => ({
      kind: 'type-conflict',
      severity: 'INFO',
      text: `${match[1]} gave back a type of memory that it had not asked for`,
      remedy: 'a fault of the driver; no type changes by it',
      ...rangeOf(match, 3),
    }),
  },
  {
    pattern: /^\[drm\] MTRR allocation failed\. {1,2}Graphics performance may suffer\.$/,
    told: () => ({
      kind: 'range-refused',
      severity: 'INFO',
      text: 'a graphics driver got no write-combining range',
      remedy: HARMLESS_WC,
    }),
  },
  {
    pattern:
      /^error setting MTRR \(base ?= ?0x([0-9a-f]{1,16}), size ?= ?0x([0-9a-f]{1,16}), type ?= ?(\d)\) .{0,80}$/i,
    told: (match) => ({
      kind: 'range-refused',
      severity: 'INFO',
      text: 'the X server asked for a variable range, and the kernel refused it',
      remedy: HARMLESS_WC,
      ...sizedRange(match[1], match[2]),
    }),
  },
  {
    pattern: /^mtrr_cleanup: can not find optimal value$/,
    told: () => ({
      kind: 'ranges-short',
      severity: 'INFO',
      text: 'mtrr_cleanup found no better set of ranges, and changed nothing',
      remedy: 'mtrr_gran_size and mtrr_chunk_size state one; eptsweep fit finds the fewest ranges for a map',
    }),
  },
  {
    pattern: new RegExp(
      `^(?:p[mu]d_set_huge|${MTRR}).{0,8}Cannot satisfy \\[mem 0x([0-9a-f]{1,16})-0x([0-9a-f]{1,16})\\] with a huge-page mapping due to MTRR override\\.?$`,
    ),
    told: (match) => {
      const start = hexOf(match[1]);
      // Up to 6.4 the end is one past it; with %pR since it is the last address.
      const end = hexOf(match[2]) - ((hexOf(match[2]) & 1n) === 0n ? 1n : 0n);
      return {
        kind: 'large-page',
        severity: 'INFO',
        text: `the kernel maps 0x${match[1]} with 4K pages instead of a huge page, since it takes its MTRR types for not uniform (pmd_set_huge)`,
        remedy: `harmless but for speed; ${BRING_REGISTERS}`,
        ...rangeTo(start, end),
      };
    },
  },
  {
    pattern: new RegExp(
      `^${PAT}(\\S{1,32}):(\\d{1,10}) conflicting memory types ([0-9a-f]{1,16})-([0-9a-f]{1,16}) ${TYPE}<->${TYPE}$`,
    ),
    told: (match) => ({
      kind: 'type-conflict',
      severity: 'LOW',
      text: `${match[1]} asked for a type of memory that is mapped ${match[5]} already (${match[5]} against ${match[6]})`,
      remedy: CONFLICT,
      ...openRange(match[3], match[4]),
    }),
  },
  {
    pattern: new RegExp(
      `^${PAT}(?:(?:reserve_memtype|memtype_reserve) failed:?|reserve_ram_pages_type failed) ${RANGE}(?:, track (\\S{1,24}?))?,? req (\\S{1,24})$`,
    ),
    told: (match) => ({
      kind: 'type-conflict',
      severity: 'LOW',
      text: `the kernel could not reserve memory as ${match[6]}${match[5] === undefined ? '' : `, since it is ${match[5]}`}`,
      remedy: CONFLICT,
      ...rangeOf(match, 1),
    }),
  },
  {
    pattern: new RegExp(
      `^${PAT}(\\S{1,32}):(\\d{1,10}) map pfn (?:RAM range req|expected mapping type) ${TYPE} for ${RANGE}, got ${TYPE}$`,
    ),
    told: (match) => ({
      kind: 'type-conflict',
      severity: 'LOW',
      text: `${match[1]} asked to map memory ${match[3]} and got ${match[8]}`,
      remedy:
        'a mapping of the same address with another type is there, or the MTRRs forbid it: pat_memtype_list shows them',
      ...rangeOf(match, 4),
    }),
  },
  {
    pattern:
      /^ioremap error for 0x([0-9a-f]{1,16})-0x([0-9a-f]{1,16}), requested 0x[0-9a-f]{1,8}, got 0x[0-9a-f]{1,8}$/,
    told: (match) => ({
      kind: 'type-conflict',
      severity: 'LOW',
      text: 'ioremap got another type than it asked for, and gave up',
      remedy: CONFLICT,
      ...openRange(match[1], match[2]),
    }),
  },
  {
    pattern: /^(?:kvm: )?EPT: Misconfiguration\.?$/,
    told: () => ({
      kind: 'ept-misconfig',
      severity: 'HIGH',
      text: 'KVM stopped a guest at an EPT entry that the CPU takes for misconfigured',
      remedy: MISCONFIGURED,
    }),
  },
  {
    // The guest's address: no range of the machine whose registers the log shows.
    pattern: /^(?:kvm: )?EPT: GPA: 0x([0-9a-f]{1,16})$/,
    told: ([, address]) => ({
      kind: 'ept-misconfig',
      severity: 'HIGH',
      text: `at guest-physical address 0x${address}`,
      remedy: MISCONFIGURED,
    }),
  },
  {
    pattern:
      /^(?:kvm: )?get_mmio_spte: (?:reserved bits set on MMU-present spte|detect reserved bits on spte), addr 0x([0-9a-f]{1,16})(?:, (?:hierarchy|dump hierarchy):)?$/,
    told: ([, address]) => ({
      kind: 'ept-misconfig',
      severity: 'HIGH',
      text: `KVM stopped a guest at an entry with reserved bits set, at guest-physical address 0x${address}`,
      remedy: MISCONFIGURED,
    }),
  },
  {
    pattern: /^(?:kvm: )?(?:ept_misconfig_inspect_spte: )?ept_mem_type=0x([0-9a-f]{1,2})$/,
    told: ([, type]) => ({
      kind: 'ept-misconfig',
      severity: 'HIGH',
      text: `an EPT entry holds memory type ${Number.parseInt(type!, 16)}, which is reserved`,
      remedy: 'types 2, 3 and 7 are no EPT types: whoever writes the entry is wrong',
    }),
  },
];

/**
 * What a line of a Linux log complains of.
 *
 * @returns undefined where it does not
 */
export function linuxComplaint(text: string): Told | undefined {
  for (const { pattern, told } of RULES) {
    const match = pattern.exec(text);
    if (match) return told(match);
  }
  return undefined;
}
