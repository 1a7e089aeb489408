/** What an assertions file demands of a machine, and how the machine bears it out. Plain data on both sides. */

import type { Cause, Place, RuleId, Severity } from '../check/finding.ts';
import type { Policy } from '../policy/index.ts';
import type { GfnRange, MemoryType } from '../types.ts';
import type { AreaName } from './area-names.ts';

/** Frames that a rule speaks of. */
export type Area =
  /** By address; from the assertions file's own names too. */
  | { readonly kind: 'addresses'; readonly name: string; readonly ranges: readonly GfnRange[] }
  /** By what every machine's map can tell. */
  | { readonly kind: 'known'; readonly name: AreaName }
  /** By a name that the map itself uses; `*` stands for anything. */
  | { readonly kind: 'pattern'; readonly name: string; readonly pattern: string };

/** Frames, with those that are left out. */
export interface Extent {
  readonly area: Area;
  readonly except: readonly Area[];
}

/** What is demanded. */
export type Requirement =
  | {
      readonly kind: 'types';
      readonly extent: Extent;
      /** Any of these. */
      readonly types: readonly MemoryType[];
      /** Whose answer; undefined: the manual's. */
      readonly policy: Policy | undefined;
    }
  | {
      readonly kind: 'level';
      readonly extent: Extent;
      readonly level: 2 | 3;
      readonly policy: Policy | undefined;
    }
  | { readonly kind: 'default'; readonly types: readonly MemoryType[] }
  /** `defined`: none that the manual leaves open; `disjoint`: none at all. */
  | { readonly kind: 'overlaps'; readonly allowed: 'defined' | 'disjoint' }
  | { readonly kind: 'max-variable'; readonly count: number }
  | { readonly kind: 'min-free-variable'; readonly count: number }
  | { readonly kind: 'switch'; readonly which: 'mtrrs' | 'fixed-ranges'; readonly on: boolean }
  /** Equal in the type of every page, or in every register. */
  | { readonly kind: 'cpus'; readonly equal: 'types' | 'registers' }
  /** A rule of `check`, or all of them from a severity on, finds nothing. */
  | { readonly kind: 'finding'; readonly rule: RuleId }
  | { readonly kind: 'severity'; readonly severity: Severity };

/** One rule of an assertions file. */
export interface Assertion {
  /** What it is called in reports: `ram`, `level of ram`, `max-variable`. */
  readonly key: string;
  /** What it demands, in words: `ram is WB`. */
  readonly title: string;
  readonly requirement: Requirement;
  /** Whether breaking it is a warning, which fails nothing. */
  readonly isWarning: boolean;
  /** What becomes of it where the input does not say what it takes to judge. */
  readonly whenMissing: 'skip' | 'fail';
  /** The author's reason. */
  readonly why?: string;
  /** Where it stands. */
  readonly at: Place & { readonly column: number };
}

/** An assertions file. */
export interface AssertionList {
  readonly name: string;
  readonly file: string;
  /** Whether VMs have non-coherent DMA under a KVM policy; undefined: as the config says, and yes for a dump. */
  readonly noncoherentDma: boolean | undefined;
  readonly assertions: readonly Assertion[];
}

/** How a rule was borne out, in fwts's words. */
export type Verdict = 'PASS' | 'FAIL' | 'WARN' | 'SKIP';
/** All verdicts, the worst first. */
export const VERDICTS: readonly Verdict[] = ['FAIL', 'WARN', 'SKIP', 'PASS'];

/** Frames that break a rule, all for one reason. */
export interface Breach extends GfnRange {
  /** What they have instead: `WC`, `undefined`, `WB + IPAT`, `4K`. */
  readonly found: string;
  /** Who makes it so, in words. */
  readonly reason: string;
  readonly causes: readonly Cause[];
}

/** A rule, judged. */
export interface Judged {
  readonly assertion: Assertion;
  readonly verdict: Verdict;
  /** What was found, in a sentence. */
  readonly message: string;
  /** What the verdict leaves out or takes from elsewhere, a sentence each. */
  readonly notes: readonly string[];
  /** Pages that were judged; 0 where it is no matter of pages. */
  readonly pages: bigint;
  /** Pages that break it. */
  readonly wrongPages: bigint;
  /** The first stretches that break it, ascending. */
  readonly breaches: readonly Breach[];
  /** Whether there are more breaches than these. */
  readonly isCutShort: boolean;
  /** Registers to blame where it is no matter of addresses. */
  readonly causes: readonly Cause[];
  /** What to do about it; empty where nothing is known to help. */
  readonly remedy: string;
  /** Ids of the CPUs of which the breaches are; empty: all of them. */
  readonly vcpus: readonly number[];
}
