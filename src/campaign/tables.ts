/** Tables of a block as Parquet files: the same bytes for the same rows. */

import type { Cell, Table } from '../sweep/index.ts';
import type { ParquetColumn, ParquetLibrary } from '../write/format/parquet.ts';
import { parquetChunks } from '../write/format/parquet.ts';

type Row = Readonly<Record<string, Cell>>;

function columnsOf({ columns }: Table): ParquetColumn<Row>[] {
  return columns.map(({ name, kind, isNullable }) => ({
    name,
    kind,
    isNullable,
    value: (row) => row[name]!,
  }));
}

/**
 * The bytes of a table.
 *
 * @param library - hyparquet-writer
 * @param metadata - of the footer
 */
export function tableBytes(
  library: ParquetLibrary,
  table: Table,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const file = { columns: columnsOf(table), rows: table.rows, metadata: () => metadata };
  // A chunk is written over when the next one is asked for.
  return Buffer.concat(Array.from(parquetChunks(library, file), (chunk) => chunk.slice()));
}
