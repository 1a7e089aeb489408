/** The rows of `eptsweep diff` as a Parquet file. */
import { answerText } from '../../diff/index.ts';
import type { Want } from '../../types.ts';
import type { ParquetColumn, ParquetFile } from '../format/parquet.ts';
import { type By, rangeParquetColumns } from '../format/range-columns.ts';
import { schemaName } from '../json/basis.ts';
import { causesText, type DiffRow } from './rows.ts';

/** What a file of differences is made of. */
export interface DiffParquetOptions {
  readonly want: Want;
  readonly by: By;
  /** Names of the answers' columns. */
  readonly names: readonly string[];
  readonly hasCauses: boolean;
  readonly rows: Iterable<DiffRow>;
  /** What the file says beside its rows, such as provenance. */
  readonly metadata: () => Readonly<Record<string, string>>;
}

function answerColumns(want: Want, name: string, index: number): ParquetColumn<DiffRow>[] {
  if (want === 'levels') return [{ name, kind: 'uint8', value: ({ answers }) => answers[index]?.level ?? 0 }];
  if (want !== 'leaf') {
    return [{ name, kind: 'string', value: ({ answers }) => answerText(want, answers[index]!) }];
  }
  return [
    { name: `${name} level`, kind: 'uint8', value: ({ answers }) => answers[index]?.level ?? 0 },
    {
      name: `${name} entry`,
      kind: 'uint64',
      isNullable: true,
      value: ({ answers }) => answers[index]!.entry ?? null,
    },
  ];
}

/** The differing spans; 64-bit entries are numbers, causes text. */
export function diffParquet(options: DiffParquetOptions): ParquetFile<DiffRow> {
  const { want, by, names, hasCauses, rows, metadata } = options;
  const why: ParquetColumn<DiffRow> = {
    name: 'why',
    kind: 'string',
    value: ({ causes }) => causesText(causes),
  };
  const answers = names.flatMap((name, index) => answerColumns(want, name, index));
  return {
    columns: [...rangeParquetColumns(by), ...answers, ...(hasCauses ? [why] : [])],
    rows,
    metadata: () => ({ schema: schemaName('diff'), want, by, ...metadata() }),
  };
}
