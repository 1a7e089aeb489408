/** A register plan as JSON, `eptsweep/fit@2`. */
import { acceptedText, pairOf, registersOf } from '../../fit/index.ts';
import { policy as policyNamed } from '../../policy/index.ts';
import { typeName } from '../../types.ts';
import { hexText } from '../../words.ts';
import type { JsonValue } from '../format/column.ts';
import { documentLines } from '../format/json.ts';
import { headJson, programJson, schemaName } from '../json/basis.ts';
import { addressJson, exactJson, policyJson, rangeJson } from '../json/vocabulary.ts';
import type { FitReport } from './report.ts';

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
      ...rangeJson({ start: range.start, end: range.start + range.frames }),
      ...(range.repeats && { repeats: range.repeats.map(addressJson) }),
      base: hexText(base),
      mask: hexText(mask),
    };
  });
}

/** Where the plan is from: a machine, or a wanted map of no machine. */
function headOf({ name, basis, fit: { plan }, assumptions }: FitReport): Record<string, JsonValue> {
  if (basis) return headJson('fit', basis);
  return {
    schema: schemaName('fit'),
    provenance: programJson(assumptions, name),
    policy: policyJson(policyNamed('sdm')),
    vcpus: [],
    maxphyaddr: plan.maxphyaddr,
  };
}

/** Lines of one JSON object. */
export function fitJsonLines(report: FitReport): Iterable<string> {
  const { source, fit, proof, used, usedWithHoles, undefinedPages, isCountStated } = report;
  const { plan, counts, byDefault } = fit;
  const document = {
    ...headOf(report),
    wanted: source,
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
      pages: exactJson(fit.lostPages),
      least: exactJson(fit.leastLostPages),
      ranges: proof.lost.map((one) => ({
        ...rangeJson(one),
        wanted: acceptedText(one.accepted),
        type: 'UC',
      })),
    },
    free: [...proof.free].map(([type, pages]) => ({ type: typeName(type), pages: exactJson(pages) })),
    undefinedPages: exactJson(undefinedPages),
    kvm: proof.kvm.map(({ policy, differingPages, ranges }) => ({
      policy: policyJson(policyNamed(policy)),
      differingPages: differingPages === undefined ? null : exactJson(differingPages),
      ranges: ranges.map((range) => rangeJson(range)),
    })),
    provenBy: proof.engine,
  };
  return documentLines(document);
}
