/** What a diff comes to: lines, a file for analysts or a picture, and whether it found a difference. */
import type { DiffParquetOptions } from './parquet.ts';
import type { DiffPicture } from './svg.ts';

/** By `kind` what is to be written. */
export type DiffOutput = {
  readonly differs: boolean;
  /** Asked when all rows are through: whether there were more. */
  readonly isTruncated: () => boolean;
} & (
  | { readonly kind: 'lines'; readonly lines: Iterable<string> }
  | { readonly kind: 'parquet'; readonly parquet: DiffParquetOptions }
  | { readonly kind: 'svg'; readonly picture: DiffPicture }
);
