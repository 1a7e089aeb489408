/** What there is to choose from, in each format. */

import { VERSION } from '../../version.ts';
import type { Column, JsonValue } from '../format/column.ts';
import { csvLines } from '../format/csv.ts';
import type { Format } from '../format/formats.ts';
import { jsonLines } from '../format/json.ts';
import { markdownTable } from '../format/markdown.ts';
import { ndjsonLines } from '../format/ndjson.ts';
import { type TextStyle, tableLines } from '../format/table.ts';
import { programJson, schemaName } from '../json/basis.ts';

/** One thing to choose. */
export interface ListItem {
  readonly kind: string;
  readonly name: string;
  readonly description: string;
  /** What only JSON carries. */
  readonly more?: Readonly<Record<string, JsonValue>>;
}

const COLUMNS: readonly Column<ListItem>[] = [
  { name: 'kind', title: 'kind', text: (item) => item.kind, value: (item) => item.kind },
  {
    name: 'name',
    title: 'name',
    text: (item) => item.name,
    value: (item) => item.name,
    colour: () => 'cyan',
  },
  {
    name: 'description',
    title: 'description',
    text: (item) => item.description,
    value: (item) => item.description,
  },
];

function head(what: string): Record<string, JsonValue> {
  return { schema: schemaName(what), provenance: programJson() };
}

/** An item, with what only JSON carries. */
const JSON_COLUMNS: readonly Column<ListItem>[] = [
  ...COLUMNS,
  { name: 'more', title: '', text: () => '', value: ({ more }) => more },
];

/**
 * Lines of a list.
 *
 * @param hasKinds - whether people are told of what kind each is
 */
export function listLines(
  items: readonly ListItem[],
  format: Format,
  { hasKinds, ...style }: TextStyle & { readonly hasKinds: boolean },
): Iterable<string> {
  const forPeople = COLUMNS.slice(hasKinds ? 0 : 1);
  switch (format) {
    case 'json':
      return jsonLines({ head: head('list'), list: 'items', columns: JSON_COLUMNS, rows: items });
    case 'ndjson':
      return ndjsonLines(head('list-lines'), JSON_COLUMNS, items);
    case 'csv':
      return csvLines(COLUMNS, items, { version: VERSION });
    case 'markdown':
      return markdownTable(forPeople, items);
    default:
      return tableLines(forPeople, items, style);
  }
}
