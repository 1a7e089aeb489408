/** What a campaign will take, for people and for programs. */
import {
  type Campaign,
  type LayoutSource,
  layoutCount,
  type SweepPlan,
  type SweepSpec,
} from '../../sweep/index.ts';
import { countText, plural, sizeText } from '../../words.ts';
import type { JsonValue } from '../format/column.ts';
import { durationText } from '../format/duration.ts';
import { programJson, schemaName } from '../json/basis.ts';
import { exactJson } from '../json/vocabulary.ts';
import { askText, sourceText, type Titled, titleText, valueText } from './words.ts';

/** A planned campaign. */
export interface PlanReport extends Titled {
  readonly campaign: Campaign;
  readonly plan: SweepPlan;
}

const SHOWN_VALUES = 4;

function layoutsOf(source: LayoutSource): bigint {
  return layoutCount({ layouts: [source] });
}

/** `policy: 56 values, sdm to kvm-7.1`. */
function axisText({ paths, values }: SweepSpec['dimensions'][number]): string {
  const name = paths.join(' with ');
  const texts = values.map((row) => row.map(valueText).join(' with '));
  const shown = texts.length <= SHOWN_VALUES ? texts.join(', ') : `${texts[0]} to ${texts.at(-1)}`;
  return `${name}: ${plural(values.length, 'value')}, ${shown}`;
}

/** `about 2 s`, `about 1:02:03`. */
function timeText(seconds: number): string {
  if (seconds < 1) return 'under a second';
  return seconds < 60 ? `about ${Math.ceil(seconds)} s` : `about ${durationText(seconds)}`;
}

/** `332K`. */
function bytesText(bytes: number): string {
  const unit = bytes < 2 ** 20 ? 2 ** 10 : 2 ** 20;
  return sizeText(BigInt(Math.ceil(bytes / unit) * unit));
}

function blocksText({ blocks, pointsPerBlock, shardsPerPoint }: SweepPlan): string {
  const each =
    shardsPerPoint > 1 ? `${shardsPerPoint} a point` : `up to ${countText(pointsPerBlock)} points each`;
  return `${countText(blocks)}, ${each}`;
}

/** Lines of a plan. */
export function* planLines(report: PlanReport): Generator<string> {
  const { campaign, plan } = report;
  const { spec, id } = campaign;
  const { excluded, distinct } = plan;
  yield `${titleText(report)}: ${askText(spec)}`;
  for (const layouts of spec.layouts) yield `layouts    ${sourceText(layouts, layoutsOf(layouts))}`;
  for (const dimension of spec.dimensions) yield `axis       ${axisText(dimension)}`;
  if (spec.include.length > 0) yield `include    ${plural(spec.include.length, 'combination')} more`;
  if (spec.vcpus === 'distinct') yield 'vCPUs      one of each state';
  const left = excluded > 0n ? `, ${countText(excluded)} of them excluded` : '';
  yield `points     ${countText(plan.points)}${left}`;
  if (distinct !== undefined && distinct < plan.points - excluded)
    yield `           ${countText(distinct)} of them can differ: the rules of some policies are the same`;
  yield `blocks     ${blocksText(plan)}`;
  yield `time       ${timeText(plan.seconds)} on one core`;
  yield `results    about ${bytesText(plan.bytes)}, keep: ${spec.keep}`;
  yield `campaign   ${id}`;
}

/** A plan as a document. */
export function planJson({ campaign, plan, name }: PlanReport): JsonValue {
  const { id, spec, foundations } = campaign;
  return {
    schema: schemaName('sweep-plan'),
    provenance: programJson([], name),
    campaign: id,
    ask: spec.ask,
    against: spec.against,
    want: spec.want,
    layouts: exactJson(plan.layouts),
    combinations: plan.combinations,
    points: exactJson(plan.points),
    excluded: exactJson(plan.excluded),
    distinct: plan.distinct === undefined ? null : exactJson(plan.distinct),
    blocks: plan.blocks,
    pointsPerBlock: exactJson(plan.pointsPerBlock),
    shardsPerPoint: plan.shardsPerPoint,
    seconds: Number(plan.seconds.toPrecision(3)),
    bytes: plan.bytes,
    axes: spec.dimensions.map(({ paths, values }) => ({ paths, values: values.length })),
    foundations: { ...foundations },
  };
}
