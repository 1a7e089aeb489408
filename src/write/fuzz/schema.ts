/** The shape of `fuzz -f json`. */
import { COUNT, either, exactly, type JsonSchema, listOf, mapOf, object, TEXT } from '../json/json-schema.ts';
import { POLICY, PROGRAM, published, RANGE, TYPE } from '../json/vocabulary-schema.ts';

const FINDING = object({
  case: COUNT,
  kind: TEXT,
  question: TEXT,
  range: RANGE,
  sides: listOf(object({ who: TEXT, says: TEXT })),
  policy: POLICY,
  pat: TYPE,
  triedWhileShrinking: COUNT,
  config: TEXT,
  reproduce: TEXT,
});

/** Schema of the document. */
export function fuzzSchema(): JsonSchema {
  return published(
    'eptsweep/fuzz@2',
    'Random VMs, every answer held against every other: eptsweep fuzz -f json.',
    object(
      {
        schema: exactly('eptsweep/fuzz@2'),
        provenance: PROGRAM,
        seed: either(COUNT, TEXT),
        engines: listOf(TEXT),
        cases: COUNT,
        kinds: mapOf(COUNT),
        casesByRow: mapOf(COUNT),
        refused: COUNT,
        compared: mapOf(COUNT),
        sampledPages: COUNT,
        rules: mapOf(COUNT),
        neverReached: listOf(TEXT),
        disagreeing: COUNT,
        findings: listOf(FINDING),
      },
      { oracle: mapOf(COUNT) },
    ),
  );
}
