/**
 * What the page and its worker say to each other: questions with an id, and their answers. Plain data that structured
 * cloning carries. Places are frame numbers and stretches half-open; what stands under `document` is the JSON that the
 * program prints for the same question, whole, with addresses as it has them.
 */
import type { EvidenceLevel, GfnRange, Level, MtrrType, PatType, Vendor, Want } from '../../src/index.ts';
import type { JsonObject } from '../../src/write/index.ts';

/** Names a machine that was opened, as long as it is not closed. */
export type MachineId = number;

/** Files above this many bytes are read all the same, but whoever drops one is asked first. */
export const LARGE_BYTES = 500_000_000;

/** A text that is to be read: pasted, chosen or dropped (a blob is streamed and never held whole), or built in. */
export type SourceText =
  | { readonly name: string; readonly text: string }
  | { readonly name: string; readonly blob: Blob };

/** What is opened. */
export type Input = SourceText | { readonly preset: string };

/** How a text is opened: as the program's options of these names. */
export interface ReadingOptions {
  /** The dump's format; default: found from the content. */
  readonly from?: string;
  readonly physBits?: number;
  /** From 1; default: the last. */
  readonly boot?: number;
  readonly host?: string;
  readonly stage?: string;
  /** Further texts that say what is RAM. */
  readonly ram?: readonly SourceText[];
  /** `PATH=VALUE`, one after the other: `noncoherentDma=true`, `msrs.0x2ff=0xc06`. */
  readonly set?: readonly string[];
}

/** Where something stands in a text. */
export interface TextPlace {
  readonly file: string;
  /** From 1; 0 where it stands in no line. */
  readonly line: number;
}

/** How one thing is known. */
export interface Known {
  /** What it is about: `default-type`. */
  readonly subject: string;
  readonly level: EvidenceLevel;
  readonly what: string;
  /** Empty where it is read. */
  readonly why: string;
  /** What would settle it. */
  readonly settledBy?: string;
  /** An option of {@link ReadingOptions} or a path for `set` by which somebody can state it. */
  readonly statedBy?: { readonly option: 'physBits' } | { readonly path: string };
  readonly at?: TextPlace;
  /** Only answers of hypervisors' policies rest on it. */
  readonly isOfPolicies?: true;
}

/** A register that a line of the text tells. */
export interface ReadRegister {
  /** Number in hex, as `0x2ff`. */
  readonly msr: string;
  readonly name: string;
  readonly value: string;
  /** Whether the text determines all of its bits. */
  readonly isWhole: boolean;
  /** CPU whose own it is; undefined: the machine's. */
  readonly cpu?: string;
  readonly at: TextPlace;
}

/** What was read of a dump. */
export interface WhatWasRead {
  readonly formats: readonly {
    readonly format: string;
    readonly title: string;
    readonly at: TextPlace;
    /** How many boots or blocks the text holds, and which was taken, from 1. */
    readonly blocks: number;
    readonly taken: number;
  }[];
  readonly stages: readonly { readonly name: string; readonly taken: boolean; readonly at: TextPlace }[];
  readonly hosts: readonly string[];
  /** At most {@link MOST_READ_REGISTERS} of `registerCount`, by line. */
  readonly registers: readonly ReadRegister[];
  readonly registerCount: number;
  /** One sentence each, with both places. */
  readonly contradictions: readonly {
    readonly sentence: string;
    readonly first: TextPlace;
    readonly second: TextPlace;
  }[];
  readonly messages: readonly {
    readonly severity: 'note' | 'warning' | 'error';
    readonly text: string;
    readonly at: TextPlace;
  }[];
  /** Lines that a reader took, and these with lines that look as if they told something. */
  readonly lines?: { readonly used: number; readonly total: number };
}

/** See {@link WhatWasRead.registers}. */
export const MOST_READ_REGISTERS = 2000;

/** vCPUs in one and the same state. */
export interface VcpuGroup {
  /** Ids, ascending. */
  readonly ids: readonly number[];
  /** `vCPU 0-3,7`. */
  readonly label: string;
  readonly cr0cd: boolean;
}

