/** A range of a list: a click looks at its first page. */
import type { JsonObject } from '../../src/write/index.ts';
import { frameIn, rangeText } from './document-values.ts';
import { usePage } from './page-context.ts';

/** @param props.row - a row with its range, as documents have it */
export function RangeLink({ row }: { readonly row: JsonObject }) {
  const page = usePage();
  return (
    <button type="button" class="plain link" onClick={() => page.select(frameIn(row))}>
      {rangeText(row)}
    </button>
  );
}
