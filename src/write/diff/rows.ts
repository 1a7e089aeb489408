/** The rows of `eptsweep diff`: differing spans with both answers, or one a column, and why. */
import { answerText, type DifferenceCause, type StatedChange } from '../../diff/index.ts';
import { type Answer, type GfnRange, typeName, UNDEFINED, type Want } from '../../types.ts';
import type { MatrixCell } from '../../vm/index.ts';
import { countText, pagesText } from '../../words.ts';
import type { Column, JsonValue } from '../format/column.ts';
import { type By, rangeColumns } from '../format/range-columns.ts';
import { entryJson, exactJson } from '../json/vocabulary.ts';

/** Frames that differ, one answer a column, and why. */
export interface DiffRow extends GfnRange {
  readonly answers: readonly Answer[];
  /** Between each column and the next, where they differ. Empty where the sides are one setup. */
  readonly causes: readonly DifferenceCause[];
  /** Whether the causes are those of the row before. */
  readonly isSameCause: boolean;
}

/** One change in a line: `e1548088ff54 (6.11): CR0.CD=1 no longer forces UC`. */
export function changeText({ commit, text }: StatedChange): string {
  return commit ? `${commit.id} (${commit.since}): ${text}` : text;
}

/** A cause in a line. */
export function causeText({ changes, registers }: DifferenceCause): string {
  const because = changes.map(changeText).join('; and ');
  return registers.length > 0 ? `${because} [${registers.join(', ')}]` : because;
}

/** Several causes in a line; one that two pairs of columns share is said once. */
export function causesText(causes: readonly DifferenceCause[]): string {
  return [...new Set(causes.map(causeText))].filter((text) => text !== '').join(' | ');
}

function causeJson({ changes, registers }: DifferenceCause): JsonValue {
  return {
    changes: changes.map(({ kind, name, text, commit }) => ({
      kind,
      name,
      text,
      ...(commit && { since: commit.since }),
    })),
    ...(registers.length > 0 && { registers }),
  };
}

/** An answer as JSON carries it. */
export function answerJson(want: Want, answer: Answer): JsonValue {
  switch (want) {
    case 'mtrr':
    case 'effective':
      return { type: typeName(answer.type ?? UNDEFINED) };
    case 'ept':
      return {
        type: typeName(answer.type ?? UNDEFINED),
        ...(answer.ipat !== undefined && { ipat: answer.ipat === 1 }),
      };
    case 'levels':
      return { level: answer.level ?? 0 };
    case 'leaf':
      return { level: answer.level ?? 0, entry: entryJson(answer.entry) };
  }
}

/** How the columns of a diff are made. */
export interface DiffColumnsOptions {
  readonly want: Want;
  readonly by: By;
  /** Keys of the answers in JSON and CSV: `a` and `b`, or the folded columns by position. */
  readonly names: readonly string[];
  /** Headings of the answers. */
  readonly labels: readonly string[];
  readonly hasCauses: boolean;
  /** A table, where neighbours share what is said of them. */
  readonly forPeople: boolean;
}

/** The columns of a diff. */
export function diffColumns(options: DiffColumnsOptions): Column<DiffRow>[] {
  const { want, by, names, labels, hasCauses, forPeople } = options;
  const answers = names.map(
    (name, index): Column<DiffRow> => ({
      name,
      title: labels[index]!,
      text: (row) => answerText(want, row.answers[index]!),
      value: (row) => answerJson(want, row.answers[index]!),
      cell: (row) => answerText(want, row.answers[index]!),
    }),
  );
  const why: Column<DiffRow> = {
    name: 'why',
    title: 'why',
    text: (row) => (row.isSameCause ? 'same' : causesText(row.causes)),
    value: (row) => row.causes.map(causeJson),
    cell: (row) => causesText(row.causes),
  };
  return [...rangeColumns(by, forPeople), ...answers, ...(hasCauses ? [why] : [])];
}

/** Columns of the pages by pair of answers. */
export function matrixColumns(want: Want, labels: readonly [string, string]): Column<MatrixCell>[] {
  const side = (key: 'a' | 'b', title: string): Column<MatrixCell> => ({
    name: key,
    title,
    text: (cell) => answerText(want, cell[key]),
    value: (cell) => answerJson(want, cell[key]),
  });
  return [
    side('a', labels[0]),
    side('b', labels[1]),
    {
      name: 'size',
      title: 'size',
      align: 'right',
      text: ({ pages }) => pagesText(pages),
      value: () => undefined,
    },
    {
      name: 'pages',
      title: 'pages',
      align: 'right',
      text: ({ pages }) => countText(pages),
      value: ({ pages }) => exactJson(pages),
    },
  ];
}