/** What lies in a stretch of memory, by the dump's own list. */
export interface MemoryRow extends GfnRange {
  readonly kind:
    | 'ram'
    | 'reserved'
    | 'acpi'
    | 'nvs'
    | 'unusable'
    | 'persistent'
    | 'soft-reserved'
    | 'rom'
    | 'device'
    | 'other';
  /** The text's own word: `System RAM`, `pc.ram`. */
  readonly name: string;
  /** Which list it comes from: `e820`, `iomem`, `slots`. */
  readonly list: string;
  /** Nesting in /proc/iomem, from 0. */
  readonly depth: number;
  readonly at?: TextPlace;
}

/** What was opened. */
export interface Machine {
  readonly machine: MachineId;
  readonly name: string;
  readonly origin: 'dump' | 'config' | 'preset';
  readonly maxphyaddr: number;
  /** Frames of its space: 2^(maxphyaddr - 12). */
  readonly frames: number;
  readonly vendor: Vendor;
  readonly selfSnoop: boolean;
  readonly noncoherentDma: boolean;
  /** The policy that it states itself. */
  readonly policy: string;
  readonly groups: readonly VcpuGroup[];
  /** False: a dump that shows no registers; its complaints can be checked and nothing else. */
  readonly hasRegisters: boolean;
  /** What the program would print on standard error, a line each. */
  readonly said: readonly string[];
  /** Assumptions are those whose level is not `read`. */
  readonly evidence: readonly Known[];
  readonly read?: WhatWasRead;
  readonly memory: readonly MemoryRow[];
  /** The machine as text that `open` takes, in few bytes and without its names: for links. */
  readonly config: string;
}

/** One lane of the map, or one side of a comparison: a vCPU under a policy. */
export interface Lane {
  /** As `--policy` takes it: `sdm`, `kvm-5.16`, `6.8`, `peer-linux`. */
  readonly policy: string;
  /** Id of the vCPU; default: the first. */
  readonly vcpu?: number;
  /** Changes on top, as `--set` takes them. */
  readonly set?: readonly string[];
  /** Another machine than the question's. */
  readonly machine?: MachineId;
}

/** Pages of a cell that share one answer. Members that the want does not ask are left out. */
export interface Part {
  /** Memory type, -1 where undefined; of `levels`, left out. */
  readonly type?: MtrrType;
  readonly ipat?: 0 | 1;
  /** 1 (4K), 2 (2M), 3 (1G), 0 where nothing is mapped. */
  readonly level?: Level;
  /** Of a `leaf` in a cell of one answer: the first entry, in hex. */
  readonly entry?: string;
  readonly pages: number;
}

/** A stretch of a lane, most pages first. */
export interface Cell extends GfnRange {
  readonly parts: readonly Part[];
  /** Pages that the first lane answers otherwise; left out of the first lane, and where lanes are not comparable. */
  readonly differing?: number;
}

/** One lane as cells that cover the range. */
export interface LaneCells {
  readonly lane: Lane;
  /** `kvm-6.8`, `vCPU 3`, `peer-linux`. */
  readonly title: string;
  readonly cells: readonly Cell[];
  /** Whether every cell is a maximal stretch of one answer; else there are too many, and they are counted. */
  readonly isExact: boolean;
  /** Instead of cells: why this lane has none, such as a register write that is refused. */
  readonly fault?: Failure;
}

/** What a map is asked. */
export interface MapQuestion {
  readonly machine: MachineId;
  /** The first is the reference. */
  readonly lanes: readonly Lane[];
  readonly want: Want;
  /** PAT type of the access that `effective` tells; default WB. */
  readonly pat?: PatType;
  /** Default: the whole space. */
  readonly range?: GfnRange;
  /** Cells of a lane, at most; default {@link MOST_CELLS}. */
  readonly most?: number;
  /** How a range with more answers than that is cut: evenly, or by the logarithm of the distance from its start. */
  readonly cut?: 'even' | 'log';
}

/** See {@link MapQuestion.most}. */
export const MOST_CELLS = 1000;

/** The lanes of a map. */
export interface LaneMap {
  readonly range: GfnRange;
  readonly lanes: readonly LaneCells[];
}

