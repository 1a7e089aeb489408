/**
 * A range cut into stretches that have one explanation: one answer, and one set of registers behind it. Only
 * the registers that decide the entry cut; under a policy that reads none, the answers alone do.
 */
import { leafStretches, type View } from '../engine/index.ts';
import { FIXED_END, FIXED_ENDS } from '../msr/index.ts';
import type { GfnRange } from '../types.ts';
import { type GuestRegisters, guestRegisters } from '../vm/index.ts';
import { eptStory, requireExplainable, usesMtrr } from './branch.ts';
import { kvmStory } from './kvm-fold.ts';
import { manualStory } from './manual.ts';
import { kvmInterval, nextMatchEdge, type RegisterMatch } from './matching.ts';

/** What decides a frame. */
interface Deciders {
  /** The branch and the registers behind it, comparable. */
  readonly key: string;
  readonly areRegisters: boolean;
}

function decidersOf(view: View, registers: GuestRegisters, gfn: number): Deciders {
  const { vcpu, policy } = view;
  const story =
    policy.flags.mtrr === 'kvm' ? kvmStory(registers, vcpu.guestHasMtrr, gfn) : manualStory(registers, gfn);
  const branch = eptStory(view, gfn, story.type);
  if (!usesMtrr(branch)) return { key: branch.steps.at(-1)!.question, areRegisters: false };
  const unseen: readonly RegisterMatch[] = 'unseen' in story ? story.unseen : [];
  const name = ({ kind, msrs }: RegisterMatch) => `${kind}${msrs[0]}`;
  const key = [story.rule, ...story.matches.map(name), '|', ...unseen.map(name)].join();
  return { key, areRegisters: true };
}

/**
 * The next frame above `gfn` at which something else may decide, at most `limit`. Registers that do not decide
 * have no edges: a mask with holes has too many to step over.
 */
function nextEdge(
  view: View,
  registers: GuestRegisters,
  { areRegisters }: Deciders,
  gfn: number,
  limit: number,
): number {
  const edges: number[] = [limit];
  const note = (edge: number | undefined) => {
    if (edge !== undefined && gfn < edge) edges.push(edge);
  };
  for (const { start, end } of view.vcpu.mmio) {
    note(start);
    note(end);
  }
  if (!areRegisters || !registers.isEnabled) return Math.min(...edges);
  if (registers.isFixedEnabled && gfn < FIXED_END) note(FIXED_ENDS.find((end) => gfn < end));
  for (const pair of registers.variable) {
    if (!pair.isEnabled) continue;
    if (view.policy.flags.mtrr === 'kvm') {
      const interval = kvmInterval(pair, registers);
      note(interval.start);
      note(interval.end);
    } else note(nextMatchEdge(pair, gfn, registers));
  }
  note(registers.forcedWb?.start);
  note(registers.forcedWb?.end);
  return Math.min(...edges);
}

/**
 * The stretches of a range that have one explanation each, ascending, lazily.
 *
 * @param view - the vCPU under a policy
 * @param range - half-open frames; default the whole space
 * @returns stretches that cover the range, each to be explained by any of its frames
 * @example
 * const guest = vcpu({ maxphyaddr: 36, msrs: { 0x2ff: 0x806n } });
 * const view = createEvaluatorSync().view(guest, policy('sdm'));
 * [...explainedStretches(view)]; // [{ start: 0, end: 16777216 }]
 */
export function* explainedStretches(view: View, range?: GfnRange): Generator<GfnRange, void, undefined> {
  requireExplainable(view.policy);
  const registers = guestRegisters(view.vcpu);
  for (const span of leafStretches(view, range)) {
    let start = span.start;
    while (start < span.end) {
      const deciders = decidersOf(view, registers, start);
      let end = nextEdge(view, registers, deciders, start, span.end);
      while (end < span.end && decidersOf(view, registers, end).key === deciders.key) {
        end = nextEdge(view, registers, deciders, end, span.end);
      }
      yield { start, end };
      start = end;
    }
  }
}
