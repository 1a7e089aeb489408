/** The shape of `verify -f json`. */
import { BOOLEAN, COUNT, exactly, type JsonSchema, listOf, object, orNull } from '../json/json-schema.ts';
import {
  ENTRY,
  FRAME,
  HEAD,
  MSR_VALUE,
  PAGES,
  POLICY,
  published,
  RANGE,
  TYPE,
} from '../json/vocabulary-schema.ts';

const DIFFERING = object({ pages: PAGES, firstGfn: orNull(FRAME) });

/** Schema of the document. */
export function verifySchema(): JsonSchema {
  return published(
    'eptsweep/verify@2',
    'Every page, one by one, held against the answers that visit no page: eptsweep verify -f json.',
    object(
      {
        schema: exactly('eptsweep/verify@2'),
        ...HEAD,
        range: RANGE,
        verified: BOOLEAN,
        pages: PAGES,
        earlierPages: PAGES,
        threads: COUNT,
        digest: object({ direct: MSR_VALUE, auto: MSR_VALUE }),
        types: listOf(object({ type: TYPE, direct: PAGES, auto: PAGES })),
        differingChunks: COUNT,
        firstDifference: orNull(object({ gfn: FRAME, direct: ENTRY, auto: ENTRY })),
        seconds: { type: 'number', minimum: 0 },
        pagesPerSecond: COUNT,
      },
      { against: object({ policy: POLICY, direct: DIFFERING, auto: DIFFERING }) },
    ),
  );
}
