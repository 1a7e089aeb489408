/** The shape of `map -f json` and of a line of `map -f ndjson`. */
import { LINUX_LOOKUPS } from '../../explain/index.ts';
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
import {
  ENTRY,
  HEAD,
  HOST_FACTS,
  LEVEL,
  PAGES,
  PLACE,
  published,
  RANGE,
  TRUNCATED,
  TYPE,
  VCPUS,
} from '../json/vocabulary-schema.ts';

const HEAD_OF_MAP = {
  ...HEAD,
  engine: TEXT,
  wants: listOf(oneOf(...WANTS)),
  by: oneOf('gpa', 'gfn'),
  range: RANGE,
} as const;
const SOMETIMES = { pat: TYPE, host: HOST_FACTS } as const;
const MAPPING = object({ granted: TYPE, gets: TYPE });
const PLACES = { first: PLACE, last: orNull(PLACE), pages: PAGES } as const;
const READING = object({ lookup: oneOf(...LINUX_LOOKUPS), type: TYPE, writeBack: MAPPING, level: LEVEL });
const LINUX_SPAN = object({
  ...PLACES,
  mtrr: TYPE,
  untracked: BOOLEAN,
  ioremap: MAPPING,
  ioremapWc: MAPPING,
  readings: listOf(READING),
});
const LINUX = object({ spans: listOf(LINUX_SPAN) }, { truncated: BOOLEAN });

const ANSWERS = {
  mtrr: TYPE,
  ept: TYPE,
  ipat: BOOLEAN,
  effective: TYPE,
  level: LEVEL,
  leafLevel: LEVEL,
  entry: ENTRY,
} as const;
const SPAN = object(PLACES, ANSWERS);
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
    object(
      { schema, ...HEAD_OF_MAP, spans: listOf(SPAN), totals },
      { ...SOMETIMES, truncated: BOOLEAN, linux: LINUX },
    ),
  );
}

/** Schema of a line. */
export function mapLinesSchema(): JsonSchema {
  const schema = exactly('eptsweep/map-lines@2');
  return published(
    'eptsweep/map-lines@2',
    'A line of eptsweep map -f ndjson: the head, then a span each; of several vCPUs so for each state.',
    either(
      object({ schema, ...HEAD_OF_MAP }, SOMETIMES),
      object(PLACES, { ...ANSWERS, vcpus: VCPUS }),
      TRUNCATED,
    ),
  );
}
