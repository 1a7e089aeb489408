/** The rows of `eptsweep map`: several answers for one range, side by side. */
import type { View } from '../../engine/index.ts';
import { EptsweepError } from '../../errors.ts';
import { LEAF_FRAMES } from '../../ranges.ts';
import {
  type GfnRange,
  type MtrrType,
  type Span,
  type SpanOf,
  typeName,
  UC,
  type Want,
  WB,
  WC,
  WP,
  WT,
} from '../../types.ts';
import type { Query } from '../../vm/index.ts';
import { eptText, hexText, levelText } from '../../words.ts';
import type { Column } from '../format/column.ts';
import { type By, rangeColumns } from '../format/range-columns.ts';

/** A stretch of frames with the answer to each want. */
export interface MapRow extends GfnRange {
  /** Of the wants that were asked. */
  readonly answers: { readonly [W in Want]?: SpanOf<W> };
}

/**
 * A row's answer to a want.
 *
 * @throws EptsweepError `internal` where it was not asked
 */
export function answerTo<W extends Want>(row: MapRow, want: W): SpanOf<W> {
  const answer: SpanOf<W> | undefined = row.answers[want];
  if (!answer) throw new EptsweepError('internal', `${want} was not asked`);
  return answer;
}

/** The answer of a span for a part that starts further on: a leaf's entry moves with its address. */
function answerFrom(want: Want, span: Span, start: number): Span {
  if (want !== 'leaf' || span.start === start || !span.entry) return span;
  const frames = LEAF_FRAMES[span.level ?? 1];
  const leaves = Math.floor(start / frames) - Math.floor(span.start / frames);
  return { ...span, start, entry: span.entry + BigInt(leaves * frames) * 4096n };
}

/**
 * Joins the spans of several wants: a new row wherever one of the answers changes.
 *
 * @param view - what is asked
 * @param wants - at least one
 * @param query - range and PAT type
 */
export function* mapRows(
  view: View,
  wants: readonly Want[],
  query: Query,
): Generator<MapRow, void, undefined> {
  const lists = wants.map((want) => view.spansOf(want, query));
  try {
    const current: IteratorResult<Span, unknown>[] = lists.map((list) => list.next());
    // Plain loops: masks with holes have hundreds of millions of rows, and each list cost as much as the engine.
    while (!current.some((item) => item.done)) {
      let start = 0;
      let end = Number.POSITIVE_INFINITY;
      for (const { value } of current) {
        const span = value as Span;
        if (span.start > start) start = span.start;
        if (span.end < end) end = span.end;
      }
      const answers: Partial<Record<Want, Span>> = {};
      for (let k = 0; k < wants.length; k++) {
        answers[wants[k]!] = answerFrom(wants[k]!, current[k]!.value as Span, start);
      }
      yield { start, end, answers: answers as MapRow['answers'] };
      for (let k = 0; k < wants.length; k++) {
        if ((current[k]!.value as Span).end === end) current[k] = lists[k]!.next();
      }
    }
  } finally {
    for (const list of lists) list.return?.();
  }
}

const TYPE_COLOURS = { [UC]: 'red', [WC]: 'magenta', [WT]: 'cyan', [WP]: 'yellow', [WB]: 'green' } as const;

function colourOf(type: MtrrType): 'red' | 'magenta' | 'cyan' | 'yellow' | 'green' {
  return TYPE_COLOURS[type as keyof typeof TYPE_COLOURS] ?? 'red';
}

const WANT_COLUMNS: Readonly<Record<Want, readonly Column<MapRow>[]>> = {
  mtrr: [
    {
      name: 'mtrr',
      title: 'MTRR',
      text: (row) => typeName(answerTo(row, 'mtrr').type),
      value: (row) => typeName(answerTo(row, 'mtrr').type),
      colour: (row) => colourOf(answerTo(row, 'mtrr').type),
    },
  ],
  ept: [
    {
      name: 'ept',
      title: 'EPT',
      text: (row) => eptText(answerTo(row, 'ept').type, answerTo(row, 'ept').ipat),
      value: (row) => typeName(answerTo(row, 'ept').type),
      colour: (row) => colourOf(answerTo(row, 'ept').type),
    },
  ],
  effective: [
    {
      name: 'effective',
      title: 'effective',
      text: (row) => typeName(answerTo(row, 'effective').type),
      value: (row) => typeName(answerTo(row, 'effective').type),
      colour: (row) => colourOf(answerTo(row, 'effective').type),
    },
  ],
  levels: [
    {
      name: 'level',
      title: 'level',
      text: (row) => levelText(answerTo(row, 'levels').level),
      value: (row) => answerTo(row, 'levels').level,
    },
  ],
  leaf: [
    {
      name: 'leafLevel',
      title: 'leaf',
      text: (row) => levelText(answerTo(row, 'leaf').level),
      value: (row) => answerTo(row, 'leaf').level,
    },
    {
      name: 'entry',
      title: 'first entry',
      text: (row) => entryText(answerTo(row, 'leaf').entry),
      value: (row) => (answerTo(row, 'leaf').entry === null ? null : entryText(answerTo(row, 'leaf').entry)),
    },
  ],
};

function entryText(entry: bigint | null): string {
  return entry === null ? 'undefined' : hexText(entry);
}

/**
 * The columns of a map. People read an inclusive range; programs get its first and last address, the number of
 * pages, and IPAT apart from the type.
 */
export function mapColumns(wants: readonly Want[], by: By, forPeople: boolean): Column<MapRow>[] {
  const ipat: Column<MapRow> = {
    name: 'ipat',
    title: 'IPAT',
    text: (row) => String(answerTo(row, 'ept').ipat),
    value: (row) => answerTo(row, 'ept').ipat === 1,
  };
  const answers = wants.flatMap((want) =>
    want === 'ept' && !forPeople ? [...WANT_COLUMNS.ept, ipat] : WANT_COLUMNS[want],
  );
  return [...rangeColumns(by, forPeople), ...answers];
}
