/** The shape of `list -f json` and of a line of `list -f ndjson`. */
import {
  BOOLEAN,
  COUNT,
  either,
  exactly,
  type JsonSchema,
  listOf,
  mapOf,
  object,
  TEXT,
} from '../json/json-schema.ts';
import { POLICY, PROGRAM, published } from '../json/vocabulary-schema.ts';

const MORE = either(
  object({ source: TEXT, maxphyaddr: COUNT }),
  object({ policy: POLICY }, { rules: mapOf(either(TEXT, BOOLEAN)) }),
  object({ since: TEXT, effect: TEXT, flags: mapOf(either(TEXT, BOOLEAN)) }),
);
const ITEM = object({ kind: TEXT, name: TEXT, description: TEXT }, { more: MORE });

/** Schema of the document. */
export function listSchema(): JsonSchema {
  return published(
    'eptsweep/list@2',
    'What there is to choose from: eptsweep list -f json.',
    object({ schema: exactly('eptsweep/list@2'), provenance: PROGRAM, items: listOf(ITEM) }),
  );
}

/** Schema of a line. */
export function listLinesSchema(): JsonSchema {
  return published(
    'eptsweep/list-lines@2',
    'A line of eptsweep list -f ndjson: the head, then an item each.',
    either(object({ schema: exactly('eptsweep/list-lines@2'), provenance: PROGRAM }), ITEM),
  );
}
