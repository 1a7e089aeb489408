/** Designs side by side as bars: zaps for types, entries that were faulted in again, accesses with a foreign type. */
import type { ReplaySummary } from '../../replay/index.ts';
import { countText, plural } from '../../words.ts';
import { basisText } from '../json/basis.ts';
import { type Bar, barsSvgLines } from '../picture/bars-svg.ts';
import { memtypeZaps } from './designs.ts';
import type { ReplayHead } from './json.ts';

function bar(name: string, value: number, differs: boolean): Bar {
  const text = value === 0 ? 'none' : countText(value);
  return { name, value, text, ...(differs && { look: 'differs' as const }) };
}

/**
 * Lines of a picture.
 *
 * @param width - units that it is wide
 */
export function designsSvgLines(
  head: ReplayHead,
  summaries: readonly ReplaySummary[],
  width: number,
): Iterable<string> {
  const { basis, name } = head;
  const vcpus = plural(basis.vcpus.length, 'vCPU');
  return barsSvgLines({
    title: `${name}: ${plural(summaries.length, 'design')}`,
    subtitles: [`policy ${basis.policy.name}, ${vcpus}, ${plural(summaries[0]!.events, 'event')}`],
    metadata: basisText(basis),
    bars: [
      ...summaries.map((one) => bar(`zaps: ${one.design.name}`, memtypeZaps(one), false)),
      ...summaries.map((one) => bar(`refaults: ${one.design.name}`, one.refaults.entries, false)),
      ...summaries.map((one) => bar(`foreign accesses: ${one.design.name}`, one.foreignAccesses, true)),
    ],
    width,
  });
}
