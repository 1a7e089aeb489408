/** A value that JSON can carry. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** One column of a table in every format: its key in JSON and CSV, its heading and text for people. */
export interface Column<Row> {
  /** Key in JSON, heading in CSV. */
  readonly name: string;
  /** Heading in a table. */
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Cell of a table. */
  text(row: Row): string;
  /** Value in JSON, and in CSV where {@link cell} is not there; undefined leaves the key out and the cell empty. */
  value(row: Row): JsonValue | undefined;
  /** Cell of CSV, where it is not {@link value}. */
  cell?(row: Row): string;
  /** Colour of the cell. */
  colour?(row: Row): 'red' | 'green' | 'yellow' | 'cyan' | 'magenta' | 'dim' | undefined;
}
