/** A fuzzer's report as JSON: `eptsweep/fuzz@2`. */
import type { Finding, FuzzReport } from '../../fuzz/index.ts';
import { typeName } from '../../types.ts';
import type { JsonValue } from '../format/column.ts';
import { programJson, schemaName } from '../json/basis.ts';
import { exactJson, type JsonObject, policyJson, rangeJson } from '../json/vocabulary.ts';
import { questionText } from './words.ts';

/** A finding as JSON. */
export function findingJson(finding: Finding, file: string, command: string): JsonObject {
  const { index, kind, tried, subject, disagreement } = finding;
  const { left, right, range } = disagreement;
  return {
    case: index,
    kind,
    question: questionText(disagreement),
    range: rangeJson(range),
    sides: [left, right].map(({ who, says }) => ({ who, says })),
    policy: policyJson(subject.policy),
    pat: typeName(subject.pat),
    triedWhileShrinking: tried,
    config: file,
    reproduce: command,
  };
}

/** A report as JSON, without its findings. */
export function fuzzReportJson(report: FuzzReport, engines: readonly string[]): Record<string, JsonValue> {
  const { seed, cases, kinds, policies, refused, tally, external, rules, explained, disagreeing } = report;
  return {
    schema: schemaName('fuzz'),
    provenance: programJson(),
    seed: exactJson(seed),
    engines,
    cases,
    kinds: Object.fromEntries(kinds.map((one) => [one.kind, one.cases])),
    casesByRow: Object.fromEntries(policies.map((one) => [one.row, one.cases])),
    refused,
    compared: { ...tally },
    ...(external && { oracle: { ...external } }),
    sampledPages: explained,
    rules: Object.fromEntries(rules.map(({ rule, count }) => [rule, count])),
    neverReached: rules.filter(({ count }) => count === 0).map(({ rule }) => rule),
    disagreeing,
  };
}
