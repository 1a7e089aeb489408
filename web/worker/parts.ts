/** Answers as parts of a cell: what the engine's spans and totals become on their way to the page. */
import type { Answer, Total, Want } from '../../src/index.ts';
import { hexText } from '../../src/write/index.ts';
import type { Part } from './protocol.ts';

/** Where an EPT entry holds its memory type (bits 5:3) and IPAT (bit 6); Intel SDM vol. 3C, "EPT Paging-Structure Entries". */
const TYPE_SHIFT = 3n;
const TYPE_BITS = 7n;
const IPAT_SHIFT = 6n;

/** A leaf's answer by what a picture shows of it. */
function leafMembers({ level = 0, entry }: Answer): Omit<Part, 'pages' | 'entry'> {
  if (level === 0) return { level };
  if (entry === null || entry === undefined) return { level, type: -1 };
  const type = Number((entry >> TYPE_SHIFT) & TYPE_BITS) as NonNullable<Part['type']>;
  return { level, type, ipat: Number((entry >> IPAT_SHIFT) & 1n) as 0 | 1 };
}

/**
 * The answer of a whole stretch.
 *
 * @param pages - of the stretch
 */
export function partOfSpan(want: Want, answer: Answer, pages: number): Part {
  if (want !== 'leaf') {
    const { type, ipat, level } = answer;
    return {
      ...(type !== undefined && { type }),
      ...(ipat !== undefined && { ipat }),
      ...(level !== undefined && { level }),
      pages,
    };
  }
  const { entry } = answer;
  return { ...leafMembers(answer), ...(typeof entry === 'bigint' && { entry: hexText(entry) }), pages };
}

/** Counted answers, those with more pages first; leaves that look alike are one part. */
export function partsOfTotals(want: Want, totals: readonly Total[]): readonly Part[] {
  if (want !== 'leaf') return byPages(totals.map((total) => partOfSpan(want, total, Number(total.pages))));
  const parts = new Map<string, Part>();
  for (const total of totals) {
    const members = leafMembers(total);
    const key = `${members.level},${members.type},${members.ipat}`;
    const pages = Number(total.pages) + (parts.get(key)?.pages ?? 0);
    parts.set(key, { ...members, pages });
  }
  return byPages([...parts.values()]);
}

function byPages(parts: readonly Part[]): readonly Part[] {
  return [...parts].sort((a, b) => b.pages - a.pages);
}
