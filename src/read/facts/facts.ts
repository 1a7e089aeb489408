/**
 * What a dump says, and where: the shape that every reader fills and that merging, checking and converting
 * work on. Nothing here is guessed. What a text leaves open stays open until {@link toVcpuInits} fills it
 * in and says so.
 */
import type { ComplaintKind, Severity } from '../../check/index.ts';
import type { Vendor } from '../../policy/index.ts';
import type { Subject } from '../../vm/index.ts';

/** Where a fact stands. */
export interface Place {
  /** The file as the user named it; `-` for standard input. */
  readonly file: string;
  /** Line, from 1. */
  readonly line: number;
}

/** The value of one MSR as far as a text gives it. */
export interface RegisterFact {
  readonly msr: number;
  readonly value: bigint;
  /** Bits of `value` that the text determines; the others are 0 in `value`. */
  readonly known: bigint;
  /**
   * Set where the text gives a range's size instead of its mask: `value` then has every bit above the size
   * set, up to bit 63, and is to be cut to the machine's MAXPHYADDR.
   */
  readonly sized: boolean;
  /** The (first) line that gives it. */
  readonly at: Place;
}

/** Registers of one CPU. */
export interface CpuFacts {
  /** Number by which the text names the CPU: Linux CPU number, APIC ID, debugger processor. */
  readonly cpu: number;
  /** How the text names it: `cpu 3`, `apic_id 0x2c`. */
  readonly label: string;
  readonly registers: ReadonlyMap<number, RegisterFact>;
  /** CR0, where the text gives it as well: saved states do. */
  readonly cr0?: Cr0Fact | undefined;
}

/** A CPU's CR0. */
export interface Cr0Fact {
  readonly value: bigint;
  readonly at: Place;
}

/** Evidence for the number of physical address bits. */
export interface WidthFact {
  readonly bits: number;
  /** `stated` by the text, or `at-least`: something lies that high. */
  readonly kind: 'stated' | 'at-least';
  /** What says so: `CPU physical address size`, `highest mask bit`. */
  readonly source: string;
  readonly at: Place;
}

/** What lies in a stretch of physical memory. */
export type RamKind =
  | 'ram'
  | 'reserved'
  | 'acpi'
  | 'nvs'
  | 'unusable'
  | 'persistent'
  | 'soft-reserved'
  | 'rom'
  | 'mmio'
  | 'other';

/** Which list of memory a range comes from. */
export type RamSource =
  | 'e820'
  | 'e820-modified'
  | 'e820-xen'
  /** RAM that the kernel says it takes out of use (`usable ==> reserved`). */
  | 'e820-update'
  | 'iomem'
  | 'mtree'
  | 'coreboot';

/** A stretch of physical memory, `start` to `end` INCLUSIVE. */
export interface RamRange {
  readonly source: RamSource;
  readonly start: bigint;
  readonly end: bigint;
  readonly kind: RamKind;
  /** The text's own word: `usable`, `System RAM`, `pc.ram`. */
  readonly name: string;
  /** Nesting in `/proc/iomem`, from 0; 0 elsewhere. */
  readonly depth: number;
  readonly at: Place;
}

/** Programs whose own idea of the memory types is kept to be held against ours. */
export type MapTool = 'linux' | 'edk2' | 'coreboot' | 'hyperdbg';

/** A range of another tool's map, `start` to `end` INCLUSIVE. */
export interface MappedRange {
  readonly start: bigint;
  readonly end: bigint;
  /** Memory type 0..7, or -1 where the tool itself marks it as invalid. */
  readonly type: number;
  readonly at: Place;
}

/** Another tool's map. Ranges that it does not list have its default type. */
export interface ToolMap {
  readonly tool: MapTool;
  readonly ranges: readonly MappedRange[];
}

/** Something that a format cannot say, with the reason; becomes part of an assumption's sentence. */
export interface Silence {
  readonly subject: Subject;
  readonly reason: string;
  /** The memory type that follows all the same: the reason then says why. */
  readonly implies?: number;
  readonly at: Place;
}

/** Something of which the text held more than it holds now: cut, filtered, or damaged. */
export interface Torn {
  readonly subject: Subject;
  /** What is missing: `the lines under "MTRR variable ranges enabled:"`. */
  readonly what: string;
  /** Nothing of the subject is left, so that no answer can rest on it. */
  readonly isAll: boolean;
  /** The last line before what is missing, or the damaged line. */
  readonly at: Place;
}

/** What a log complains of by itself. */
export interface Complaint {
  readonly kind: ComplaintKind;
  readonly severity: Severity;
  /** In our words, one sentence without a full stop. */
  readonly text: string;
  /** What to do about it, or what to bring. */
  readonly remedy: string;
  /** The registers that it names: `fixed MTRR`; other kinds name none. */
  readonly group?: string;
  /** Addresses that it names, `start` to `end` INCLUSIVE. */
  readonly range?: { readonly start: bigint; readonly end: bigint };
  readonly at: Place;
}

/** What a text says of the machine as such. */
export interface Platform {
  /** `guest` of a hypervisor, or bare `metal`. */
  readonly kind: 'guest' | 'metal';
  /** The hypervisor, or the board, as the text calls it; empty where it names none. */
  readonly name: string;
  /** Why it is taken so, where no line says it. */
  readonly why?: string;
  readonly at: Place;
}

/** A state of the registers in the course of a boot, of which the text shows more than one. */
export interface Stage {
  /** `firmware`, `after-cleanup`, `permanent`, `temporary`. */
  readonly name: string;
  /** Whether the registers are of it. */
  readonly taken: boolean;
  readonly at: Place;
}

