/** What came of holding a trace against the model: plain data, text is made in write/. */
import type { Vm } from '../vm/index.ts';
import type { Author, Distinction, PolicyMatch } from './policy-match.ts';
import type { Outside, Tally } from './tally.ts';

/** A line that could not be used. */
export interface OddLine {
  readonly line: number;
  /** Its text, shortened. */
  readonly text: string;
}

/** Lines of one kind of trouble: how many, and the first. */
export interface OddLines {
  readonly count: number;
  readonly first: OddLine | undefined;
}

/** What a file held, beside the entries that were judged. */
export interface TraceSource {
  /** As the user named it. */
  readonly file: string;
  /** Name of its format. */
  readonly format: string;
  /** They are KVM's own trace events. */
  readonly isKvm: boolean;
  readonly lines: number;
  readonly entries: number;
  /** Large entries that were split; their children count as entries. */
  readonly splits: number;
  /** Events of other kinds. */
  readonly otherEvents: number;
  /** Events that the recorder lost, by its own count. */
  readonly lostEvents: number;
  /** Entries of page tables that are no EPT, which the dump itself says. */
  readonly foreignEntries: number;
  /** Lines that begin as an entry and break off. */
  readonly truncated: OddLines;
  /** Lines that were skipped for their length. */
  readonly overlong: OddLines;
}

/** A trace, judged. */
export interface TraceReport {
  readonly source: TraceSource;
  readonly vm: Vm;
  /** The VM's name, and the argument that names its config. */
  readonly name: string;
  readonly config: string;
  readonly maxphyaddr: number;
  /** What had to be assumed to read the config. */
  readonly assumptions: readonly string[] | undefined;
  /** The config says where memory is. */
  readonly statesSlots: boolean;
  readonly vcpus: {
    /** How many the VM has, and in how many states. */
    readonly count: number;
    readonly states: number;
    /** States that entries were held against. */
    readonly judged: number;
    /** The vCPU that `--vcpu` named. */
    readonly named: string | undefined;
    /** Ids of one vCPU for each of these states. */
    readonly ids: readonly number[];
  };
  readonly hostAddressBits: number | undefined;
  readonly comparesFrames: boolean;
  readonly tally: Tally;
  /** Leaves of KVM's own APIC page. */
  readonly apicPages: number;
  /** Why nothing was judged. */
  readonly outside: Outside | undefined;
  readonly author: Author;
  /** The policy was named; otherwise the best of all is taken. */
  readonly isNamed: boolean;
  /** Best first; one where the policy was named. */
  readonly fits: readonly PolicyMatch[];
  /** Those of them that fit equally well. */
  readonly best: readonly PolicyMatch[];
  readonly distinctions: readonly Distinction[];
  /** Policies that refuse a register of the config. */
  readonly refused: readonly string[];
  /** Rules and registers behind the first wrong entry. */
  readonly why: readonly string[];
}