/** A register that speaks for memory, as a bar. */
export interface RegisterBar extends GfnRange {
  /** `MTRR3`, `FIX64K_00000[2]`, `default`, `TOM2`. */
  readonly id: string;
  /** Intel's names: `IA32_MTRR_PHYSBASE3`. */
  readonly registers: readonly { readonly name: string; readonly msr: string; readonly value: string }[];
  readonly kind: 'variable' | 'fixed' | 'default' | 'tom2';
  readonly type: MtrrType;
  readonly isEnabled: boolean;
  /** The mask leaves bits out: `start` and `end` are its hull. */
  readonly hasHoles: boolean;
  /** The stretches that it matches, where there are at most {@link MOST_STRETCHES}. */
  readonly stretches?: readonly GfnRange[];
  /** Pages that it matches. */
  readonly pages: number;
  /** How its values are known; left out of configs, which state them. */
  readonly known?: Known;
}

/** See {@link RegisterBar.stretches}. */
export const MOST_STRETCHES = 64;

/** The registers of a vCPU. */
export interface RegisterBars {
  readonly vcpu: number;
  /** DEF_TYPE.E and FE. */
  readonly isEnabled: boolean;
  readonly isFixedEnabled: boolean;
  readonly defaultType: MtrrType;
  /** Variable ranges by number (those that were written), then the fixed ones as runs of one type, the default, TOM2. */
  readonly bars: readonly RegisterBar[];
}

/** Where a search goes. */
export interface SeekQuestion extends Omit<MapQuestion, 'most' | 'cut'> {
  /** From this frame, which does not count; -1: from the beginning. */
  readonly from: number;
  /** To where an answer of some lane changes, or to where a lane begins to differ from the first. */
  readonly to: 'boundary' | 'difference';
  readonly direction: 'next' | 'previous';
}

/** Entries of a table that are of one kind, `from <= index < to`. */
export interface EntryRun {
  readonly from: number;
  readonly to: number;
  /** `leaf`: maps memory itself; `table`: leads to one below; `none`: nothing is mapped there. */
  readonly kind: 'leaf' | 'table' | 'none';
  /** What lies below, by memory type and IPAT. */
  readonly parts: readonly Part[];
}

/** A table on the way to a page: level 5 (PML5), 4 (PML4), 3 (PDPT), 2 (PD), 1 (PT). */
export interface WalkTable {
  readonly level: 1 | 2 | 3 | 4 | 5;
  /** Frame at which entry 0 begins, and frames of an entry. */
  readonly start: number;
  readonly frames: number;
  /** Entry on the way. */
  readonly index: number;
  /** Its 512 entries; those behind the end of the space are `none`. */
  readonly runs: readonly EntryRun[];
}

/** The way to a page in one lane. */
export interface Walk {
  readonly lane: Lane;
  readonly title: string;
  /** From the root down to the table that holds the leaf. */
  readonly tables: readonly WalkTable[];
  /** The leaf; left out where nothing is mapped, and with `fault`. */
  readonly leaf?: {
    readonly level: 1 | 2 | 3;
    readonly type: MtrrType;
    readonly ipat: 0 | 1;
    /** In hex; left out where the type is undefined. */
    readonly entry?: string;
  };
  readonly fault?: Failure;
}

/** Why a page has its type in one lane. */
export interface Why {
  /** `eptsweep/explain@2`. */
  readonly document: JsonObject;
  /** What `eptsweep explain` prints. */
  readonly lines: readonly string[];
  /** For each of `wouldChange` of the first explanation: the lane that shows it, where one can. */
  readonly lanes: readonly (Lane | null)[];
}

/** A document, and the program's sentences on standard error. */
export interface Documented {
  readonly document: JsonObject;
  readonly said: readonly string[];
}

