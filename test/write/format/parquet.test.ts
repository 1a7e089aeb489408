/** Parquet, read back by another program's reader. */
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import * as library from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { type ParquetColumn, parquetChunks, ROWS_OF_GROUP } from '../../../src/write/format/parquet.ts';

interface Row {
  readonly index: number;
}
const COLUMNS: readonly ParquetColumn<Row>[] = [
  { name: 'first', kind: 'uint64', value: ({ index }) => index * 4096 },
  { name: 'top', kind: 'uint64', value: ({ index }) => 2 ** 52 - 1 - index },
  {
    name: 'entry',
    kind: 'uint64',
    isNullable: true,
    value: ({ index }) => (index % 3 === 0 ? null : 0xffff_ffff_ffff_ffffn - BigInt(index)),
  },
  { name: 'type', kind: 'string', value: ({ index }) => (index % 2 === 0 ? 'WB' : 'undefined') },
  { name: 'level', kind: 'uint8', value: ({ index }) => index % 4 },
  { name: 'ipat', kind: 'boolean', value: ({ index }) => index % 5 === 0 },
];

function* rowsUpTo(count: number): Generator<Row> {
  for (let index = 0; index < count; index++) yield { index };
}

/** A file in memory; a chunk is valid until the next one is asked for, so each is copied. */
function fileOf(count: number): ArrayBuffer {
  const parts: Buffer[] = [];
  const metadata = () => ({ rows: String(count) });
  for (const chunk of parquetChunks(library, { columns: COLUMNS, rows: rowsUpTo(count), metadata })) {
    parts.push(Buffer.from(chunk));
  }
  const whole = Buffer.concat(parts);
  return whole.buffer.slice(whole.byteOffset, whole.byteOffset + whole.length) as ArrayBuffer;
}

const expectedRow = (index: number) => ({
  first: BigInt(index * 4096),
  top: 2n ** 52n - 1n - BigInt(index),
  entry: index % 3 === 0 ? null : 2n ** 64n - 1n - BigInt(index),
  type: index % 2 === 0 ? 'WB' : 'undefined',
  level: index % 4,
  ipat: index % 5 === 0,
});

describe('a Parquet file', () => {
  it.each([0, 1, 1000])('of %i rows reads back as it was written', async (count) => {
    const bytes = fileOf(count);
    const rows = await parquetReadObjects({ file: bytes });
    expect(rows).toEqual(Array.from({ length: count }, (_, index) => expectedRow(index)));
  });

  it('has row groups, statistics of places, and metadata', async () => {
    const count = ROWS_OF_GROUP + 5;
    const bytes = fileOf(count);
    const { num_rows, row_groups, key_value_metadata, schema } = parquetMetadata(bytes);
    expect([num_rows, row_groups.length]).toEqual([BigInt(count), 2]);
    expect(key_value_metadata).toEqual([{ key: 'rows', value: String(count) }]);
    const types = schema.slice(1).map(({ name, type, converted_type }) => [name, type, converted_type]);
    expect(types).toEqual([
      ['first', 'INT64', 'UINT_64'],
      ['top', 'INT64', 'UINT_64'],
      ['entry', 'INT64', 'UINT_64'],
      ['type', 'BYTE_ARRAY', 'UTF8'],
      ['level', 'INT32', 'UINT_8'],
      ['ipat', 'BOOLEAN', undefined],
    ]);
    const first = row_groups[1]!.columns[0]!.meta_data!.statistics!;
    expect([first.min_value, first.max_value]).toEqual([
      BigInt(ROWS_OF_GROUP) * 4096n,
      BigInt(count - 1) * 4096n,
    ]);
    const rows = await parquetReadObjects({ file: bytes, rowStart: ROWS_OF_GROUP - 2 });
    expect(rows).toEqual(Array.from({ length: 7 }, (_, index) => expectedRow(ROWS_OF_GROUP - 2 + index)));
  });

  it('is written as rows come: a group is handed on before the next row is asked for', () => {
    let asked = 0;
    function* counted(): Generator<Row> {
      for (const row of rowsUpTo(2 * ROWS_OF_GROUP)) {
        asked += 1;
        yield row;
      }
    }
    const chunks = parquetChunks(library, { columns: COLUMNS, rows: counted(), metadata: () => ({}) });
    for (const chunk of chunks) {
      if (chunk.length === 0) continue;
      expect(asked).toBe(ROWS_OF_GROUP);
      break;
    }
  });
});
