/** `verify` for programs. */
import { typeName } from '../../types.ts';
import type { Visited } from '../../verify/index.ts';
import { hexText } from '../../words.ts';
import type { JsonValue } from '../format/column.ts';
import { rateOf, typeRows, type VerifyReport } from './report.ts';

function differingValue({ differing }: Visited): JsonValue {
  const first = differing?.first;
  return { pages: differing?.pages ?? 0, first: first === undefined ? null : hexText(first) };
}

/** The report as a value that JSON carries. */
export function verifyJson(report: VerifyReport): JsonValue {
  const { vm, vcpu, policy, range, threads, verified, earlier, seconds } = report;
  const { firstDifference: first } = verified;
  return {
    schema: 'eptsweep/verify@1',
    config: vm.name,
    policy: policy.name,
    vcpu: vm.vcpus[vcpu]!.id,
    maxphyaddr: vm.maxphyaddr,
    range: { firstGfn: hexText(range.start), pages: range.end - range.start },
    verified: verified.differingChunks === 0,
    pages: verified.end - range.start,
    earlierPages: earlier,
    threads,
    digest: { direct: hexText(verified.direct.digest), auto: hexText(verified.auto.digest) },
    types: typeRows(verified).map(({ type, direct, auto }) => ({ type: typeName(type), direct, auto })),
    ...(report.against && {
      against: {
        policy: report.against.name,
        direct: differingValue(verified.direct),
        auto: differingValue(verified.auto),
      },
    }),
    differingChunks: verified.differingChunks,
    firstDifference: first
      ? { gfn: hexText(first.gfn), direct: hexText(first.direct), auto: hexText(first.auto) }
      : null,
    seconds: Number(seconds.toFixed(3)),
    pagesPerSecond: Math.round(rateOf(report)),
  };
}
