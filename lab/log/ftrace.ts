/** A guest's trace in the form that the tracing file system has, for `eptsweep trace` and `eptsweep replay --trace`. */
import type { LoggedGuest, TraceLine } from './serial-log.ts';

/** Times are not kept: lines count up. */
function line(number: number, event: string): string {
  return `             lab-1       [000] ..... ${(number / 1e6).toFixed(6).padStart(12)}: ${event}`;
}

function eventOf(one: TraceLine): string {
  switch (one.kind) {
    case 'change': {
      const { space, gfn, level, before, after } = one;
      return `kvm_tdp_mmu_spte_changed: as id ${space} gfn ${gfn.toString(16)} level ${level} old_spte ${before.toString(16)} new_spte ${after.toString(16)}`;
    }
    case 'split':
      return `kvm_mmu_split_huge_page: gfn ${one.gfn.toString(16)} spte ${one.entry.toString(16)} level ${one.level} errno 0`;
    case 'odd':
      return one.text;
  }
}

/** The trace, a line an event, with its markers. */
export function asFtrace({ steps }: LoggedGuest): string {
  const lines = ['# tracer: nop', '#'];
  for (const [step, { lines: events }] of steps) {
    if (step > 0) lines.push(line(lines.length, `tracing_mark_write: eptsweep step ${step}`));
    for (const event of events) lines.push(line(lines.length, eventOf(event)));
  }
  return `${lines.join('\n')}\n`;
}
