/** An address space in words: ranges, answers, and the sentence for those who do not see the picture. */
import type { GfnRange } from '../../types.ts';
import { addresses, countText, hexText, pagesText } from '../../words.ts';
import { drawnKey, type Parts } from './space-cells.ts';

/** `0xa0000-0xbffff`, inclusive, or frames. */
export function rangeText({ start, end }: GfnRange, by: 'gpa' | 'gfn'): string {
  if (by === 'gfn') return `${hexText(start)}-${hexText(end - 1)}`;
  return addresses({ start, end });
}

/** A share that is neither none nor all, and never said to be. */
function percentText(share: number): string {
  if (share < 0.0001) return '<0.01 %';
  return share > 0.9999 ? '>99.99 %' : `${Number((100 * share).toFixed(2))} %`;
}

/** `WB`, or `mixed: WB 75 %, UC 25 %`. */
export function partsText(parts: Parts): string {
  const all = [...parts.values()];
  if (all.length === 1) return drawnKey(all[0]!.drawn);
  const total = all.reduce((sum, { pages }) => sum + pages, 0);
  const shares = all
    .sort((a, b) => b.pages - a.pages)
    .map(({ drawn, pages }) => `${drawnKey(drawn)} ${percentText(pages / total)}`);
  return `mixed: ${shares.join(', ')}`;
}

/** A lane in words, or what stands for one. */
export interface DescribedLane {
  readonly title: string;
  /** Ascending; together the whole range. */
  readonly parts: readonly Parts[];
}

function laneText({ title, parts: all }: DescribedLane): string {
  const pages = new Map<string, number>();
  for (const parts of all) {
    for (const [key, part] of parts) pages.set(key, part.pages + (pages.get(key) ?? 0));
  }
  const texts = [...pages].sort(([, a], [, b]) => b - a).map(([key, sum]) => `${key} on ${pagesText(sum)}`);
  return `${title}: ${texts.join(', ')}.`;
}

/**
 * What a picture shows, in a sentence a lane.
 *
 * @param stretches - in how many the range is drawn
 * @param comparison - where the lanes differ
 * @param omitted - how many lanes there was no room for
 */
export function spaceDescription(
  place: string,
  stretches: number,
  lanes: readonly DescribedLane[],
  comparison: readonly Parts[] | undefined,
  omitted: number,
): string {
  const sentences = [
    `Address space ${place} in ${countText(stretches)} stretches and ${lanes.length} lanes.`,
    ...lanes.map(laneText),
    ...(comparison ? [laneText({ title: 'Comparison', parts: comparison })] : []),
    ...(omitted > 0 ? [`${countText(omitted)} further lanes are not drawn.`] : []),
  ];
  return sentences.join(' ');
}
