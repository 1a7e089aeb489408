/** The JSON Schemas of all that commands print as JSON, by the name that a document bears. */
import { assertSchema } from './assert/schema.ts';
import { checkSchema } from './check/schema.ts';
import { diffLinesSchema, diffSchema } from './diff/schema.ts';
import { explainSchema } from './explain/schema.ts';
import { fitSchema, fitSurveySchema } from './fit/schema.ts';
import { checkFleetSchema, explainFleetSchema, mapFleetSchema } from './fleet/schema.ts';
import { fuzzSchema } from './fuzz/schema.ts';
import type { JsonSchema } from './json/json-schema.ts';
import { listLinesSchema, listSchema } from './list/schema.ts';
import { mapLinesSchema, mapSchema } from './map/schema.ts';
import { progressSchema } from './progress/schema.ts';
import { kvmMsrsSchema } from './registers/kvm-msrs-schema.ts';
import { replayDesignsSchema, replayLinesSchema, replaySchema } from './replay/schema.ts';
import { followedLinesSchema, followedSchema } from './replay/trace-schema.ts';
import { shareSchema } from './share/schema.ts';
import { sweepPlanSchema, sweepStatusSchema, sweepSummarySchema } from './sweep/schema.ts';
import { entrySchema, traceLinesSchema, traceSchema } from './trace/schema.ts';
import { diffVcpusSchema, mapVcpusSchema, verifyVcpusSchema } from './vcpus/schema.ts';
import { vectorsLinesSchema } from './vectors/schema.ts';
import { verifySchema } from './verify/schema.ts';

/**
 * Each schema, made anew: `eptsweep/map@2` is published as `schema/map@2.schema.json`. One that ends in `-lines` is
 * that of a line of JSON lines; `kvm-msrs` is the input of other programs, which bears no name.
 */
export const OUTPUT_SCHEMAS = {
  'assert@2': assertSchema,
  'check@2': checkSchema,
  'check-fleet@2': checkFleetSchema,
  'diff@2': diffSchema,
  'diff-lines@2': diffLinesSchema,
  'diff-vcpus@2': diffVcpusSchema,
  'entry@2': entrySchema,
  'explain@2': explainSchema,
  'explain-fleet@2': explainFleetSchema,
  'fit@2': fitSchema,
  'fit-survey@2': fitSurveySchema,
  'fuzz@2': fuzzSchema,
  'kvm-msrs': kvmMsrsSchema,
  'list@2': listSchema,
  'list-lines@2': listLinesSchema,
  'map@2': mapSchema,
  'map-fleet@2': mapFleetSchema,
  'map-lines@2': mapLinesSchema,
  'map-vcpus@2': mapVcpusSchema,
  'progress@1': progressSchema,
  'replay@2': replaySchema,
  'replay-designs@2': replayDesignsSchema,
  'replay-lines@2': replayLinesSchema,
  'replay-trace@2': followedSchema,
  'replay-trace-lines@2': followedLinesSchema,
  'share@2': shareSchema,
  'sweep-plan@2': sweepPlanSchema,
  'sweep-status@2': sweepStatusSchema,
  'sweep-summary@2': sweepSummarySchema,
  'trace@2': traceSchema,
  'trace-lines@2': traceLinesSchema,
  'vectors-lines@2': vectorsLinesSchema,
  'verify@2': verifySchema,
  'verify-vcpus@2': verifyVcpusSchema,
} as const satisfies Readonly<Record<string, () => JsonSchema>>;