/** One replayed event, for the slider. */
export interface ReplayedStep {
  /** Of the event, in the scenario's unit. */
  readonly at?: number;
  readonly kind: string;
  /** Who does it or has it done; left out of events of the VM. */
  readonly vcpu?: number;
  /** In words: `wrmsr IA32_MTRR_DEF_TYPE = 0xc06`. */
  readonly text: string;
  readonly verdict: string;
  /** Pages on which the vCPUs that run disagree afterwards. */
  readonly disagree: number;
  readonly installed: number;
  readonly replaced: number;
  /** Pages that were reached through an entry of another demand. */
  readonly foreign: number;
  /** Entries that were zapped, and pages under them; left out where nothing was. */
  readonly zap?: { readonly reason: string; readonly entries: number; readonly pages: number };
  /** Of the report behind the event, where there is one: pages under entries that are stale, or foreign. */
  readonly stalePages?: number;
  readonly foreignPages?: number;
}

/** A replay, step by step. */
export interface Replayed extends Documented {
  /** vCPUs of the scenario, by id. */
  readonly vcpus: readonly number[];
  /** At most {@link MOST_STEPS} of `stepCount`. */
  readonly steps: readonly ReplayedStep[];
  readonly stepCount: number;
  /** The scenario as text, as far as it is short enough for an editor. */
  readonly text?: string;
}

/** See {@link Replayed.steps}. */
export const MOST_STEPS = 5000;

/** Rows of the table of spans. */
export interface SpanRows {
  /** Rows in all; the least that is known where `isComplete` is false. */
  readonly count: number;
  /** False: there are more than {@link MOST_ROWS}. */
  readonly isComplete: boolean;
  readonly first: number;
  /** As `spans` of `eptsweep/map@2`. */
  readonly rows: readonly JsonObject[];
}

/** Rows that can be scrolled to, which is also what `map -f json` lists. */
export const MOST_ROWS = 65_536;

/** Names that can be chosen from. */
export interface Catalogue {
  readonly version: string;
  readonly presets: readonly { readonly name: string; readonly title: string }[];
  readonly policies: readonly {
    readonly name: string;
    readonly title: string;
    readonly kind: 'manual' | 'kernel' | 'peer';
  }[];
  readonly formats: readonly { readonly name: string; readonly title: string }[];
  readonly scenarios: readonly { readonly name: string; readonly title: string }[];
  /** Ways in which vCPUs share an EPT, as `--design` takes them. */
  readonly designs: readonly string[];
  /** Commands that collect what is needed, by where they are typed. */
  readonly recipes: readonly {
    readonly name: string;
    readonly title: string;
    readonly lines: readonly string[];
  }[];
}

