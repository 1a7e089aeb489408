/** The rows of `eptsweep map` as analysts want them: addresses, frames and entries as unsigned 64-bit numbers. */
import { typeName, type Want } from '../../types.ts';
import { LimitedRows } from '../format/limited-rows.ts';
import type { ParquetColumn, ParquetFile } from '../format/parquet.ts';
import { type By, rangeParquetColumns } from '../format/range-columns.ts';
import { basisTexts, schemaName } from '../json/basis.ts';
import { type MapJob, mapBasis } from './job.ts';
import { answerTo, type MapRow, mapRows } from './rows.ts';

const WANT_COLUMNS: Readonly<Record<Want, readonly ParquetColumn<MapRow>[]>> = {
  mtrr: [{ name: 'mtrr', kind: 'string', value: (row) => typeName(answerTo(row, 'mtrr').type) }],
  ept: [
    { name: 'ept', kind: 'string', value: (row) => typeName(answerTo(row, 'ept').type) },
    { name: 'ipat', kind: 'boolean', value: (row) => answerTo(row, 'ept').ipat === 1 },
  ],
  effective: [
    { name: 'effective', kind: 'string', value: (row) => typeName(answerTo(row, 'effective').type) },
  ],
  levels: [{ name: 'level', kind: 'uint8', value: (row) => answerTo(row, 'levels').level }],
  leaf: [
    { name: 'leafLevel', kind: 'uint8', value: (row) => answerTo(row, 'leaf').level },
    { name: 'entry', kind: 'uint64', isNullable: true, value: (row) => answerTo(row, 'leaf').entry },
  ],
};

/** The columns of a map, named as in CSV. */
function mapParquetColumns(wants: readonly Want[], by: By): ParquetColumn<MapRow>[] {
  return [...rangeParquetColumns(by), ...wants.flatMap((want) => WANT_COLUMNS[want])];
}

/** The spans as a Parquet file; what is not in the rows is in its metadata. */
export function mapParquet(job: MapJob): ParquetFile<MapRow> {
  const { vm, view, wants, query, by, engine, limit } = job;
  const rows = new LimitedRows<MapRow>(mapRows(view, wants, query), limit);
  const { start, end } = query.range!;
  return {
    columns: mapParquetColumns(wants, by),
    rows,
    metadata: () => ({
      schema: schemaName('map'),
      ...basisTexts(mapBasis(job)),
      engine,
      maxphyaddr: String(vm.maxphyaddr),
      wants: wants.join(','),
      ...(wants.includes('effective') && { pat: typeName(query.pat!) }),
      by,
      firstGfn: String(start),
      pages: String(end - start),
      ...(rows.truncated && { truncated: 'true' }),
    }),
  };
}
