/** `verify` for people. */
import { typeName } from '../../types.ts';
import type { Visited } from '../../verify/index.ts';
import { countText, hexText } from '../../words.ts';
import { durationText, rateText } from '../format/duration.ts';
import { hostText, idsNamed } from '../vcpu-words.ts';
import { rateOf, typeRows, type VerifyReport } from './report.ts';

/** `0xdeadbeef on both sides`, or both. */
function bothText(direct: string, auto: string): string {
  return direct === auto
    ? `${direct}, equal`
    : `${direct} page by page, ${auto} without visiting pages: DIFFERENT`;
}

function differingText({ differing }: Visited): string {
  if (!differing || differing.first === undefined) return '0';
  return `${countText(differing.pages)}, the first is ${hexText(differing.first)}`;
}

/** Lines of the report. */
export function* verifyLines(report: VerifyReport): Generator<string> {
  const { vm, ids, policy, range, threads, verified, earlier, seconds } = report;
  const pages = verified.end - range.start;
  yield `${vm.name}: policy ${policy.name}, ${idsNamed(vm, ids)}${hostText(vm)}, ${vm.maxphyaddr} address bits`;
  yield `visited ${countText(pages)} pages one by one with the engine direct, ${threads === 1 ? '1 thread' : `${threads} threads`}`;
  if (earlier > 0) yield `of these ${countText(earlier)} in an earlier run`;
  yield `digest of all entries: ${bothText(hexText(verified.direct.digest), hexText(verified.auto.digest))}`;
  for (const { type, direct, auto } of typeRows(verified)) {
    yield `pages of type ${typeName(type)}: ${bothText(countText(direct), countText(auto))}`;
  }
  if (report.against) {
    const { direct, auto } = verified;
    yield `pages that differ from ${report.against.name}: ${bothText(differingText(direct), differingText(auto))}`;
  }
  yield `time ${durationText(seconds)}, ${rateText(rateOf(report))} pages/s`;
  yield '';
  const { firstDifference: first, differingChunks } = verified;
  if (differingChunks === 0) {
    yield 'no difference: digest and page counts of the engine auto are those of every page';
    return;
  }
  yield `DIFFERENT in ${countText(differingChunks)} stretches of the range`;
  if (first) {
    yield `first at page ${hexText(first.gfn)}: direct writes ${hexText(first.direct)}, auto ${hexText(first.auto)}`;
  } else yield 'no page differs: a digest or a page count is wrong';
}
