/** What the events of a replay add up to. */
import type { ReplayStep, ZapReason } from './outcome.ts';

interface MutableTotal {
  count: number;
  empty: number;
  entries: number;
  pages: number;
}

/** See the head of the file. */
export class Totals {
  readonly zaps = new Map<ZapReason, MutableTotal>();
  faults = 0;
  installed = 0;
  replaced = 0;
  foreignAccesses = 0;

  note({ verdict, zap, touched }: Pick<ReplayStep, 'verdict' | 'zap' | 'touched'>): void {
    if (verdict === '#GP') this.faults += 1;
    if (touched) {
      this.installed += touched.installed;
      this.replaced += touched.replaced;
      this.foreignAccesses += touched.foreign;
    }
    if (!zap) return;
    const total = this.zaps.get(zap.reason) ?? { count: 0, empty: 0, entries: 0, pages: 0 };
    total.count += 1;
    if (zap.ranges.every(({ start, end }) => end <= start)) total.empty += 1;
    total.entries += zap.lost.entries;
    total.pages += zap.lost.pages;
    this.zaps.set(zap.reason, total);
  }
}
