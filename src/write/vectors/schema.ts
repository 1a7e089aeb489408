/** The shape of a line of `vectors`. */
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
import { ENTRY, POLICY, PROGRAM, published, TYPE } from '../json/vocabulary-schema.ts';

const RULE = object({ says: TEXT, source: TEXT });
const ROW = object(
  { gfn: TEXT, type: TYPE, ipat: BOOLEAN, rules: listOf(TEXT) },
  { mtrr: TYPE, level: COUNT, entry: orNull(ENTRY) },
);
const SLOT = object({ gfn: TEXT, count: TEXT, pfn: TEXT, readonly: BOOLEAN, maxLevel: COUNT });
const LAYOUT = object(
  {
    policy: TEXT,
    maxphyaddr: COUNT,
    msrs: mapOf(TEXT),
    cr0cd: BOOLEAN,
    guestHasMtrr: BOOLEAN,
    noncoherentDma: BOOLEAN,
    selfSnoop: BOOLEAN,
  },
  { vcnt: COUNT, quirks: listOf(TEXT), mmio: listOf(listOf(TEXT)), memory: listOf(SLOT) },
);

/** Schema of a line. */
export function vectorsLinesSchema(): JsonSchema {
  return published(
    'eptsweep/vectors-lines@2',
    'A line of eptsweep vectors: the head, then a layout, a WRMSR or a pair of types each.',
    either(
      object({
        schema: exactly('eptsweep/vectors-lines@2'),
        provenance: PROGRAM,
        seed: either(COUNT, TEXT),
        policy: POLICY,
        engines: listOf(TEXT),
        command: TEXT,
        rules: mapOf(RULE),
      }),
      object({ table: exactly('pages'), id: COUNT, kind: TEXT, layout: LAYOUT, rows: listOf(ROW) }),
      object({
        table: exactly('wrmsr'),
        maxphyaddr: COUNT,
        ranges: COUNT,
        msr: TEXT,
        value: TEXT,
        faults: BOOLEAN,
        rule: TEXT,
      }),
      object({
        table: exactly('pat'),
        mtrr: TYPE,
        pat: oneOf('UC', 'WC', 'WT', 'WP', 'WB', 'UC-'),
        effective: TYPE,
        rule: TEXT,
      }),
    ),
  );
}
