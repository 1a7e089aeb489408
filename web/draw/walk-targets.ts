/** What of an EPT walk is under a pointer, and what that is in words. */
import type { GfnRange } from '../../src/types.ts';
import { addresses, pagesText } from '../../src/words.ts';
import type { EntryRun, WalkTable } from '../worker/protocol.ts';
import { partsText } from './cells.ts';
import { isInside } from './painter.ts';
import { TABLE_ENTRIES, TABLE_NAMES, type WalkLayout } from './walk-layout.ts';

/** An entry of a table. */
export interface WalkTarget {
  readonly level: WalkTable['level'];
  readonly lane: number;
  readonly index: number;
  /** Frames below the entry. */
  readonly range: GfnRange;
  /** Left out where a leaf of a higher level covers it. */
  readonly run?: EntryRun;
}

/** The entry at a point; undefined beside the strips. */
export function walkTargetAt({ levels }: WalkLayout, x: number, y: number): WalkTarget | undefined {
  for (const { level, range, frames, strips, entries } of levels) {
    const strip = strips.find((one) => isInside(one, x, y));
    if (!strip) continue;
    const index = Math.min(TABLE_ENTRIES - 1, Math.floor(entries.gfnAt((x - strip.x) / strip.width)));
    const start = range.start + index * frames;
    const run = strip.runs.find((one) => one.run.from <= index && index < one.run.to)?.run;
    return { level, lane: strip.lane, index, range: { start, end: start + frames }, ...(run && { run }) };
  }
  return undefined;
}

const KINDS = { leaf: 'a leaf', table: 'leads to a table' } as const;

/** What an entry is, in a sentence. */
export function walkTargetText({ walks, levels }: WalkLayout, target: WalkTarget): string {
  const { level, lane, index, range, run } = target;
  const place = `${TABLE_NAMES[level]}[${index}], ${addresses(range)}, ${pagesText(range.end - range.start)}`;
  const strip = levels.find((one) => one.level === level)?.strips[lane];
  const whole =
    strip?.whole &&
    [strip.whole.text, ...(strip.whole.parts.length > 0 ? [partsText(strip.whole.parts)] : [])].join(': ');
  const what = !run
    ? (whole ?? 'not mapped')
    : run.kind === 'none'
      ? 'not mapped'
      : `${KINDS[run.kind]}: ${partsText(run.parts)}`;
  return `${walks[lane]!.title}: ${place}: ${what}`;
}
