/** `guestPages` of a scenario: pages that the guest reads by itself whenever a vCPU of it does something. */
import type { GfnRange } from '../../types.ts';
import { frameCount, type Vm } from '../../vm/index.ts';
import type { Fields } from '../fields.ts';
import { framesTouched, parseRange, RANGE_FORMS } from '../range-text.ts';
import { shown } from '../values.ts';

/** A range, or a list of them. */
export function guestPagesOf(fields: Fields, { maxphyaddr }: Pick<Vm, 'maxphyaddr'>): readonly GfnRange[] {
  if (!fields.has('guestPages')) return [];
  const given = fields.raw('guestPages');
  const ranges = (Array.isArray(given) ? given : [given]).map((one) => parseRange(one));
  const pages: GfnRange[] = [];
  for (const range of ranges) {
    if (typeof range === 'string') {
      fields.note('guestPages', `expected ${RANGE_FORMS}, or a list of such, got ${shown(given)}`);
      return [];
    }
    const { start, end } = framesTouched(range);
    if (end > frameCount(maxphyaddr)) fields.note('guestPages', "lies beyond the guest's space");
    pages.push({ start, end });
  }
  return pages;
}
