/** The shape of `replay -f json` and of a line of `replay -f ndjson`. */
import { DESIGN_FLAG_VALUES } from '../../replay/index.ts';
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
  TEXT,
} from '../json/json-schema.ts';
import {
  ADDRESS,
  FRAME,
  HEAD,
  LEVEL,
  MSR,
  MSR_VALUE,
  PAGES,
  POLICY,
  published,
  RANGE,
  RANGE_MEMBERS,
  TYPE,
} from '../json/vocabulary-schema.ts';

const NUMBER: JsonSchema = { type: 'number' };
const WRONG = { entries: COUNT, pages: PAGES } as const;
const REPORT = object(
  {
    events: COUNT,
    entries: listOf(object({ level: LEVEL, type: TYPE, ipat: BOOLEAN, entries: COUNT, pages: PAGES })),
    stale: object(WRONG),
    foreign: object({ ...WRONG, vcpuPages: PAGES, byDanger: mapOf(PAGES) }),
    disagree: PAGES,
    roots: COUNT,
    tables: PAGES,
  },
  { at: NUMBER },
);
export const ZAP = object(
  { reason: TEXT, ranges: listOf(object(RANGE_MEMBERS, { emptyEnd: ADDRESS })), ...WRONG },
  { withRoot: object(WRONG) },
);
const RECOVERY = object({
  regions: COUNT,
  withoutVcpu: COUNT,
  mixed: COUNT,
  retyped: object({ vcpu0: PAGES, inherit: PAGES, refault: PAGES }),
});
const SLOT = object({ range: RANGE, pfn: FRAME }, { readonly: BOOLEAN, maxLevel: LEVEL });
export const EVENT_MEMBERS = {
  at: NUMBER,
  note: TEXT,
  vcpu: COUNT,
  by: oneOf('guest', 'vmm'),
  msr: MSR,
  value: MSR_VALUE,
  on: BOOLEAN,
  pg: BOOLEAN,
  wp: BOOLEAN,
  cd: BOOLEAN,
  nw: BOOLEAN,
  nx: BOOLEAN,
  waits: BOOLEAN,
  paging: oneOf('off', 'kept'),
  range: RANGE,
  access: oneOf('read', 'write'),
  slot: SLOT,
  mmio: BOOLEAN,
  gfn: FRAME,
  to: FRAME,
  quirk: TEXT,
} as const;
const STEP = object(
  { index: COUNT, kind: TEXT, verdict: TEXT, disagree: PAGES },
  {
    ...EVENT_MEMBERS,
    zap: ZAP,
    installed: COUNT,
    replaced: COUNT,
    foreign: PAGES,
    split: COUNT,
    recovered: COUNT,
    recovery: RECOVERY,
    report: REPORT,
  },
);
const WINDOW_FIGURES = {
  events: COUNT,
  peakPages: PAGES,
  pageEvents: PAGES,
  foreignAccesses: PAGES,
} as const;
const WINDOW = object({ from: COUNT, ...WINDOW_FIGURES }, { to: COUNT, fromTime: NUMBER, toTime: NUMBER });
const EVENTS_WITH = object({ events: COUNT }, { first: COUNT });
const DESIGN = object({
  name: TEXT,
  type: oneOf(...DESIGN_FLAG_VALUES.type),
  zap: oneOf(...DESIGN_FLAG_VALUES.zap),
  root: oneOf(...DESIGN_FLAG_VALUES.root),
});
const SUMMARY = object(
  {
    policy: POLICY,
    design: DESIGN,
    events: COUNT,
    faults: COUNT,
    installed: COUNT,
    replaced: COUNT,
    refaults: object(WRONG),
    installedWithoutVcpu: COUNT,
    foreignAccesses: PAGES,
    peakRoots: COUNT,
    peakTables: PAGES,
    uniformity: object({ registers: EVENTS_WITH, effect: EVENTS_WITH }),
    zaps: listOf(object({ reason: TEXT, count: COUNT, empty: COUNT, ...WRONG })),
    windowTotals: object({ count: COUNT, ...WINDOW_FIGURES }),
    windows: listOf(WINDOW),
    last: REPORT,
  },
  { stoppedAt: COUNT, recovery: RECOVERY },
);
const OF_SCENARIO = { ...HEAD, scenario: TEXT } as const;

/** Schema of the document. */
export function replaySchema(): JsonSchema {
  return published(
    'eptsweep/replay@2',
    'What happens to the EPT that vCPUs share, event by event: eptsweep replay -f json.',
    object(
      { schema: exactly('eptsweep/replay@2'), ...OF_SCENARIO, steps: listOf(STEP), summary: SUMMARY },
      { source: TEXT },
    ),
  );
}

/** Schema of a line. */
export function replayLinesSchema(): JsonSchema {
  return published(
    'eptsweep/replay-lines@2',
    'A line of eptsweep replay -f ndjson: the head, an event each, the summary.',
    either(
      object({ schema: exactly('eptsweep/replay-lines@2'), ...OF_SCENARIO }, { source: TEXT }),
      STEP,
      object({ summary: SUMMARY }),
    ),
  );
}

/** Schema of designs side by side. */
export function replayDesignsSchema(): JsonSchema {
  return published(
    'eptsweep/replay-designs@2',
    'What designs of sharing an EPT make of the same events: eptsweep replay --design A,B -f json.',
    object(
      { schema: exactly('eptsweep/replay-designs@2'), ...OF_SCENARIO, designs: listOf(SUMMARY) },
      { source: TEXT },
    ),
  );
}
