/** The shape of `check -f json`. */

import { SEVERITIES } from '../../check/index.ts';
import {
  BOOLEAN,
  COUNT,
  exactly,
  type JsonSchema,
  listOf,
  object,
  oneOf,
  TEXT,
} from '../json/json-schema.ts';
import { CAUSE, HEAD, PAGES, POLICY, published, RANGE, VCPUS } from '../json/vocabulary-schema.ts';

const FINDING = object(
  {
    rule: TEXT,
    severity: oneOf(...SEVERITIES),
    message: TEXT,
    remedy: TEXT,
    ranges: listOf(RANGE),
    rangeCount: COUNT,
    pages: PAGES,
    causes: listOf(CAUSE),
  },
  { truncated: BOOLEAN, vcpus: VCPUS, restsOn: listOf(TEXT) },
);

/** Schema of the document. */
export function checkSchema(): JsonSchema {
  return published(
    'eptsweep/check@2',
    'What is wrong with the memory types of a machine, and the register to blame: eptsweep check -f json.',
    object({
      schema: exactly('eptsweep/check@2'),
      ...HEAD,
      kvm: POLICY,
      ramKnown: BOOLEAN,
      rules: listOf(TEXT),
      findings: listOf(FINDING),
    }),
  );
}
