/** A register plan as JSON, `eptsweep/fit@2`. */
import { acceptedText, pairOf, registersOf } from '../../fit/index.ts';
import { policy as policyNamed } from '../../policy/index.ts';
import { type GfnRange, typeName } from '../../types.ts';
import { addressText, hexText } from '../../words.ts';
import type { JsonValue } from '../format/column.ts';
import { documentLines } from '../format/json.ts';
import { headJson, programJson, schemaName } from '../json/basis.ts';
import { exactJson, type JsonObject, policyJson, rangeJson } from '../json/vocabulary.ts';
import type { FitReport } from './report.ts';

/** A stretch as scripts have read it since `@1`: its places in hex, as registers hold them. */
function stretchJson({ start, end }: GfnRange): JsonObject {
  return {
    first: addressText(start),
    last: hexText((BigInt(end) << 12n) - 1n),
    pages: end - start,
  };
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
      ...stretchJson({ start: range.start, end: range.start + range.frames }),
      ...(range.repeats && { repeats: range.repeats.map(addressText) }),
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
        ...stretchJson(one),
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
