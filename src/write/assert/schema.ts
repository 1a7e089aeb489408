/** The shape of `assert -f json`. */
import { VERDICTS } from '../../assert/index.ts';
import {
  BOOLEAN,
  COUNT,
  either,
  exactly,
  type JsonSchema,
  listOf,
  object,
  oneOf,
  TEXT,
} from '../json/json-schema.ts';
import {
  CAUSE,
  HEAD,
  PAGES,
  POLICY,
  PROGRAM,
  published,
  RANGE_MEMBERS,
  VCPUS,
} from '../json/vocabulary-schema.ts';

const CAUSES = listOf(CAUSE);
const BREACH = object({ ...RANGE_MEMBERS, causes: CAUSES }, { found: TEXT, reason: TEXT });
const RESULT = object(
  {
    rule: TEXT,
    kind: TEXT,
    title: TEXT,
    verdict: oneOf(...VERDICTS),
    message: TEXT,
    pages: PAGES,
    wrongPages: PAGES,
    breaches: listOf(BREACH),
    line: COUNT,
    column: COUNT,
  },
  {
    policy: POLICY,
    notes: listOf(TEXT),
    why: TEXT,
    truncated: BOOLEAN,
    causes: CAUSES,
    remedy: TEXT,
    vcpus: VCPUS,
  },
);

/** Schema of the document. */
export function assertSchema(): JsonSchema {
  const counts = Object.fromEntries(VERDICTS.map((verdict) => [verdict, COUNT]));
  return published(
    'eptsweep/assert@2',
    'How machines bear out the rules of an assertions file: eptsweep assert -f json.',
    object({
      schema: exactly('eptsweep/assert@2'),
      provenance: PROGRAM,
      assertions: TEXT,
      assertionsFile: TEXT,
      rules: COUNT,
      counts: object(counts),
      unread: COUNT,
      inputs: listOf(
        either(
          object({ ...HEAD, file: TEXT, results: listOf(RESULT) }),
          object({ config: TEXT, file: TEXT, error: TEXT }),
        ),
      ),
    }),
  );
}
