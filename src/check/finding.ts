/** What a check finds: the rule, how bad it is, where, which register is to blame, what to do about it. */
import type { GfnRange } from '../types.ts';

/** How bad a finding is. `INFO` is worth knowing and counts as nothing found. */
export type Severity = 'HIGH' | 'MEDIUM' | 'LOW' | 'INFO';
/** All severities, the worst first. */
export const SEVERITIES: readonly Severity[] = ['HIGH', 'MEDIUM', 'LOW', 'INFO'];

/** A rule that can be switched. */
export interface Rule {
  readonly id: RuleId;
  /** What it looks for. */
  readonly title: string;
}

/** All rules, in the order in which their findings are listed at equal severity. */
export const RULES = [
  { id: 'mtrrs-off', title: 'the MTRRs are switched off, so that every page is UC' },
  { id: 'ram-not-wb', title: 'RAM that a register gives another type than WB' },
  { id: 'ram-uncovered', title: 'RAM that no register covers, under a default type other than WB' },
  { id: 'undefined-overlap', title: 'ranges that overlap with types for which the manual has no answer' },
  { id: 'mmio-cacheable', title: 'device memory with a cacheable type' },
  { id: 'wb-beyond-ram', title: 'a WB range that reaches past all RAM' },
  { id: 'cpus-differ', title: 'CPUs whose memory types differ' },
  { id: 'cpus-inconsistent', title: 'CPUs that the log itself calls inconsistent' },
  { id: 'ram-lost', title: 'RAM that the kernel says it gave up' },
  { id: 'ept-misconfig', title: 'an EPT entry that the log says the CPU refused' },
  { id: 'firmware-bug', title: 'registers that the log says firmware set up wrongly' },
  { id: 'ranges-short', title: 'variable ranges that the log says were too few' },
  { id: 'type-conflict', title: 'addresses that the log says were asked for with two types' },
  { id: 'range-refused', title: 'a range that the log says was refused' },
  { id: 'large-page', title: 'a large page that the log says was not made' },
  { id: 'mask-holes', title: 'a mask with holes: the range repeats' },
  { id: 'mask-short', title: 'a mask that may end below the last address bit' },
  { id: 'base-unaligned', title: 'a base with bits that its mask does not compare' },
  { id: 'register-idle', title: 'a variable range without which no page changes' },
  { id: 'cpus-differ-raw', title: 'CPUs whose registers differ, to no effect' },
  { id: 'kvm-differs', title: "what KVM makes of the layout where it is a guest's" },
  { id: 'page-split', title: 'large pages that cannot be, since types change inside' },
  { id: 'smram', title: 'memory that SMRR keeps for system management mode' },
  { id: 'key-ids', title: 'address bits that TME-MK takes for KeyIDs' },
  { id: 'ranges-left', title: 'how many variable ranges are free' },
] as const satisfies readonly { readonly id: string; readonly title: string }[];

/** Name of a rule. */
export type RuleId = (typeof RULES)[number]['id'];

/** A line of a file. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** A register that is to blame. */
export interface Cause {
  /** Intel's name. */
  readonly register: string;
  readonly msr: number;
  /** What it holds. */
  readonly value: bigint;
  /** Where the input says so, if it has lines. */
  readonly at?: Place;
  /** The path of the change that says so in the input's place: `mtrr.default`. */
  readonly set?: string;
}

/** One finding. */
export interface Finding {
  readonly rule: RuleId;
  readonly severity: Severity;
  /** What is wrong, in one sentence. */
  readonly message: string;
  /** What to do about it, in one sentence. */
  readonly remedy: string;
  /** The first stretches that are concerned, ascending; none where it is no matter of addresses. */
  readonly ranges: readonly GfnRange[];
  /** How many stretches there are; more than `ranges` holds where there are many. */
  readonly rangeCount: number;
  /** Pages of all of them. */
  readonly pages: bigint;
  /** Whether there may be more of both: masks with holes make millions of stretches. */
  readonly isCutShort: boolean;
  /** The registers to blame. */
  readonly causes: readonly Cause[];
  /** Ids of the CPUs that are concerned; empty: all of them. */
  readonly vcpus: readonly number[];
  /** What it rests on beside what was read, a sentence each: `inferred: default type WB (...)`. */
  readonly restsOn?: readonly string[];
}

/** Stretches that a finding lists. */
export const MOST_RANGES = 16;

/** The parts of a finding that rules give. */
export type FindingText = Pick<Finding, 'rule' | 'severity' | 'message' | 'remedy'> & {
  readonly causes?: readonly Cause[];
  readonly vcpus?: readonly number[];
};

/** A finding about no addresses, or about a few. */
export function finding(text: FindingText, ranges: readonly GfnRange[] = []): Finding {
  return {
    causes: [],
    vcpus: [],
    ...text,
    ranges: ranges.slice(0, MOST_RANGES),
    rangeCount: ranges.length,
    pages: ranges.reduce((sum, { start, end }) => sum + BigInt(end - start), 0n),
    isCutShort: false,
  };
}

/** Collects stretches that are to be told together, those that touch joined. */
export class Gathering {
  readonly #text: FindingText;
  readonly #ranges: { start: number; end: number }[] = [];
  #last: { start: number; end: number } | undefined;
  #count = 0;
  #pages = 0n;

  constructor(text: FindingText) {
    this.#text = text;
  }

  /** Pages so far. */
  get pages(): bigint {
    return this.#pages;
  }

  /** @param range - not below those before it */
  add({ start, end }: GfnRange): void {
    this.#pages += BigInt(end - start);
    if (this.#last?.end === start) {
      this.#last.end = end;
      return;
    }
    this.#last = { start, end };
    this.#count += 1;
    if (this.#ranges.length < MOST_RANGES) this.#ranges.push(this.#last);
  }

  /**
   * @param isCutShort - whether the search ended early
   * @param change - what is known only now
   */
  finding(isCutShort: boolean, change: Partial<FindingText> = {}): Finding {
    return {
      causes: [],
      vcpus: [],
      ...this.#text,
      ...change,
      ranges: this.#ranges,
      rangeCount: this.#count,
      pages: this.#pages,
      isCutShort,
    };
  }
}
