/**
 * The reference's rules asked one page after the other, without any cut: what its spans are held against. A
 * region's pages are visited up to the first that differs.
 */
import type { Policy } from '../../src/policy/index.ts';
import { answerRule, isSameAnswer, spanOf } from '../../src/reference/answers.ts';
import type { HasOneType } from '../../src/reference/level.ts';
import { type Machine, machineOf, mtrrType } from '../../src/reference/mtrr.ts';
import type { GfnRange, PatType, Span, Want } from '../../src/types.ts';
import type { Vcpu } from '../../src/vm/index.ts';

function hasOneTypeByPages(machine: Machine): HasOneType {
  const known = new Map<string, boolean>();
  return (start, count) => {
    const key = `${start} ${count}`;
    let verdict = known.get(key);
    if (verdict === undefined) {
      const first = mtrrType(machine, start);
      verdict = first !== -1;
      for (let gfn = start; verdict && gfn < start + count; gfn++) verdict = mtrrType(machine, gfn) === first;
      known.set(key, verdict);
    }
    return verdict;
  };
}

/** Spans of a range, every page of it visited. */
export function spansByPages(
  vcpu: Vcpu,
  policy: Policy,
  want: Want,
  range: GfnRange,
  pat: PatType,
): readonly Span[] {
  const machine = machineOf(vcpu, policy);
  const rule = answerRule(machine, want, pat, hasOneTypeByPages(machine));
  const spans: Span[] = [];
  let start = range.start;
  for (let gfn = range.start; gfn < range.end; gfn++) {
    const isLast = gfn + 1 === range.end || !isSameAnswer(rule(start), rule(gfn + 1));
    if (!isLast) continue;
    spans.push(spanOf(want, { start, end: gfn + 1 }, rule(start)));
    start = gfn + 1;
  }
  return spans;
}
