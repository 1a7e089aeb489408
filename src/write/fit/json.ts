/** A register plan as JSON, `eptsweep/fit@1`. */
import { acceptedText, pairOf, registersOf } from '../../fit/index.ts';
import { type GfnRange, typeName } from '../../types.ts';
import { hexText } from '../../words.ts';
import type { FitReport } from './report.ts';

function stretch({ start, end }: GfnRange) {
  return { first: hexText(BigInt(start) << 12n), last: hexText((BigInt(end) << 12n) - 1n) };
}

/** There may be no such plan. */
function count(ranges: number): number | null {
  return Number.isFinite(ranges) ? ranges : null;
}

function variableJson({ fit: { plan } }: FitReport) {
  return plan.ranges.map((range, index) => {
    const { base, mask } = pairOf(range, plan.maxphyaddr);
    return {
      index,
      type: typeName(range.type),
      ...stretch({ start: range.start, end: range.start + range.frames }),
      ...(range.repeats && { repeats: range.repeats.map((distance) => hexText(BigInt(distance) << 12n)) }),
      base: hexText(base),
      mask: hexText(mask),
    };
  });
}

/** Lines of one JSON object; addresses inclusive, page counts as hex strings. */
export function fitJsonLines(report: FitReport): readonly string[] {
  const { name, source, fit, proof, used, usedWithHoles, undefinedPages, isCountStated, assumptions } =
    report;
  const { plan, counts, byDefault } = fit;
  const document = {
    schema: 'eptsweep/fit@1',
    config: name,
    wanted: source,
    maxphyaddr: plan.maxphyaddr,
    vcnt: fit.vcnt,
    vcntStated: isCountStated,
    ...(used !== undefined && { used, usedWithHoles }),
    needed: fit.needed,
    ...(fit.holes && { holes: fit.holes }),
    fits: fit.fits,
    counts: { manual: count(counts.manual), kvm: count(counts.kvm), noOverlap: count(counts.disjoint) },
    byDefault: Object.fromEntries(byDefault.map(({ type, ranges }) => [typeName(type), count(ranges)])),
    defaultType: typeName(plan.defaultType),
    fixedRanges: plan.fixed !== undefined,
    variable: variableJson(report),
    msrs: Object.fromEntries(registersOf(plan).map(([msr, value]) => [hexText(msr), hexText(value)])),
    lost: {
      pages: hexText(fit.lostPages),
      least: hexText(fit.leastLostPages),
      ranges: proof.lost.map((one) => ({ ...stretch(one), wanted: acceptedText(one.accepted), type: 'UC' })),
    },
    free: [...proof.free].map(([type, pages]) => ({ type: typeName(type), pages: hexText(pages) })),
    undefinedPages: hexText(undefinedPages),
    kvm: proof.kvm.map(({ policy, differingPages, ranges }) => ({
      policy,
      differingPages: differingPages === undefined ? null : hexText(differingPages),
      ranges: ranges.map(stretch),
    })),
    provenBy: proof.engine,
    assumptions,
  };
  return JSON.stringify(document, null, 2).split('\n');
}
