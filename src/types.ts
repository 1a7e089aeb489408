/**
 * The vocabulary: memory types, wants, spans. Guest frame numbers (GFN, guest-physical address >> 12) are
 * plain numbers: the largest space has 2^40 frames, far below 2^53. Addresses, MSR values and EPT entries
 * are bigints.
 */

/** Uncacheable, MTRR and EPT encoding (Intel SDM vol. 3A, "Memory Types That Can Be Encoded in MTRRs"). */
export const UC = 0;
/** Write combining. */
export const WC = 1;
/** Write through. */
export const WT = 4;
/** Write protected. */
export const WP = 5;
/** Write back. */
export const WB = 6;
/** UC-, a PAT encoding only: never in an MTRR or an EPT entry. */
export const UC_MINUS = 7;
/** No type: the manual leaves this overlap undefined, or a peer has no answer. */
export const UNDEFINED = -1;

/** A type that an MTRR or an EPT entry can carry. */
export type MemoryType = typeof UC | typeof WC | typeof WT | typeof WP | typeof WB;
/** What an MTRR lookup gives: a type, or -1 where the architecture leaves it undefined. */
export type MtrrType = MemoryType | typeof UNDEFINED;
/** A type that a PAT entry can carry. */
export type PatType = MemoryType | typeof UC_MINUS;
/** Level of the EPT leaf: 1 (4 KiB), 2 (2 MiB), 3 (1 GiB); 0 where nothing is mapped. */
export type Level = 0 | 1 | 2 | 3;

/** The five memory types in numeric order. */
export const MEMORY_TYPES: readonly MemoryType[] = [UC, WC, WT, WP, WB];
/** The six PAT types in numeric order. */
export const PAT_TYPES: readonly PatType[] = [UC, WC, WT, WP, WB, UC_MINUS];

const TYPE_NAMES: Readonly<Record<number, string>> = {
  [UNDEFINED]: 'undefined',
  [UC]: 'UC',
  [WC]: 'WC',
  [WT]: 'WT',
  [WP]: 'WP',
  [WB]: 'WB',
  [UC_MINUS]: 'UC-',
};

/**
 * The name of a memory type as the manuals print it.
 *
 * @param type - a memory type, a PAT type or -1
 * @returns `UC`, `WC`, `WT`, `WP`, `WB`, `UC-`, `undefined`, or `reserved(n)` for an encoding without meaning
 * @example
 * typeName(6); // 'WB'
 */
export function typeName(type: number): string {
  return TYPE_NAMES[type] ?? `reserved(${type})`;
}

/**
 * What can be asked of a page: the type that the MTRRs give (`mtrr`), memory type and IPAT of the EPT leaf
 * (`ept`), the type that an access gets (`effective`), the leaf's level (`levels`), the leaf itself (`leaf`).
 */
export type Want = 'mtrr' | 'ept' | 'effective' | 'levels' | 'leaf';
/** All wants. */
export const WANTS: readonly Want[] = ['mtrr', 'ept', 'effective', 'levels', 'leaf'];

/** Frames `start <= gfn < end`. */
export interface GfnRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The answer about a page, whatever was asked: `mtrr`, `effective`: `type`; `ept`: `type`, `ipat`; `levels`:
 * `level`; `leaf`: `level`, `entry`. {@link AnswerOf} knows which.
 */
export interface Answer {
  /** Memory type, -1 where undefined. */
  readonly type?: MtrrType;
  /** Ignore-PAT bit of the EPT entry. */
  readonly ipat?: 0 | 1;
  readonly level?: Level;
  /**
   * The first leaf's 64-bit entry (the containing leaf's where the span starts inside one); 0n where nothing
   * is mapped, null where the type is undefined.
   */
  readonly entry?: bigint | null;
}

/** A maximal stretch of frames with one answer, whatever was asked; {@link SpanOf} knows its fields. */
export interface Span extends GfnRange, Answer {}

/** Pages of a range that share one answer: its fields, and how many pages carry them. */
export interface Total extends Answer {
  readonly pages: bigint;
}

/** Some fields of an answer, and none of the others. */
type Only<Field extends keyof Answer> = Pick<Required<Answer>, Field> & {
  readonly [Other in Exclude<keyof Answer, Field>]?: never;
};

/** What is answered to each want. */
interface Answers {
  readonly mtrr: Only<'type'>;
  readonly ept: Only<'type' | 'ipat'>;
  readonly effective: Only<'type'>;
  readonly levels: Only<'level'>;
  readonly leaf: Only<'level' | 'entry'>;
}

/** The answer to a want: `AnswerOf<'ept'>` has `type` and `ipat`, and nothing else. */
export type AnswerOf<W extends Want> = Answers[W];

/** A span of a want: `SpanOf<'ept'>` has `type` and `ipat`. */
export type SpanOf<W extends Want> = GfnRange & AnswerOf<W>;

/** A total of a want. */
export type TotalOf<W extends Want> = AnswerOf<W> & { readonly pages: bigint };
