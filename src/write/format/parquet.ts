/**
 * Rows as a Parquet file, a row group at a time: nothing is kept but one group and the footer's list of groups.
 * The encoding is hyparquet-writer's, which the caller hands in: it is optional, and loaded only for this.
 */

/** How a column is stored. Addresses, frames and page counts below 2^53 are given as numbers. */
export type ParquetKind = 'uint64' | 'uint8' | 'string' | 'boolean';

/** A column of a Parquet file. */
export interface ParquetColumn<Row> {
  readonly name: string;
  readonly kind: ParquetKind;
  /** Whether values may be null. Default false. */
  readonly isNullable?: boolean;
  value(row: Row): number | bigint | string | boolean | null;
}

/** What a Parquet file is written from. */
export interface ParquetFile<Row> {
  readonly columns: readonly ParquetColumn<Row>[];
  readonly rows: Iterable<Row>;
  /** Key-value metadata of the footer, asked for when all rows are through. */
  readonly metadata: () => Readonly<Record<string, string>>;
}

interface SchemaElement {
  readonly name: string;
  readonly type?: 'INT32' | 'INT64' | 'BOOLEAN' | 'BYTE_ARRAY';
  readonly repetition_type?: 'REQUIRED' | 'OPTIONAL';
  readonly converted_type?: 'UINT_64' | 'UINT_8' | 'UTF8';
  readonly logical_type?: { readonly type: 'STRING' };
  readonly num_children?: number;
}

interface ColumnData {
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: hyparquet-writer's own type of a column
  readonly data: any;
  readonly encoding?: 'PLAIN' | 'RLE_DICTIONARY';
  readonly statistics?: boolean;
}

/** Bytes that are written one behind the other. */
interface ByteSink {
  index: number;
  getBytes(): Uint8Array;
}

/** What is used of hyparquet-writer. */
export interface ParquetLibrary<Sink extends ByteSink = ByteSink> {
  readonly ByteWriter: new (initialSize?: number) => Sink;
  readonly ParquetWriter: new (options: {
    // biome-ignore lint/suspicious/noExplicitAny: hyparquet-writer's own type of a sink
    writer: any;
    schema: SchemaElement[];
    createdBy?: string;
  }) => {
    kvMetadata: { key: string; value?: string }[] | undefined;
    write(options: { columnData: ColumnData[]; rowGroupSize: number; pageSize: number }): unknown;
    finish(): unknown;
  };
}

/** Rows of a group: DuckDB reads groups of this order in parallel; one takes some ten MB while it is written. */
export const ROWS_OF_GROUP = 1 << 17;
/** Rows after which the caller may look for signals. */
const ROWS_OF_TURN = 1 << 12;

/**
 * Unsigned numbers by their converted type alone: hyparquet-writer 0.17 writes the bit width of the logical type
 * INTEGER as 32 bits where the format has 8, and DuckDB and Arrow refuse such a footer ("Invalid data").
 */
function schemaElement({ name, kind, isNullable }: ParquetColumn<never>): SchemaElement {
  const repetition_type = isNullable ? 'OPTIONAL' : 'REQUIRED';
  switch (kind) {
    case 'uint64':
      return { name, type: 'INT64', repetition_type, converted_type: 'UINT_64' };
    case 'uint8':
      return { name, type: 'INT32', repetition_type, converted_type: 'UINT_8' };
    case 'string':
      return {
        name,
        type: 'BYTE_ARRAY',
        repetition_type,
        converted_type: 'UTF8',
        logical_type: { type: 'STRING' },
      };
    case 'boolean':
      return { name, type: 'BOOLEAN', repetition_type };
  }
}

/** Values of one column for one group. */
interface Batch<Row> {
  put(index: number, row: Row): void;
  take(count: number): ColumnData;
}

/** 64-bit numbers, put in halves where they are numbers: a bigint a value would cost more than all else. */
function longBatch<Row>({ name, value }: ParquetColumn<Row>): Batch<Row> {
  const longs = new BigUint64Array(ROWS_OF_GROUP);
  const words = new Uint32Array(longs.buffer);
  return {
    put: (index, row) => {
      const number = value(row);
      if (typeof number === 'number') {
        words[2 * index] = number % 2 ** 32;
        words[2 * index + 1] = number / 2 ** 32;
      } else longs[index] = number as bigint;
    },
    take: (count) => ({ name, data: longs.subarray(0, count), encoding: 'PLAIN' }),
  };
}

function valueBatch<Row>({ name, kind, value }: ParquetColumn<Row>): Batch<Row> {
  const values: unknown[] = new Array(ROWS_OF_GROUP);
  const convert =
    kind === 'uint64' ? (one: unknown) => (one === null ? null : BigInt(one as number)) : undefined;
  const dictionary = kind === 'string' ? { encoding: 'RLE_DICTIONARY' as const } : {};
  return {
    put: (index, row) => {
      values[index] = convert ? convert(value(row)) : value(row);
    },
    // Least and largest are of use for places, by which readers skip groups; every group has all types.
    take: (count) => ({ name, data: values.slice(0, count), statistics: false, ...dictionary }),
  };
}

function batchOf<Row>(column: ParquetColumn<Row>): Batch<Row> {
  return column.kind === 'uint64' && !column.isNullable ? longBatch(column) : valueBatch(column);
}

/**
 * The bytes of a Parquet file, row group by row group; an empty chunk stands for rows that are still too few.
 *
 * @param library - hyparquet-writer
 */
export function* parquetChunks<Row>(
  library: ParquetLibrary,
  { columns, rows, metadata }: ParquetFile<Row>,
): Generator<Uint8Array, void, undefined> {
  const sink = new library.ByteWriter(1 << 20);
  const taken = (): Uint8Array => {
    const bytes = sink.getBytes();
    // The next group is written over these bytes, once the consumer of this one is through with them.
    sink.index = 0;
    return bytes;
  };
  const schema = [{ name: 'rows', num_children: columns.length }, ...columns.map(schemaElement)];
  const writer = new library.ParquetWriter({ writer: sink, schema, createdBy: 'eptsweep' });
  const batches = columns.map(batchOf);
  const writeGroup = (count: number) => {
    const columnData = batches.map((batch) => batch.take(count));
    // One page a column and group: pages help those who look for single rows, and cost a look at every value.
    writer.write({ columnData, rowGroupSize: ROWS_OF_GROUP, pageSize: 0 });
  };
  const nothing = new Uint8Array(0);
  let count = 0;
  for (const row of rows) {
    for (const batch of batches) batch.put(count, row);
    count += 1;
    if (count === ROWS_OF_GROUP) {
      writeGroup(count);
      yield taken();
      count = 0;
    } else if (count % ROWS_OF_TURN === 0) yield nothing;
  }
  if (count > 0) writeGroup(count);
  writer.kvMetadata = Object.entries(metadata()).map(([key, value]) => ({ key, value }));
  writer.finish();
  yield taken();
}
