/** The shape of `map -f json` and of a line of `map -f ndjson`. */
import { WANTS } from '../../types.ts';
import {
  BOOLEAN,
  either,
  exactly,
  type JsonSchema,
  listOf,
  object,
  oneOf,
  orNull,
  TEXT,
} from '../json/json-schema.ts';
import { ENTRY, HEAD, LEVEL, PAGES, PLACE, published, RANGE, TYPE } from '../json/vocabulary-schema.ts';

const HEAD_OF_MAP = {
  ...HEAD,
  engine: TEXT,
  wants: listOf(oneOf(...WANTS)),
  by: oneOf('gpa', 'gfn'),
  range: RANGE,
} as const;
const PAT = { pat: TYPE } as const;

const SPAN = object(
  { first: PLACE, last: orNull(PLACE), pages: PAGES },
  { mtrr: TYPE, ept: TYPE, ipat: BOOLEAN, effective: TYPE, level: LEVEL, leafLevel: LEVEL, entry: ENTRY },
);
const TYPES = listOf(object({ type: TYPE, pages: PAGES }));

/** Schema of the document. */
export function mapSchema(): JsonSchema {
  const totals = object(
    {},
    {
      mtrr: TYPES,
      ept: listOf(object({ type: TYPE, ipat: BOOLEAN, pages: PAGES })),
      effective: TYPES,
      levels: listOf(object({ level: LEVEL, pages: PAGES })),
      leaf: listOf(object({ level: LEVEL, entry: ENTRY, pages: PAGES })),
    },
  );
  const schema = exactly('eptsweep/map@2');
  return published(
    'eptsweep/map@2',
    'What every page of a range gets: eptsweep map -f json.',
    object({ schema, ...HEAD_OF_MAP, spans: listOf(SPAN), totals }, { ...PAT, truncated: BOOLEAN }),
  );
}

/** Schema of a line. */
export function mapLinesSchema(): JsonSchema {
  const schema = exactly('eptsweep/map-lines@2');
  return published(
    'eptsweep/map-lines@2',
    'A line of eptsweep map -f ndjson: the head, then a span each.',
    either(object({ schema, ...HEAD_OF_MAP }, PAT), SPAN),
  );
}
