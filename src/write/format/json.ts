/** JSON: one object, its rows in a list that is written as it comes. */
import type { Column, JsonValue } from './column.ts';

/** A row as a JSON object. */
export function rowObject<Row>(columns: readonly Column<Row>[], row: Row): Record<string, JsonValue> {
  const object: Record<string, JsonValue> = {};
  for (const column of columns) {
    const value = column.value(row);
    if (value !== undefined) object[column.name] = value;
  }
  return object;
}

function member(name: string, value: JsonValue): string {
  return `${JSON.stringify(name)}: ${JSON.stringify(value)}`;
}

/** What {@link jsonLines} writes. */
export interface JsonDocument<Row> {
  /** Members in front of the rows, `schema` first. */
  readonly head: Readonly<Record<string, JsonValue | undefined>>;
  /** Name of the list. */
  readonly list: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: Iterable<Row>;
  /** Members behind the rows, asked for when these are written. */
  readonly tail?: () => Readonly<Record<string, JsonValue | undefined>>;
}

/**
 * Lines of one JSON object with a list of rows, a row a line.
 *
 * @example
 * const columns = [{ name: 'first', title: 'first', text: String, value: (row) => row }];
 * const lines = jsonLines({ head: { schema: 'eptsweep/map@2' }, list: 'spans', columns, rows: ['0x0'] });
 * JSON.parse([...lines].join('\n')).spans; // [{ first: '0x0' }]
 */
export function* jsonLines<Row>(document: JsonDocument<Row>): Generator<string, void, undefined> {
  yield '{';
  for (const [name, value] of Object.entries(document.head)) {
    if (value !== undefined) yield `  ${member(name, value)},`;
  }
  yield `  ${JSON.stringify(document.list)}: [`;
  let before: string | undefined;
  for (const row of document.rows) {
    if (before !== undefined) yield `${before},`;
    before = `    ${JSON.stringify(rowObject(document.columns, row))}`;
  }
  if (before !== undefined) yield before;
  const tail = Object.entries(document.tail?.() ?? {}).filter(([, value]) => value !== undefined);
  yield tail.length > 0 ? '  ],' : '  ]';
  for (const [k, [name, value]] of tail.entries()) {
    yield `  ${member(name, value as JsonValue)}${k < tail.length - 1 ? ',' : ''}`;
  }
  yield '}';
}

/** What of a document may stand in one line. */
const MOST_INLINE = 120;

function isFlat(value: JsonValue): boolean {
  return value === null || typeof value !== 'object';
}

function* valueLines(value: JsonValue, indent: string): Generator<string, void, undefined> {
  const whole = JSON.stringify(value);
  const isList = Array.isArray(value);
  const inner = isFlat(value) ? [] : Object.entries(value as object);
  const isShort = whole.length <= MOST_INLINE || (isList && inner.every(([, one]) => isFlat(one)));
  if (inner.length === 0 || (isShort && indent !== '')) {
    yield whole;
    return;
  }
  yield isList ? '[' : '{';
  for (const [at, [key, one]] of inner.entries()) {
    const lines = [...valueLines(one as JsonValue, `${indent}  `)];
    lines[0] = `${indent}  ${isList ? '' : `${JSON.stringify(key)}: `}${lines[0]}`;
    if (at < inner.length - 1) lines[lines.length - 1] += ',';
    yield* lines;
  }
  yield `${indent}${isList ? ']' : '}'}`;
}

/**
 * Lines of a whole document: what is short stands in one line, as do lists of numbers.
 *
 * @example
 * [...documentLines({ vcpus: [0, 1] })]; // ['{', '  "vcpus": [0,1]', '}']
 */
export function documentLines(document: JsonValue): Generator<string, void, undefined> {
  // Without the members that are undefined, as JSON has it.
  return valueLines(JSON.parse(JSON.stringify(document)) as JsonValue, '');
}
