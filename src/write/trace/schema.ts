/** The shapes of `trace -f json`, of a line of `trace -f ndjson`, and of `trace --decode -f json`. */
import {
  BOOLEAN,
  COUNT,
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
  EPT,
  FRAME,
  HEAD,
  LEVEL,
  PAGES,
  POLICY,
  PROGRAM,
  published,
  RANGE,
  RANGE_MEMBERS,
  TYPE,
} from '../json/vocabulary-schema.ts';

/** Level of a table: up to 5, where a root is looked at. */
const TABLE_LEVEL: JsonSchema = { type: 'integer', minimum: 0, maximum: 5 };
const SAID = object({ type: orNull(TYPE), ipat: orNull(BOOLEAN), level: orNull(TABLE_LEVEL) });
const WRONG = object({
  line: COUNT,
  gfn: FRAME,
  level: TABLE_LEVEL,
  entry: ENTRY,
  causes: listOf(TEXT),
  found: SAID,
  expected: SAID,
  why: listOf(TEXT),
});
const ODD = object({ count: COUNT }, { firstLine: COUNT, firstText: TEXT });
const STRETCH = object({
  ...RANGE_MEMBERS,
  causes: TEXT,
  level: TABLE_LEVEL,
  type: orNull(TYPE),
  ipat: BOOLEAN,
  expectedType: orNull(TYPE),
  expectedIpat: orNull(BOOLEAN),
  allowedLevel: orNull(TABLE_LEVEL),
  entries: COUNT,
  line: COUNT,
  entry: ENTRY,
});
const COUNTS = {
  lines: COUNT,
  entries: COUNT,
  smm: COUNT,
  kinds: object({ leaf: COUNT, nonLeaf: COUNT, notPresent: COUNT, removed: COUNT, mmio: COUNT }),
  leaves: listOf(object({ level: TABLE_LEVEL, type: TYPE, ipat: BOOLEAN, entries: COUNT })),
  writeProtected: COUNT,
  notExecutable: COUNT,
  executeOnly: COUNT,
  accessTracked: COUNT,
  suppressVe: COUNT,
  apicPages: COUNT,
  splits: COUNT,
  otherEvents: COUNT,
  lostEvents: COUNT,
  foreignEntries: COUNT,
  truncated: ODD,
  overlong: ODD,
} as const;
const HEAD_OF_TRACE = {
  ...HEAD,
  policy: orNull(POLICY),
  file: TEXT,
  format: TEXT,
  states: COUNT,
  statesJudged: COUNT,
  vcpu: orNull(TEXT),
  outside: orNull(TEXT),
} as const;
const POLICIES = listOf(POLICY);
const DISTINCTION = object({
  policies: listOf(orNull(POLICY)),
  want: oneOf('ept', 'levels'),
  range: RANGE,
  answers: listOf(either(EPT, object({ level: LEVEL }))),
  pages: PAGES,
});

/** Schema of the document. */
export function traceSchema(): JsonSchema {
  return published(
    'eptsweep/trace@2',
    'Recorded EPT entries, held against the model: eptsweep trace -f json.',
    object(
      {
        schema: exactly('eptsweep/trace@2'),
        ...HEAD_OF_TRACE,
        ...COUNTS,
        undefinedTypes: COUNT,
        wrongEntries: COUNT,
        causes: listOf(object({ id: TEXT, entries: COUNT, stretches: COUNT, pages: PAGES })),
        first: orNull(WRONG),
        stretchCount: COUNT,
        stretches: listOf(STRETCH),
      },
      {
        fits: listOf(object({ policies: POLICIES, wrongEntries: COUNT }, { ruledOut: POLICIES })),
        best: POLICIES,
        apart: listOf(DISTINCTION),
        refused: listOf(TEXT),
        truncatedList: BOOLEAN,
        droppedEntries: COUNT,
      },
    ),
  );
}

/** Schema of a line. */
export function traceLinesSchema(): JsonSchema {
  return published(
    'eptsweep/trace-lines@2',
    'A line of eptsweep trace -f ndjson: the head, then a stretch of wrong entries each.',
    either(object({ schema: exactly('eptsweep/trace-lines@2'), ...HEAD_OF_TRACE }), STRETCH),
  );
}

/** Schema of a decoded entry. */
export function entrySchema(): JsonSchema {
  return published(
    'eptsweep/entry@2',
    'An EPT entry, bit by bit: eptsweep trace --decode -f json.',
    object(
      {
        schema: exactly('eptsweep/entry@2'),
        provenance: PROGRAM,
        level: TABLE_LEVEL,
        entry: ENTRY,
        kind: oneOf('leaf', 'non-leaf', 'not-present', 'removed', 'mmio'),
        read: BOOLEAN,
        write: BOOLEAN,
        execute: BOOLEAN,
        type: orNull(TYPE),
        ipat: orNull(BOOLEAN),
        large: BOOLEAN,
        accessed: BOOLEAN,
        dirty: BOOLEAN,
        userExecute: BOOLEAN,
        mmuPresent: BOOLEAN,
        hostWritable: BOOLEAN,
        mmuWritable: BOOLEAN,
        adType: COUNT,
        accessTracked: BOOLEAN,
        suppressVe: BOOLEAN,
        pfn: FRAME,
      },
      { line: COUNT, gfn: FRAME, addressSpace: COUNT, generation: COUNT, policy: POLICY },
    ),
  );
}
