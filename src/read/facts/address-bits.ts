/** How many physical address bits a machine has, from what texts let on. */

import { ReadError } from '../read-error.ts';
import type { EvidenceList } from './evidence-list.ts';
import { originOf } from './evidence-list.ts';
import { type Facts, placeText, type WidthFact } from './facts.ts';
import { keyIdsOf } from './key-ids.ts';

const LEAST = 32;
const MOST = 52;
/** Where nothing says more: QEMU's default, and no less than any 64-bit server or desktop CPU of note has. */
const USUAL = 40;

/** Address bits of any CPU that runs 64-bit code: masks that reach less far may be short of them. */
const USUAL_LEAST = 36;

const MASKS = 'highest mask bit';

function highest(widths: readonly WidthFact[], test: (width: WidthFact) => boolean): WidthFact | undefined {
  return widths.filter(test).sort((a, b) => b.bits - a.bits)[0];
}

/**
 * Address bits less those that TME-MK takes for KeyIDs, where the masks reach exactly so far: firmware subtracts them
 * as EDK2 does. Whoever states a width may have done so too (Linux does), so that masks decide.
 *
 * @throws ReadError where fewer are left than any CPU has
 */
function withoutKeyIds(facts: Facts, bits: number, masks: WidthFact | undefined): number | undefined {
  const keyIds = keyIdsOf(facts);
  if (!keyIds || bits === masks?.bits) return undefined;
  const { bits: taken, at, source } = keyIds;
  const left = bits - taken;
  if (left < LEAST) {
    throw new ReadError(
      at.file,
      `${source} takes ${taken} of ${bits} address bits for KeyIDs: expected at least ${LEAST} to be left; --phys-bits states the address bits`,
      at.line,
    );
  }
  return masks?.bits === left ? left : undefined;
}

/**
 * MAXPHYADDR, less KeyID bits: what the user states, else what a text states, else the highest bit that a mask has (a CPU's
 * masks reach its last address bit unless the firmware erred), never the number of digits in a print.
 *
 * @param stated - by the user
 * @throws ReadError where `stated` is out of range or below what the masks use
 */
export function addressBits(facts: Facts, evidence: EvidenceList, stated: number | undefined): number {
  const masks = highest(facts.widths, (width) => width.source === MASKS);
  if (stated !== undefined) {
    if (!Number.isInteger(stated) || stated < LEAST || stated > MOST) {
      throw new ReadError(originOf(facts), `--phys-bits ${stated}: expected ${LEAST} to ${MOST}`);
    }
    if (masks && masks.bits > stated) {
      const { file, line } = masks.at;
      throw new ReadError(
        file,
        `--phys-bits ${stated} is too low: this mask has bit ${masks.bits - 1}`,
        line,
      );
    }
    return withoutKeyIds(facts, stated, masks) ?? stated;
  }
  const least = highest(facts.widths, (width) => width.kind === 'at-least');
  const said = highest(facts.widths, (width) => width.kind === 'stated');
  // Memory encryption takes bits away from what CPUID states; masks have them still.
  if (said) {
    evidence.read('physical-address-bits', `phys-bits ${said.bits}`, said.at);
    return withoutKeyIds(facts, said.bits, masks) ?? Math.max(LEAST, said.bits, masks?.bits ?? LEAST);
  }
  if (masks) {
    const bits = Math.max(LEAST, least?.bits ?? LEAST);
    const isShort = bits < USUAL_LEAST;
    const why = bits === masks.bits ? `from the masks, ${placeText(masks.at)}` : `from ${least?.source}`;
    if (isShort) evidence.assume('physical-address-bits', `phys-bits ${bits}`, { why, at: masks.at });
    else evidence.infer('physical-address-bits', `phys-bits ${bits}`, why, masks.at);
    return bits;
  }
  const bits = Math.max(USUAL, least?.bits ?? USUAL);
  evidence.assume('physical-address-bits', `phys-bits ${bits}`);
  return bits;
}
