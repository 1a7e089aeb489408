/** The shape of `replay --trace -f json` and of a line of `-f ndjson`. */
import {
  BOOLEAN,
  COUNT,
  either,
  exactly,
  type JsonSchema,
  listOf,
  object,
  TEXT,
} from '../json/json-schema.ts';
import { ENTRY, FRAME, HEAD, LEVEL, published, RANGE_MEMBERS, TYPE } from '../json/vocabulary-schema.ts';
import { EVENT_MEMBERS, ZAP } from './schema.ts';

const MAPPED = listOf(object({ level: LEVEL, type: TYPE, ipat: BOOLEAN }));
const DEPARTURE = object(
  { kind: TEXT, space: COUNT, ...RANGE_MEMBERS, before: MAPPED, expected: MAPPED, found: MAPPED },
  { line: COUNT, entry: ENTRY, expectedEntry: ENTRY },
);
const EFFECTS = object({ installed: COUNT, dropped: COUNT, split: COUNT, recovered: COUNT });
const STEP = object(
  {
    step: COUNT,
    kind: TEXT,
    verdict: TEXT,
    line: COUNT,
    lines: COUNT,
    expected: EFFECTS,
    found: EFFECTS,
    departures: listOf(DEPARTURE),
  },
  { ...EVENT_MEMBERS, zap: ZAP },
);
const SUMMARY_MEMBERS = {
  agrees: BOOLEAN,
  judged: COUNT,
  leaves: COUNT,
  replacedTables: listOf(object({ line: COUNT, gfn: FRAME, level: LEVEL, entry: ENTRY })),
  notExecutable: COUNT,
  why: listOf(TEXT),
} as const;
const SOMETIMES = {
  departs: COUNT,
  trouble: object({ kind: TEXT, message: TEXT, remedy: TEXT }, { line: COUNT }),
} as const;
const OF_TRACE = { ...HEAD, scenario: TEXT, events: COUNT, file: TEXT, format: TEXT, lines: COUNT } as const;

/** Schema of the document. */
export function followedSchema(): JsonSchema {
  return published(
    'eptsweep/replay-trace@2',
    'The trace of a running KVM held against a scenario, step by step: eptsweep replay --trace -f json.',
    object(
      { schema: exactly('eptsweep/replay-trace@2'), ...OF_TRACE, steps: listOf(STEP), ...SUMMARY_MEMBERS },
      { source: TEXT, ...SOMETIMES },
    ),
  );
}

/** Schema of a line. */
export function followedLinesSchema(): JsonSchema {
  return published(
    'eptsweep/replay-trace-lines@2',
    'A line of eptsweep replay --trace -f ndjson: the head, a step each, the summary.',
    either(
      object({ schema: exactly('eptsweep/replay-trace-lines@2'), ...OF_TRACE }, { source: TEXT }),
      STEP,
      object({ summary: object(SUMMARY_MEMBERS, SOMETIMES) }),
    ),
  );
}
