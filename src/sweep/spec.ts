/**
 * The spec of a campaign as it is run: everything named, nothing left to a default, and plain JSON, so that its
 * canonical text is the campaign's identity. `parseSweep` of eptsweep/config makes it from what people write.
 */

import type { Want } from '../types.ts';
import type { LayoutKind } from '../vm/index.ts';

/** Name of the format of specs. */
export const SWEEP_SCHEMA = 'eptsweep/sweep@1';

/** What can be asked of every point of a campaign. */
export const ASKS = ['totals', 'compare', 'check', 'oracle', 'pages'] as const;
/** One of {@link ASKS}. */
export type Ask = (typeof ASKS)[number];

/** Which rows are kept: counters always are. */
export const KEEPS = ['all', 'findings', 'none'] as const;
/** One of {@link KEEPS}. */
export type Keep = (typeof KEEPS)[number];

/** A value of a config as JSON has it; integers beyond 2^53 are texts such as `0xfff000000800`. */
export type PlainValue =
  | string
  | number
  | boolean
  | null
  | readonly PlainValue[]
  | { readonly [key: string]: PlainValue };

/** Values by config path. */
export type Assignment = Readonly<Record<string, PlainValue>>;

/** Shipped layouts by name. */
export interface PresetLayouts {
  readonly kind: 'presets';
  readonly names: readonly string[];
}

/** A dump or config, by name and by what is in it. */
export interface LayoutFile {
  readonly name: string;
  /** Of its bytes, 64 hex digits. */
  readonly sha256: string;
}

/** Dumps and configs, a layout each. */
export interface FileLayouts {
  readonly kind: 'files';
  readonly files: readonly LayoutFile[];
}

/** Layouts that a counter-based generator makes from a seed and their number. */
export interface RandomLayouts {
  readonly kind: 'random';
  /** What is usual or unusual about them. */
  readonly of: LayoutKind;
  /** Fewest and most variable ranges of a layout. */
  readonly ranges: readonly [fewest: number, most: number];
  /** How many, decimal. */
  readonly count: string;
  /** 64 bits, decimal. */
  readonly seed: string;
  /** Physical address bits of the guest. */
  readonly maxphyaddr: number;
}

/** Every layout of a grid: sets of variable ranges with their sizes, bases and types, and a default type. */
export interface EnumeratedLayouts {
  readonly kind: 'enumerate';
  /** Fewest and most ranges of a layout. */
  readonly ranges: readonly [fewest: number, most: number];
  /** Sizes in bytes, powers of two, ascending. */
  readonly sizes: readonly number[];
  /** Bases are multiples of this many bytes, `aligned`: of the range's own size. */
  readonly base: 'aligned' | number;
  /** Ranges end at this byte or below it. */
  readonly below: number;
  readonly types: readonly string[];
  readonly defaults: readonly string[];
  readonly maxphyaddr: number;
}

/** Where layouts come from. */
export type LayoutSource = PresetLayouts | FileLayouts | RandomLayouts | EnumeratedLayouts;

/** An axis, or several that are tied: at a position each path takes its value of that position. */
export interface Dimension {
  readonly paths: readonly string[];
  /** A list a position, with a value a path. */
  readonly values: readonly (readonly PlainValue[])[];
}

/** How answers are held against the other engines. */
export interface Verification {
  /** One point in so many is asked of `auto` again; 0: none. */
  readonly auto: number;
  /** One point in so many is asked of the reference; 0: none. */
  readonly reference: number;
}

/** Another program that answers as well. */
export interface OracleProgram {
  /** A shell command. */
  readonly command: string;
  /** Longest silence, in ms. */
  readonly timeout: number;
}

/** A campaign's spec, resolved. */
export interface SweepSpec {
  readonly schema: typeof SWEEP_SCHEMA;
  readonly ask: Ask;
  /** Policy that every point is held against, where that is asked. */
  readonly against: string | null;
  /** What is asked of every page. */
  readonly want: Want;
  /** Sources, one behind the other. */
  readonly layouts: readonly LayoutSource[];
  /** Axes, the first one outermost. */
  readonly dimensions: readonly Dimension[];
  /** Points that agree with one of these in all that it says are left out; their numbers stay theirs. */
  readonly exclude: readonly Assignment[];
  /** Further combinations of every layout, whatever is excluded. */
  readonly include: readonly Assignment[];
  /** Whether a layout's first vCPU is asked, or one of each state. */
  readonly vcpus: 'first' | 'distinct';
  readonly keep: Keep;
  /** How many of the smallest findings are kept. */
  readonly smallest: number;
  readonly verify: Verification;
  readonly oracle: OracleProgram | null;
}
