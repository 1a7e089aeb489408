/** A guest's trace in the form that the tracing file system has, for `eptsweep trace` and `eptsweep replay --trace`. */
import type { LoggedGuest } from './serial-log.ts';

/** Times are not kept: lines count up. */
function line(number: number, event: string): string {
  return `             lab-1       [000] ..... ${(number / 1e6).toFixed(6).padStart(12)}: ${event}`;
}

/** The trace, a line an event, with its markers. */
export function asFtrace({ steps }: LoggedGuest): string {
  const lines = ['# tracer: nop', '#'];
  for (const [step, { changes, others }] of steps) {
    if (step > 0) lines.push(line(lines.length, `tracing_mark_write: eptsweep step ${step}`));
    for (const { gfn, level, old, now } of changes) {
      const text = `as id 0 gfn ${gfn.toString(16)} level ${level} old_spte ${old.toString(16)} new_spte ${now.toString(16)}`;
      lines.push(line(lines.length, `kvm_tdp_mmu_spte_changed: ${text}`));
    }
    for (const other of others) lines.push(line(lines.length, other));
  }
  return `${lines.join('\n')}\n`;
}
