/** The shape of `share -f json`. */
import {
  BOOLEAN,
  COUNT,
  either,
  exactly,
  type JsonSchema,
  listOf,
  mapOf,
  object,
  orNull,
  TEXT,
} from '../json/json-schema.ts';
import {
  EPT,
  HEAD,
  MSR,
  MSR_VALUE,
  PAGES,
  published,
  RANGE,
  RANGE_MEMBERS,
  TYPE,
  VCPUS,
} from '../json/vocabulary-schema.ts';

const DANGERS = mapOf(PAGES);
const WRONG = object({
  pages: PAGES,
  vcpuPages: PAGES,
  byDanger: DANGERS,
  byPair: listOf(object({ demanded: EPT, installed: EPT, danger: TEXT, vcpuPages: PAGES })),
  byVcpu: listOf(object({ vcpus: VCPUS, pages: PAGES, byDanger: DANGERS })),
});
const DIFFERENCE = either(
  object({ msr: MSR, value: MSR_VALUE, expected: MSR_VALUE }),
  object({ vcnt: orNull(COUNT) }),
  object({ cr0cd: BOOLEAN }),
  object({ 'guest-has-mtrr': BOOLEAN }),
);
const REFUSED = listOf(object({ vcpus: VCPUS, differences: listOf(DIFFERENCE), pages: PAGES }));
const DESIGN = either(
  object({ design: exactly('first-fault'), anyOrder: WRONG, order: VCPUS, inOrder: WRONG }),
  object({ design: exactly('vcpu0'), decides: COUNT, wrong: WRONG }),
  object({
    design: exactly('try-without-vcpu'),
    parts: listOf(object({ reason: TEXT, needsVcpu: BOOLEAN, pages: PAGES })),
    needVcpu: PAGES,
    disagree: PAGES,
    wrong: WRONG,
  }),
  object({
    design: exactly('role'),
    roles: COUNT,
    states: COUNT,
    bits: COUNT,
    freeBits: orNull(object({ free: COUNT, countedIn: TEXT, isExact: BOOLEAN })),
    fits: orNull(BOOLEAN),
    moreRoots: COUNT,
    tablePages: object({ shared: PAGES, perRole: PAGES }),
    moreTablePages: PAGES,
    moreBytes: PAGES,
    wrong: WRONG,
  }),
  object({ design: exactly('max-cd'), cacheDisabled: BOOLEAN, wrong: WRONG }),
  object({ design: either(exactly('zap-on-cd'), exactly('fine-zap')), wrong: WRONG }),
  object({
    design: exactly('uniform'),
    refused: REFUSED,
    withoutEffect: REFUSED,
    wrong: WRONG,
  }),
);
const WHO = object({ type: TYPE, ipat: BOOLEAN, vcpus: VCPUS });

/** Schema of the document. */
export function shareSchema(): JsonSchema {
  return published(
    'eptsweep/share@2',
    'On which pages the vCPUs of a VM disagree, and what each way of sharing an EPT makes of it: eptsweep share -f json.',
    object(
      {
        schema: exactly('eptsweep/share@2'),
        ...HEAD,
        states: COUNT,
        range: RANGE,
        pages: PAGES,
        disagree: PAGES,
        ipatOnly: PAGES,
        outside: object({ pages: PAGES, disagree: PAGES }),
        sets: listOf(object({ demands: listOf(EPT), pages: PAGES })),
        designs: listOf(DESIGN),
        disagreements: listOf(object({ ...RANGE_MEMBERS, who: listOf(WHO) })),
      },
      { truncated: BOOLEAN },
    ),
  );
}
