/** The shape of `diff -f json` and of a line of `diff -f ndjson`. */
import { LOSS_KINDS } from '../../diff/index.ts';
import { WANTS } from '../../types.ts';
import {
  BOOLEAN,
  COUNT,
  either,
  exactly,
  type JsonSchema,
  listOf,
  mapOf,
  object,
  oneOf,
  orNull,
  TEXT,
} from '../json/json-schema.ts';
import {
  ENTRY,
  HOST_SETTINGS,
  LEVEL,
  MSR,
  MSR_VALUE,
  MSR_WRITE,
  PAGES,
  PLACE,
  POLICY,
  PROVENANCE,
  published,
  RANGE,
  SETTINGS,
  TRUNCATED,
  TYPE,
  VCPUS,
} from '../json/vocabulary-schema.ts';

const ANSWER = either(
  object({ type: TYPE }, { ipat: BOOLEAN }),
  object({ level: LEVEL }),
  object({ level: LEVEL, entry: ENTRY }),
);
const SIDE = object(
  { label: TEXT, config: TEXT, vcpus: VCPUS, policy: POLICY, engine: TEXT, maxphyaddr: COUNT, ...SETTINGS },
  { refuses: MSR_WRITE, ...HOST_SETTINGS },
);
const CHANGE = object({ kind: TEXT, name: TEXT, text: TEXT }, { since: TEXT });
const WHY = listOf(object({ changes: listOf(CHANGE) }, { registers: listOf(TEXT) }));
const PLACES = { first: PLACE, last: orNull(PLACE), pages: PAGES } as const;
const TWO_SPAN = object({ ...PLACES, a: ANSWER, b: ANSWER }, { why: WHY });
/** The answers stand under the columns' labels. */
const ACROSS_SPAN = {
  ...mapOf(ANSWER),
  properties: { ...PLACES, why: WHY },
  required: [...Object.keys(PLACES), 'why'],
};

const MATRIX = listOf(object({ a: ANSWER, b: ANSWER, pages: PAGES }));
/** Registers that some vCPUs lost, and the pages that change by it. */
const LOSSES = object(
  {
    vcpus: VCPUS,
    registers: listOf(
      object(
        { register: TEXT, msr: MSR, before: MSR_VALUE, what: oneOf(...LOSS_KINDS), text: TEXT },
        { after: MSR_VALUE },
      ),
    ),
  },
  { pages: PAGES, compared: PAGES, matrix: MATRIX },
);

const COMMON = {
  provenance: PROVENANCE,
  vcpus: VCPUS,
  maxphyaddr: COUNT,
  want: oneOf(...WANTS),
  by: oneOf('gpa', 'gfn'),
  range: RANGE,
  differs: BOOLEAN,
} as const;
const TWO = { ...COMMON, sides: { ...listOf(SIDE), minItems: 2, maxItems: 2 } } as const;
const TWO_MORE = {
  pat: TYPE,
  pages: PAGES,
  compared: PAGES,
  pagesOfOneSideOnly: PAGES,
  otherwise: listOf(TEXT),
  raw: listOf(object({ name: TEXT, msr: MSR, a: MSR_VALUE, b: MSR_VALUE })),
  matrix: MATRIX,
  restored: object({
    vcpus: VCPUS,
    missing: VCPUS,
    cr0cd: listOf(object({ vcpus: VCPUS, before: BOOLEAN, after: BOOLEAN })),
    neverSaved: listOf(TEXT),
    patterns: listOf(TEXT),
    losses: listOf(LOSSES),
  }),
} as const;
const ACROSS = {
  ...COMMON,
  columns: listOf(object({ label: TEXT, sides: listOf(SIDE) })),
  pagesUnlikeFirst: listOf(PAGES),
} as const;
const ACROSS_MORE = { pat: TYPE, pages: PAGES, raw: listOf(TEXT) } as const;

/** Schema of the document: of two sides, or of columns. */
export function diffSchema(): JsonSchema {
  const schema = exactly('eptsweep/diff@2');
  const truncated = BOOLEAN;
  return published(
    'eptsweep/diff@2',
    'Where two answers, or those of several columns, differ: eptsweep diff -f json.',
    either(
      object({ schema, ...TWO, spans: listOf(TWO_SPAN) }, { ...TWO_MORE, truncated }),
      object({ schema, ...ACROSS, spans: listOf(ACROSS_SPAN) }, { ...ACROSS_MORE, truncated }),
    ),
  );
}

/** Schema of a line. */
export function diffLinesSchema(): JsonSchema {
  const schema = exactly('eptsweep/diff-lines@2');
  return published(
    'eptsweep/diff-lines@2',
    'A line of eptsweep diff -f ndjson: the head, then a differing span each.',
    either(
      object({ schema, ...TWO }, TWO_MORE),
      object({ schema, ...ACROSS }, ACROSS_MORE),
      object({ ...PLACES, a: ANSWER, b: ANSWER }, { why: WHY, vcpus: VCPUS }),
      { ...ACROSS_SPAN, properties: { ...ACROSS_SPAN.properties, vcpus: VCPUS } },
      TRUNCATED,
    ),
  );
}
