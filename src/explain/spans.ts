/**
 * A range cut into stretches that have one explanation: one answer, and one set of registers behind it. Only
 * the registers that decide the entry cut; under a policy that reads none, the answers alone do.
 */
import type { View } from '../engine/index.ts';
import type { GfnRange } from '../types.ts';
import { eptStory, usesMtrr } from './branch.ts';
import { kvmStory } from './kvm-fold.ts';
import { manualStory } from './manual.ts';
import { kvmInterval, nextMatchEdge, type RegisterMatch } from './matching.ts';
import { FIXED_END, fixedEnds, type GuestRegisters, guestRegisters } from './registers.ts';

/** Which registers decide a frame, as a comparable text. */
function decidersOf(view: View, registers: GuestRegisters, gfn: number): string {
  const { vcpu, policy } = view;
  const story =
    policy.flags.mtrr === 'kvm' ? kvmStory(registers, vcpu.guestHasMtrr, gfn) : manualStory(registers, gfn);
  const unseen: readonly RegisterMatch[] = 'unseen' in story ? story.unseen : [];
  const name = ({ kind, msrs }: RegisterMatch) => `${kind}${msrs[0]}`;
  return [story.rule, ...story.matches.map(name), '|', ...unseen.map(name)].join();
}

/** The next frame above `gfn` at which another register may speak, at most `limit`. */
function nextEdge(view: View, registers: GuestRegisters, gfn: number, limit: number): number {
  if (!registers.isEnabled) return limit;
  if (registers.isFixedEnabled && gfn < FIXED_END) {
    return Math.min(limit, fixedEnds.find((end) => gfn < end)!);
  }
  const edges: number[] = [limit];
  const note = (edge: number | undefined) => {
    if (edge !== undefined && gfn < edge) edges.push(edge);
  };
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
 * @param range - half-open frames; default the whole space
 */
export function* explainedStretches(view: View, range?: GfnRange): Generator<GfnRange, void, undefined> {
  const registers = guestRegisters(view.vcpu);
  for (const span of view.spans(range)) {
    let start = span.start;
    const decides = usesMtrr(eptStory(view, start, span.type));
    while (start < span.end) {
      let end = span.end;
      if (decides) {
        const deciders = decidersOf(view, registers, start);
        end = nextEdge(view, registers, start, span.end);
        while (end < span.end && decidersOf(view, registers, end) === deciders) {
          end = nextEdge(view, registers, end, span.end);
        }
      }
      yield { start, end };
      start = end;
    }
  }
}
