/** The shapes of `fit -f json`: of one machine, and of several. */
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
  HEAD,
  MSR,
  MSR_VALUE,
  PAGES,
  POLICY,
  PROGRAM,
  PROVENANCE,
  published,
  RANGE,
  TYPE,
} from '../json/vocabulary-schema.ts';

/** Of ranges; null where there is no such plan. */
const RANGES_NEEDED = orNull(COUNT);

/** Places in hex, as registers hold them. */
const STRETCH = { first: MSR_VALUE, last: MSR_VALUE, pages: PAGES } as const;

/** Schema of a plan. */
export function fitSchema(): JsonSchema {
  return published(
    'eptsweep/fit@2',
    'The fewest variable MTRRs that give a wanted map: eptsweep fit -f json.',
    object(
      {
        schema: exactly('eptsweep/fit@2'),
        ...HEAD,
        provenance: either(PROVENANCE, PROGRAM),
        wanted: oneOf('own', 'given', 'ram'),
        vcnt: COUNT,
        vcntStated: BOOLEAN,
        needed: RANGES_NEEDED,
        fits: BOOLEAN,
        counts: object({ manual: RANGES_NEEDED, kvm: RANGES_NEEDED, noOverlap: RANGES_NEEDED }),
        byDefault: mapOf(RANGES_NEEDED, TYPE),
        defaultType: TYPE,
        fixedRanges: BOOLEAN,
        variable: listOf(
          object(
            { index: COUNT, type: TYPE, ...STRETCH, base: MSR_VALUE, mask: MSR_VALUE },
            { repeats: listOf(MSR_VALUE) },
          ),
        ),
        msrs: mapOf(MSR_VALUE, MSR),
        lost: object({
          pages: PAGES,
          least: PAGES,
          ranges: listOf(object({ ...STRETCH, wanted: TEXT, type: TYPE })),
        }),
        free: listOf(object({ type: TYPE, pages: PAGES })),
        undefinedPages: PAGES,
        kvm: listOf(object({ policy: POLICY, differingPages: orNull(PAGES), ranges: listOf(RANGE) })),
        provenBy: TEXT,
      },
      { used: COUNT, usedWithHoles: COUNT, holes: object({ isCutOff: BOOLEAN }) },
    ),
  );
}

/** Schema of the table of several machines. */
export function fitSurveySchema(): JsonSchema {
  return published(
    'eptsweep/fit-survey@2',
    'Registers used against registers needed, a machine a row: eptsweep fit A B -f json.',
    object({
      schema: exactly('eptsweep/fit-survey@2'),
      provenance: PROGRAM,
      configs: listOf(
        object({
          config: TEXT,
          maxphyaddr: COUNT,
          used: orNull(COUNT),
          needed: RANGES_NEEDED,
          kvm: RANGES_NEEDED,
          noOverlap: RANGES_NEEDED,
          defaultType: TYPE,
          vcnt: COUNT,
          note: TEXT,
        }),
      ),
    }),
  );
}
