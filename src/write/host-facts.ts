/** SMRAM and KeyIDs of a machine, in words and as JSON. */
import type { HostFacts } from '../explain/index.ts';
import { addresses, counted, pagesText } from '../words.ts';
import type { By } from './format/range-columns.ts';
import { type JsonObject, rangeJson } from './json/vocabulary.ts';

/** What is known of the machine, a labelled line each. */
export function hostFactsLines(
  { smram, keyIdBits }: HostFacts,
  maxphyaddr: number,
): readonly (readonly [label: string, text: string])[] {
  const lines: (readonly [string, string])[] = [];
  if (smram) {
    const where = `${addresses(smram)} (${pagesText(smram.end - smram.start)})`;
    lines.push(['SMRAM', `${where}: UC outside system management mode by SMRR, whatever the MTRRs say`]);
  }
  if (keyIdBits > 0) {
    const taken = counted(keyIdBits, 'highest address bit');
    lines.push([
      'KeyIDs',
      `TME-MK takes the CPU's ${taken}; addresses and masks are read with ${maxphyaddr}`,
    ]);
  }
  return lines;
}

/** The same as JSON. */
export function hostFactsJson({ smram, keyIdBits }: HostFacts, by: By = 'gpa'): JsonObject {
  return { ...(smram && { smram: rangeJson(smram, by) }), keyIdBits };
}
