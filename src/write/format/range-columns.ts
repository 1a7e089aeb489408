/** Where a row begins and ends, and its pages: the same columns for every command with rows of frames. */
import type { GfnRange } from '../../types.ts';
import { addressText, hexText, pagesText } from '../../words.ts';
import type { Column } from './column.ts';
import type { ParquetColumn } from './parquet.ts';

/** In what places are given: addresses or frame numbers. */
export type By = 'gpa' | 'gfn';

/** Of a frame; addresses are below 2^52, so that a number is exact. */
const UNITS: Readonly<Record<By, number>> = { gfn: 1, gpa: 4096 };

/** Address or frame of a row's first or last byte or frame. */
function place(by: By, frame: number, isLast: boolean): string {
  if (by === 'gfn') return hexText(isLast ? frame - 1 : frame);
  return isLast ? hexText((BigInt(frame) << 12n) - 1n) : addressText(frame);
}

/** People read an inclusive range and a size; programs get the first and the last place and the number of pages. */
export function rangeColumns(by: By, forPeople: boolean): Column<GfnRange>[] {
  const unit = UNITS[by];
  const first: Column<GfnRange> = {
    name: 'first',
    title: by === 'gfn' ? 'gfn range' : 'GPA range',
    text: ({ start, end }) => `${place(by, start, false)}-${place(by, end, true)}`,
    value: ({ start }) => start * unit,
    cell: ({ start }) => place(by, start, false),
  };
  const last: Column<GfnRange> = {
    ...first,
    name: 'last',
    value: ({ end }) => end * unit - 1,
    cell: ({ end }) => place(by, end, true),
  };
  const size: Column<GfnRange> = {
    name: 'pages',
    title: 'size',
    align: 'right',
    text: ({ start, end }) => pagesText(end - start),
    value: ({ start, end }) => end - start,
  };
  return forPeople ? [first, size] : [first, last, size];
}

/** The same for analysts: unsigned 64-bit numbers. */
export function rangeParquetColumns(by: By): ParquetColumn<GfnRange>[] {
  const unit = UNITS[by];
  return [
    { name: 'first', kind: 'uint64', value: ({ start }) => start * unit },
    { name: 'last', kind: 'uint64', value: ({ end }) => end * unit - 1 },
    { name: 'pages', kind: 'uint64', value: ({ start, end }) => end - start },
  ];
}
