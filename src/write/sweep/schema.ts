/** The shapes of `sweep plan -f json`, of a campaign's summary, and of `sweep status --json`. */
import { ASKS } from '../../sweep/index.ts';
import { WANTS } from '../../types.ts';
import { COUNT, exactly, type JsonSchema, listOf, object, oneOf, orNull, TEXT } from '../json/json-schema.ts';
import { PAGES, PROGRAM, published } from '../json/vocabulary-schema.ts';

/** A count that can be large: a number where a number is exact, else a decimal string. */
const LARGE = PAGES;
const HASH: JsonSchema = { type: 'string', pattern: '^[0-9a-f]{64}$' };
const FOUNDATIONS = object({ format: COUNT, wasm: HASH, policies: HASH });
const ASKED = {
  campaign: HASH,
  ask: oneOf(...ASKS),
  against: orNull(TEXT),
  want: oneOf(...WANTS),
} as const;
const COUNTED = object({ name: TEXT, count: LARGE, first: orNull(LARGE) });
const DIFFERENCES = { compared: LARGE, differing: LARGE, pages: LARGE } as const;
/** Any value that a config has. */
const VALUE: JsonSchema = {};

/** Schema of the plan. */
export function sweepPlanSchema(): JsonSchema {
  return published(
    'eptsweep/sweep-plan@2',
    'What a campaign will take: eptsweep sweep plan -f json.',
    object({
      schema: exactly('eptsweep/sweep-plan@2'),
      provenance: PROGRAM,
      ...ASKED,
      layouts: LARGE,
      combinations: COUNT,
      points: LARGE,
      excluded: LARGE,
      distinct: orNull(LARGE),
      blocks: COUNT,
      pointsPerBlock: LARGE,
      shardsPerPoint: COUNT,
      seconds: { type: 'number', minimum: 0 },
      bytes: COUNT,
      axes: listOf(object({ paths: listOf(TEXT), values: COUNT })),
      foundations: FOUNDATIONS,
    }),
  );
}

/** Schema of the summary. */
export function sweepSummarySchema(): JsonSchema {
  return published(
    'eptsweep/sweep-summary@2',
    'What a campaign found: the summary of eptsweep sweep.',
    object({
      schema: exactly('eptsweep/sweep-summary@2'),
      provenance: PROGRAM,
      ...ASKED,
      foundations: FOUNDATIONS,
      blocks: object({ done: COUNT, of: COUNT }),
      points: LARGE,
      states: LARGE,
      findings: LARGE,
      verified: LARGE,
      contradicted: LARGE,
      refusals: listOf(COUNTED),
      combinations: listOf(
        object({
          combination: COUNT,
          values: { type: 'object' },
          ...DIFFERENCES,
          refused: LARGE,
          answers: listOf(object({ answer: TEXT, pages: LARGE })),
          pairs: listOf(object({ against: TEXT, own: TEXT, pages: LARGE })),
          byRanges: listOf(object({ ranges: COUNT, ...DIFFERENCES })),
          firstPoint: orNull(LARGE),
        }),
      ),
      axes: listOf(
        object({ path: TEXT, values: listOf(object({ value: VALUE, ...DIFFERENCES, refused: LARGE })) }),
      ),
      distinct: listOf(COUNTED),
      classes: listOf(COUNTED),
      rules: listOf(COUNTED),
      questions: listOf(COUNTED),
      asked: LARGE,
      digests: listOf(
        object({ point: LARGE, vcpu: COUNT, digest: { type: 'string', pattern: '^0x[0-9a-f]{16}$' } }),
      ),
      smallest: listOf(object({ point: LARGE, registers: COUNT, pages: LARGE, text: TEXT, reproduce: TEXT })),
      digest: HASH,
    }),
  );
}

/** Schema of the status. */
export function sweepStatusSchema(): JsonSchema {
  return published(
    'eptsweep/sweep-status@2',
    "How far a campaign's folder is: eptsweep sweep status --json.",
    object({
      schema: exactly('eptsweep/sweep-status@2'),
      provenance: PROGRAM,
      folder: TEXT,
      campaign: HASH,
      ask: oneOf(...ASKS),
      blocks: object({ done: COUNT, of: COUNT }),
      complete: { type: 'boolean' },
      findings: LARGE,
      digest: HASH,
      torn: listOf(TEXT),
      failed: listOf(object({ block: COUNT, error: TEXT, host: TEXT, starts: COUNT })),
      inHand: listOf(object({ block: COUNT, host: TEXT, process: COUNT, seconds: COUNT })),
      blocksPerSecond: orNull({ type: 'number', minimum: 0 }),
      secondsLeft: orNull(COUNT),
    }),
  );
}
