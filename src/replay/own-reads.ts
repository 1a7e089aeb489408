/** Pages that a guest reads by itself while it does what an event says: its page tables and its code. */
import type { GfnRange } from '../types.ts';
import type { ReplayEvent, TouchEvent } from './event.ts';
import type { StepEffects } from './outcome.ts';
import type { Touched } from './shared-ept.ts';

const NONE: readonly TouchEvent[] = [];

/** The reads that go with an event: none where it is the VMM's. */
export function ownReads(event: ReplayEvent, pages: readonly GfnRange[]): readonly TouchEvent[] {
  switch (event.kind) {
    case 'wrmsr':
    case 'cr0cd':
    case 'cr0':
    case 'efer':
      if (event.by === 'vmm') return NONE;
      break;
    case 'touch':
      break;
    default:
      return NONE;
  }
  const { vcpu } = event;
  return pages.map((range) => ({ kind: 'touch', vcpu, range, access: 'read' }));
}

/**
 * An event's effects with those of the reads around it.
 *
 * @param after - reads of what is there already, but for what the event took away
 */
export function withReads(
  own: StepEffects,
  before: readonly StepEffects[],
  after: readonly StepEffects[],
): StepEffects {
  if (before.length === 0) return own;
  const touched: Touched = { installed: 0, replaced: 0, foreign: 0, ...own.touched };
  for (const read of [...before, ...after]) {
    touched.installed += read.touched?.installed ?? 0;
    touched.replaced += read.touched?.replaced ?? 0;
  }
  // What is read once more counts once.
  for (const read of before) touched.foreign += read.touched?.foreign ?? 0;
  return { ...own, touched };
}