/** All questions: what is asked, and what is answered. */
export interface Questions {
  readonly catalogue: { readonly ask: Record<never, never>; readonly answer: Catalogue };
  /** Reports progress in bytes; can be cancelled. */
  readonly open: {
    readonly ask: { readonly input: Input; readonly options?: ReadingOptions };
    readonly answer: Machine;
  };
  readonly close: { readonly ask: { readonly machine: MachineId }; readonly answer: null };
  readonly registers: {
    readonly ask: { readonly machine: MachineId; readonly vcpu?: number; readonly set?: readonly string[] };
    readonly answer: RegisterBars;
  };
  readonly map: { readonly ask: MapQuestion; readonly answer: LaneMap };
  /** The frame that was sought; null: there is none. */
  readonly seek: { readonly ask: SeekQuestion; readonly answer: number | null };
  readonly walk: {
    readonly ask: { readonly machine: MachineId; readonly lanes: readonly Lane[]; readonly gfn: number };
    readonly answer: readonly Walk[];
  };
  readonly explain: {
    readonly ask: {
      readonly machine: MachineId;
      readonly lane: Lane;
      readonly gfn: number;
      readonly pat?: PatType;
    };
    readonly answer: Why;
  };
  /** `eptsweep/check@2`; the policy is the KVM release that the layout is held against. */
  readonly check: {
    readonly ask: { readonly machine: MachineId; readonly policy?: string };
    readonly answer: Documented;
  };
  /** `eptsweep/diff@2`: as `--against` or `--across` have it. */
  readonly diff: {
    readonly ask: {
      readonly machine: MachineId;
      readonly policy?: string;
      readonly vcpu?: number;
      /** `policy:NAME`, `vcpu:N`, `set:PATH=VALUE`, `vendor:V`; a machine for another config. */
      readonly against?: string | MachineId;
      /** `kernels=5.16,6.8`, `vcpus`, `vendors`, `peers`, `ncdma`, `quirks`. */
      readonly across?: string;
      readonly want?: Want;
      readonly pat?: PatType;
      readonly range?: GfnRange;
      readonly limit?: number;
    };
    readonly answer: Documented;
  };
  /** `eptsweep/share@2`. */
  readonly share: {
    readonly ask: {
      readonly machine: MachineId;
      readonly policy?: string;
      readonly range?: GfnRange;
      readonly designs?: readonly string[];
      /** Disagreements that are listed, at most; default all. */
      readonly limit?: number;
    };
    readonly answer: Documented;
  };
  /** `eptsweep/replay@2`, or `eptsweep/replay-designs@2` of several designs. Reports progress in events; can be cancelled. */
  readonly replay: {
    readonly ask: {
      /** A ready scenario by name, with parameters behind it, or a text. */
      readonly scenario: { readonly name: string } | SourceText;
      readonly policy?: string;
      readonly vcpus?: number;
      /** As `--design` takes them; default `first-fault`. */
      readonly designs?: readonly string[];
    };
    readonly answer: Replayed;
  };
  readonly spans: {
    readonly ask: {
      readonly machine: MachineId;
      readonly lane: Lane;
      readonly wants: readonly Want[];
      readonly pat?: PatType;
      readonly range?: GfnRange;
      /** Position of the first row, and how many. */
      readonly first: number;
      readonly count: number;
    };
    readonly answer: SpanRows;
  };
  /** The map as the program prints it, a line each: `json` is `eptsweep/map@2`. Reports progress; can be cancelled. */
  readonly export: {
    readonly ask: {
      readonly machine: MachineId;
      readonly lane: Lane;
      readonly wants?: readonly Want[];
      readonly pat?: PatType;
      readonly range?: GfnRange;
      readonly format: 'json' | 'csv' | 'markdown';
      readonly limit?: number;
    };
    readonly answer: readonly string[];
  };
}

/** Name of a question. */
export type QuestionName = keyof Questions;

/** A question on its way to the worker. Ids are the page's; each is answered or refused once. */
export type Request = {
  [Name in QuestionName]: {
    readonly id: number;
    readonly question: Name;
    readonly ask: Questions[Name]['ask'];
  };
}[QuestionName];

/** Gives a question up: it is then refused with `cancelled`. */
export interface Cancel {
  readonly id: number;
  readonly question: 'cancel';
}

/** All that the page sends. */
export type ToWorker = Request | Cancel;

/** Why a question has no answer. */
export interface Failure {
  /**
   * `not-recognised`: no format claims any line; `no-registers`: the text has none; `refused`: a register write that the
   * CPU or KVM refuses; `input`: anything else that is wrong with what was given; `cancelled`; `internal`.
   */
  readonly code: 'not-recognised' | 'no-registers' | 'refused' | 'input' | 'cancelled' | 'internal';
  /** As the program prints it, one line or several. */
  readonly message: string;
  /** What is wrong, where, and what to do about it. */
  readonly problems: readonly (TextPlace & {
    readonly path?: string;
    readonly message: string;
    readonly hint?: string;
  })[];
  /** The first lines of what was not recognised. */
  readonly head?: readonly string[];
}

/** How far a question is. */
export interface Progress {
  /** Bytes or events. */
  readonly done: number;
  /** Undefined where nobody knows. */
  readonly total?: number;
}

/** The answer to a question. */
export type Answer = {
  [Name in QuestionName]: {
    readonly id: number;
    readonly answered: Name;
    readonly answer: Questions[Name]['answer'];
  };
}[QuestionName];

/** All that the worker sends. */
export type FromWorker =
  | Answer
  | { readonly id: number; readonly failure: Failure }
  | { readonly id: number; readonly progress: Progress }
  /** Sent once: the engine is there, or why it cannot be (no WebAssembly). */
  | { readonly ready: true }
  | { readonly ready: false; readonly reason: string };
