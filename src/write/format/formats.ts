/** What results can be written as. */

/** Formats that rows come in; `map` and `diff` have {@link MAP_FORMATS} besides. */
export const FORMATS = ['table', 'json', 'ndjson', 'csv', 'markdown'] as const;
/** And a file for analysts, and a picture. */
export const MAP_FORMATS = [...FORMATS, 'parquet', 'svg'] as const;
/** One of {@link MAP_FORMATS}. */
export type Format = (typeof MAP_FORMATS)[number];
