/** `verify` for programs. */
import { typeName } from '../../types.ts';
import type { Visited } from '../../verify/index.ts';
import { hexText } from '../../words.ts';
import type { JsonValue } from '../format/column.ts';
import { basisOf, headJson } from '../json/basis.ts';
import { policyJson, rangeJson } from '../json/vocabulary.ts';
import { rateOf, typeRows, type VerifyReport } from './report.ts';

/** Pages that differ from another policy, and the first of them. */
function differingValue({ differing }: Visited): JsonValue {
  const first = differing?.first;
  return { pages: differing?.pages ?? 0, firstGfn: first ?? null };
}

/** The report as a value that JSON carries. */
export function verifyJson(report: VerifyReport): JsonValue {
  const { vm, assumptions, evidence, ids, policy, range, threads, verified, earlier, seconds } = report;
  const { firstDifference: first } = verified;
  return {
    ...headJson('verify', basisOf(vm, policy, { vcpus: ids, assumptions, evidence })),
    range: rangeJson(range),
    verified: verified.differingChunks === 0,
    pages: verified.end - range.start,
    earlierPages: earlier,
    threads,
    digest: { direct: hexText(verified.direct.digest), auto: hexText(verified.auto.digest) },
    types: typeRows(verified).map(({ type, direct, auto }) => ({ type: typeName(type), direct, auto })),
    ...(report.against && {
      against: {
        policy: policyJson(report.against),
        direct: differingValue(verified.direct),
        auto: differingValue(verified.auto),
      },
    }),
    differingChunks: verified.differingChunks,
    firstDifference: first
      ? { gfn: first.gfn, direct: hexText(first.direct), auto: hexText(first.auto) }
      : null,
    seconds: Number(seconds.toFixed(3)),
    pagesPerSecond: Math.round(rateOf(report)),
  };
}
