/** What the events of a replay add up to, under one design. */
import type { EventOutcome } from './event.ts';
import type { StepEffects, ZapReason, ZapTotal } from './outcome.ts';
import { addRecovery, noRecovery, type Recovery } from './recovery.ts';

interface MutableTotal {
  count: number;
  empty: number;
  entries: number;
  pages: number;
}

/** See the head of the file. */
export class Totals {
  readonly #zaps = new Map<ZapReason, MutableTotal>();
  #recovery: ReturnType<typeof noRecovery> | undefined;
  faults = 0;
  installed = 0;
  replaced = 0;
  foreignAccesses = 0;

  note(verdict: EventOutcome, { zap, touched, recovery }: StepEffects): void {
    if (verdict === '#GP') this.faults += 1;
    if (touched) {
      this.installed += touched.installed;
      this.replaced += touched.replaced;
      this.foreignAccesses += touched.foreign;
    }
    if (recovery) {
      this.#recovery ??= noRecovery();
      addRecovery(this.#recovery, recovery);
    }
    if (!zap) return;
    const total = this.#zaps.get(zap.reason) ?? { count: 0, empty: 0, entries: 0, pages: 0 };
    total.count += 1;
    if (zap.ranges.every(({ start, end }) => end <= start)) total.empty += 1;
    total.entries += zap.lost.entries;
    total.pages += zap.lost.pages;
    this.#zaps.set(zap.reason, total);
  }

  get zaps(): readonly ZapTotal[] {
    return [...this.#zaps].map(([reason, total]) => ({ reason, ...total }));
  }
  get recovery(): Recovery | undefined {
    return this.#recovery;
  }
}
