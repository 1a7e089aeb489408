/** What two sides answer about a page, made comparable: spans carry a leaf's first entry, pages their own. */

import { LEAF_FRAMES } from '../ranges.ts';
import type { Answer } from '../types.ts';
import { type Span, typeName, type Want } from '../types.ts';

/** Address bits of an entry, 12..51. */
const ADDRESS_BITS = 0x000f_ffff_ffff_f000n;
const LEVEL_NAMES = ['not mapped', '4K', '2M', '1G'] as const;

/**
 * What a span says of one of its frames: for `leaf` the entry of the leaf that holds it.
 *
 * @param gfn - a frame of the span
 */
export function answerAt(span: Span, gfn: number): Answer {
  const { start, end, ...answer } = span;
  if (!answer.entry || !answer.level || gfn === start) return answer;
  const frames = LEAF_FRAMES[answer.level];
  const leaves = gfn - (gfn % frames) - (start - (start % frames));
  return { ...answer, entry: answer.entry + (BigInt(leaves) << 12n) };
}

/**
 * Whether two answers about one page are the same. Undefined is an answer of its own.
 *
 * @internal
 */
export function isSameAnswer(a: Answer, b: Answer): boolean {
  return a.type === b.type && a.ipat === b.ipat && a.level === b.level && a.entry === b.entry;
}

/** An answer without its address, as totals count it. */
export function withoutAddress<A extends Answer>(answer: A): A {
  return answer.entry ? { ...answer, entry: answer.entry & ~ADDRESS_BITS } : answer;
}

/** A text that two answers share if and only if they are the same. */
export function answerKey(answer: Answer): string {
  return `${answer.type},${answer.ipat},${answer.level},${answer.entry}`;
}

/**
 * An answer in the manuals' words.
 *
 * @param want - what was asked
 * @param answer - of a span
 * @returns `UC`, `WB + IPAT`, `2M`, `4K 0x600000000c0b37`, `not mapped`, `undefined`
 * @example
 * answerText('ept', { type: 6, ipat: 1 }); // 'WB + IPAT'
 */
export function answerText(want: Want, answer: Answer): string {
  switch (want) {
    case 'mtrr':
    case 'effective':
      return typeName(answer.type ?? Number.NaN);
    case 'ept':
      return `${typeName(answer.type ?? Number.NaN)}${answer.ipat === 1 ? ' + IPAT' : ''}`;
    case 'levels':
      return LEVEL_NAMES[answer.level ?? 0];
    case 'leaf':
      if (!answer.level) return LEVEL_NAMES[0];
      return `${LEVEL_NAMES[answer.level]} ${answer.entry == null ? 'undefined' : `0x${answer.entry.toString(16)}`}`;
  }
}