/** An IOMMU of the host. */
export interface DmaUnit {
  /** As the host calls it: `dmar0`. */
  readonly name: string;
  /** Whether it can make a device's accesses snoop (VT-d ECAP.SC, bit 7). */
  readonly snoopControl: boolean;
  readonly at: Place;
}

/** A device of the host, and what it sits behind. */
export interface DmaDevice {
  /** As the host names it: `0000:01:00.0`. */
  readonly name: string;
  /** Its IOMMU group, where the text says it: devices of one group are given away together, by one IOMMU. */
  readonly group: number | undefined;
  /** Its IOMMU, as in {@link DmaUnit}, where the text says it. */
  readonly unit: string | undefined;
}

/** Two statements that cannot both be true. */
export interface Contradiction {
  /** What they are about: `MSR 0x2ff`, `RAM 0x0-0x9ffff`. */
  readonly subject: string;
  /** One sentence for people, naming both places and which one is kept. */
  readonly sentence: string;
  readonly first: Place;
  readonly second: Place;
}

/** Something worth telling that changes no fact. */
export interface Message {
  readonly severity: 'note' | 'warning' | 'error';
  readonly text: string;
  readonly at: Place;
}

/** A format that was found in a file. */
export interface Recognised {
  readonly file: string;
  readonly format: string;
  /** Line of its first fact. */
  readonly line: number;
  /** How many boots (or blocks) of it the file holds, and which one was taken, from 1. */
  readonly blocks: number;
  readonly taken: number;
}

/** How much of a text was used. */
export interface CoverageFact {
  /** Lines that a reader took. */
  readonly used: number;
  /** These, and lines that look as if they told a register or a range. */
  readonly total: number;
  /** Where the first of those stand that none took. */
  readonly unused: readonly Place[];
}

/** Everything that was read. */
export interface Facts {
  readonly recognised: readonly Recognised[];
  /** Registers stated for the machine (the boot CPU), by MSR number. */
  readonly registers: ReadonlyMap<number, RegisterFact>;
  /** Registers stated for single CPUs, by CPU number; where present they win over {@link registers}. */
  readonly cpus: ReadonlyMap<number, CpuFacts>;
  /** How many variable ranges the machine has, where the text lists them all. */
  readonly variableCount: { readonly count: number; readonly at: Place } | undefined;
  readonly widths: readonly WidthFact[];
  readonly ram: readonly RamRange[];
  readonly maps: readonly ToolMap[];
  readonly silences: readonly Silence[];
  readonly contradictions: readonly Contradiction[];
  /** What the text held and holds no more. */
  readonly torn: readonly Torn[];
  /** What the log complains of by itself. */
  readonly complaints: readonly Complaint[];
  /** Guest or bare metal, where the text says it. */
  readonly platform: Platform | undefined;
  /** Whose CPU it is, where the text says it. */
  readonly vendor: { readonly name: Vendor; readonly at: Place } | undefined;
  /** Stages that the text shows; empty where there is one alone. */
  readonly stages: readonly Stage[];
  /** IOMMUs, where the text shows them. */
  readonly dmaUnits: readonly DmaUnit[];
  /** Devices that a host has given to guests (bound to vfio-pci), as it names them. */
  readonly assignedDevices: readonly { readonly name: string; readonly at: Place }[];
  /** Devices with their IOMMU groups and IOMMUs, where the text shows them. */
  readonly dmaDevices: readonly DmaDevice[];
  /** Whether the CPU has self-snoop, where the text lists its flags, and is not of a guest. */
  readonly selfSnoop: { readonly has: boolean; readonly at: Place } | undefined;
  /** How many address bits TME-MK takes for KeyIDs, where a log says it. */
  readonly keyIds: { readonly bits: number; readonly at: Place } | undefined;
  /** Where a log says that its kernel rewrote the variable ranges after it printed them, and not to what. */
  readonly rewritten?: Place | undefined;
  readonly messages: readonly Message[];
  /** Lines used of each text, all texts together; absent where nobody counted. */
  readonly coverage?: CoverageFact | undefined;
  /** Hosts whose lines a text holds, where it names several. */
  readonly hosts?: readonly string[] | undefined;
}

/** All 64 bits. */
export const ALL_BITS = (1n << 64n) - 1n;

/** Facts that say nothing. */
export const NO_FACTS: Facts = Object.freeze({
  recognised: [],
  registers: new Map(),
  cpus: new Map(),
  variableCount: undefined,
  widths: [],
  ram: [],
  maps: [],
  silences: [],
  contradictions: [],
  torn: [],
  complaints: [],
  platform: undefined,
  vendor: undefined,
  stages: [],
  dmaUnits: [],
  assignedDevices: [],
  dmaDevices: [],
  selfSnoop: undefined,
  keyIds: undefined,
  messages: [],
});

/**
 * A place in a file.
 *
 * @param place - file and line
 * @returns `file:line`, as compilers print it
 * @example
 * placeText({ file: 'dmesg.txt', line: 7 }); // 'dmesg.txt:7'
 */
export function placeText(place: Place): string {
  return `${place.file}:${place.line}`;
}

/**
 * Whether a text said anything that a map, a check or a comparison can use.
 *
 * @param facts - what was read of it
 * @returns false for a text without registers, RAM, maps or complaints
 * @example
 * saysAnything(NO_FACTS); // false
 */
export function saysAnything(facts: Facts): boolean {
  return (
    facts.registers.size > 0 ||
    facts.cpus.size > 0 ||
    facts.ram.length > 0 ||
    facts.maps.length > 0 ||
    facts.widths.length > 0 ||
    facts.complaints.length > 0 ||
    facts.dmaUnits.length > 0
  );
}
