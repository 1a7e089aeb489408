/** A campaign's summary as a document. */
import type { CombinationSummary, Counted, DifferenceCount } from '../../sweep/index.ts';
import type { JsonValue } from '../format/column.ts';
import { programJson, schemaName } from '../json/basis.ts';
import { exactJson } from '../json/vocabulary.ts';
import type { SummaryReport } from './summary.ts';
import { showLine } from './words.ts';

function countedJson({ name, count, first }: Counted): JsonValue {
  return { name, count: exactJson(count), first: first === undefined ? null : exactJson(first) };
}

function differencesJson({ compared, differing, pages }: DifferenceCount) {
  return { compared: exactJson(compared), differing: exactJson(differing), pages: exactJson(pages) };
}

function combinationJson(one: CombinationSummary): JsonValue {
  const { combination, assignment, refused, answers, pairs, byRanges, first } = one;
  return {
    combination,
    values: assignment,
    ...differencesJson(one),
    refused: exactJson(refused),
    answers: answers.map(({ name, count }) => ({ answer: name, pages: exactJson(count) })),
    pairs: pairs.map(({ name, count }) => {
      const [against = '', own = ''] = name.split('>');
      return { against, own, pages: exactJson(count) };
    }),
    byRanges: byRanges.map((each) => ({ ranges: each.ranges, ...differencesJson(each) })),
    firstPoint: first === undefined ? null : exactJson(first),
  };
}

/** A summary as a document. */
export function summaryJson({
  summary,
  campaign,
  blocks,
  source,
  name,
  resultDigest,
}: SummaryReport): JsonValue {
  const { spec, foundations } = campaign;
  return {
    schema: schemaName('sweep-summary'),
    provenance: programJson([], name),
    campaign: campaign.id,
    foundations: { ...foundations },
    ask: spec.ask,
    against: spec.against,
    want: spec.want,
    blocks: { done: blocks, of: campaign.blocks },
    points: exactJson(summary.points),
    states: exactJson(summary.states),
    findings: exactJson(summary.findings),
    verified: exactJson(summary.verified),
    contradicted: exactJson(summary.contradicted),
    refusals: summary.refusals.map(countedJson),
    combinations: summary.combinations.map(combinationJson),
    axes: summary.axes.map(({ path, values }) => ({
      path,
      values: values.map((one) => ({
        value: one.value,
        ...differencesJson(one),
        refused: exactJson(one.refused),
      })),
    })),
    distinct: summary.distinct.map(countedJson),
    classes: summary.classes.map(countedJson),
    rules: summary.rules.map(countedJson),
    questions: summary.questions.map(countedJson),
    asked: exactJson(summary.asked),
    digests: summary.digests.map(({ point, vcpu, digest }) => ({
      point: exactJson(point),
      vcpu,
      digest: `0x${digest}`,
    })),
    smallest: summary.smallest.map(({ point, registers, pages, text }) => ({
      point: exactJson(BigInt(point)),
      registers,
      pages: exactJson(BigInt(pages)),
      text,
      reproduce: showLine(source, point, spec),
    })),
    digest: resultDigest,
  };
}
