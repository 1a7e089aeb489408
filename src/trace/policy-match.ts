/** Which of the candidates fits a trace best, and what would tell apart those that fit equally. */
import type { Evaluator } from '../engine/index.ts';
import type { Policy } from '../policy/index.ts';
import type { AnswerOf, GfnRange, Want } from '../types.ts';
import type { Comparison, Difference, Slot } from '../vm/index.ts';
import type { Candidate } from './candidate.ts';
import type { LeafLayout } from './layout.ts';
import type { Tally } from './tally.ts';

/** Differences that are looked at for one in a slot; masks with holes have any number. */
const MOST_LOOKED_AT = 4096;

/** How a candidate fits. */
export interface PolicyMatch {
  readonly candidate: Candidate;
  /** Its policies that what the entries show of their author does not rule out. */
  readonly policies: readonly Policy[];
  /** Its policies that it rules out. */
  readonly ruledOut: readonly Policy[];
  /** Wrong entries. */
  readonly wrong: number;
}

/** Where two candidates that fit equally would show it. */
export interface Distinction {
  readonly a: readonly Policy[];
  readonly b: readonly Policy[];
  /** The first stretch for which they answer differently, and how. */
  readonly want: 'ept' | 'levels';
  readonly range: GfnRange;
  readonly answers: readonly [AnswerOf<'ept' | 'levels'>, AnswerOf<'ept' | 'levels'>];
  /** Pages for which they do. */
  readonly pages: bigint;
}

/** What the entries show of who wrote them. */
export interface Author {
  /** They are KVM's own events, or carry its bit 11. */
  readonly isKvm: boolean;
  /** All leaves have bit 63 (suppress #VE), as KVM sets it from 6.10 on, or none; undefined: some, or no leaf. */
  readonly suppressesVe: boolean | undefined;
  /** Where KVM's own bits lie, by release; undefined: no leaf has any, or they contradict each other. */
  readonly software: 'before-5.13' | 'since-5.13' | 'since-7.2' | undefined;
}

/** Layouts that what the entries show allows. */
const LAYOUTS: Readonly<Record<NonNullable<Author['software']>, readonly LeafLayout[]>> = {
  'before-5.13': ['kvm-4.7', 'kvm-5.4'],
  'since-5.13': ['kvm', 'kvm-suppress-ve'],
  'since-7.2': ['kvm-7.2'],
};
const SUPPRESSING: readonly LeafLayout[] = ['kvm-suppress-ve', 'kvm-7.2'];

function softwareOf({ writable10, writable57, writable53 }: Tally): Author['software'] {
  const shown = [
    ...(writable10 > 0 ? (['before-5.13'] as const) : []),
    ...(writable57 > 0 ? (['since-5.13'] as const) : []),
    ...(writable53 > 0 ? (['since-7.2'] as const) : []),
  ];
  return shown.length === 1 ? shown[0] : undefined;
}

/**
 * Reads the author off the counts.
 *
 * @param isTraced - they are KVM's own events
 */
export function authorOf(tally: Tally, isTraced: boolean): Author {
  const isKvm = isTraced || tally.kvmLeaves > 0;
  const leaves = tally.kind('leaf');
  if (!isKvm || leaves === 0) return { isKvm, suppressesVe: undefined, software: undefined };
  const software = softwareOf(tally);
  if (tally.suppressVe === 0) return { isKvm, suppressesVe: false, software };
  return { isKvm, suppressesVe: tally.suppressVe === leaves || undefined, software };
}

function isRuledOut({ release, flags }: Policy, { isKvm, suppressesVe, software }: Author): boolean {
  if (!isKvm) return false;
  if (!release) return true;
  if (software && !LAYOUTS[software].includes(flags.leaf)) return true;
  return suppressesVe !== undefined && SUPPRESSING.includes(flags.leaf) !== suppressesVe;
}

/** Of two that fit equally: what is not ruled out first, then, for a table that is not KVM's, the manual. */
function rank({ policies }: PolicyMatch, { isKvm }: Author): number {
  if (policies.length === 0) return 2;
  return isKvm || policies.some(({ flags }) => flags.mtrr === 'architectural') ? 0 : 1;
}

/** Candidates, the one that fits best first. */
export function matchesOf(candidates: readonly Candidate[], author: Author): readonly PolicyMatch[] {
  return candidates
    .map((candidate): PolicyMatch => {
      const policies = candidate.policies.filter((one) => !isRuledOut(one, author));
      const ruledOut = candidate.policies.filter((one) => isRuledOut(one, author));
      return { candidate, policies, ruledOut, wrong: candidate.findings.entries };
    })
    .sort((a, b) => a.wrong - b.wrong || rank(a, author) - rank(b, author));
}

/** The policy that speaks for a fit: one that is not ruled out, where there is one. */
export function chosenPolicy({ policies, candidate }: PolicyMatch): Policy {
  return (policies[0] ?? candidate.policies[0])!;
}

/** Those that fit as well as the best one and are not ruled out. */
export function bestOf(fits: readonly PolicyMatch[]): readonly PolicyMatch[] {
  const [best] = fits;
  return fits.filter((fit) => fit === best || (fit.wrong === best!.wrong && fit.policies.length > 0));
}

/** What tells the best from each of its equals. */
export function distinctionsOf(evaluator: Evaluator, best: readonly PolicyMatch[]): readonly Distinction[] {
  const [first, ...others] = best;
  return others.flatMap((other) => distinction(evaluator, first!, other) ?? []);
}

/** The first difference that lies in a memory slot: only there has an EPT entries. */
function firstInSlots<W extends Want>(
  comparison: Comparison<W>,
  slots: readonly Slot[],
): Difference<W> | undefined {
  let looked = 0;
  for (const one of comparison.spans()) {
    if (slots.some(({ gfn, count }) => one.start < gfn + count && gfn < one.end)) return one;
    looked += 1;
    if (looked === MOST_LOOKED_AT) return undefined;
  }
  return undefined;
}

function distinction(evaluator: Evaluator, a: PolicyMatch, b: PolicyMatch): Distinction | undefined {
  for (const [index, state] of a.candidate.states.entries()) {
    const other = b.candidate.states[index]!;
    for (const want of ['ept', 'levels'] as const) {
      const [one, two] = want === 'ept' ? [state.types, other.types] : [state.levels, other.levels];
      const comparison = evaluator.canCompare ? evaluator.compare(one, two, want) : undefined;
      const first = comparison && firstInSlots(comparison, state.levels.vcpu.slots);
      if (!comparison || !first) continue;
      const { start, end } = first;
      return {
        a: a.policies,
        b: b.policies,
        want,
        range: { start, end },
        answers: [first.a, first.b],
        pages: comparison.pages,
      };
    }
  }
  return undefined;
}
