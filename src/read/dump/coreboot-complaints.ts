/** What coreboot complains of about MTRRs (src/cpu/x86/mtrr/mtrr.c), in the words of its releases. */
import type { Complaint } from '../facts/facts.ts';

type Told = Omit<Complaint, 'at'>;

const FEWER =
  'fewer or better aligned stretches need fewer ranges: eptsweep fit --want FILE finds the fewest for the map that the log prints';

/** "Not enough MTRRs: 11 needed vs 10 available", earlier "11 vs 10". */
const NOT_ENOUGH = /^(?:MTRR: )?Not enough MTRRs: (\d{1,3})(?: needed)? vs (\d{1,3})(?: available)?\.?$/;
const NONE_LEFT =
  /^(?:MTRR: )?Not enough MTRRs available! MTRR index is (-?\d{1,3}) with (\d{1,3}) MTRRs in total\.?$/;
const RAN_OUT = /^(?:MTRR: )?Ran out of variable MTRRs\b.{0,120}$/;
const TEMPORARY = /^Unable to insert temporary MTRR range: 0x([0-9a-f]{1,16}) - 0x([0-9a-f]{1,16})\b/;
const RESERVED = /^(?:MTRR: )?Taking a reserved OS MTRR\.?$/;
const NO_WC = /^MTRR: Removing WRCOMB type\./;

/**
 * What a line of coreboot's console complains of.
 *
 * @returns undefined where it does not
 */
export function corebootComplaint(text: string): Told | undefined {
  const enough = NOT_ENOUGH.exec(text);
  if (enough) {
    return {
      kind: 'ranges-short',
      severity: 'MEDIUM',
      text: `coreboot needed ${enough[1]} variable ranges and had ${enough[2]}: this map was not written at all`,
      remedy: `for a TEMPORARY map the flash stays uncached while the payload is loaded, which makes the boot slower; ${FEWER}`,
    };
  }
  const left = NONE_LEFT.exec(text);
  if (left) {
    return {
      kind: 'ranges-short',
      severity: 'MEDIUM',
      text: `coreboot ran out of variable ranges: it wanted more than the ${left[2]} that there are, and left the rest out`,
      remedy: FEWER,
    };
  }
  if (RAN_OUT.test(text)) {
    return {
      kind: 'ranges-short',
      severity: 'MEDIUM',
      text: 'coreboot ran out of variable ranges, and tried again without all stretches',
      remedy: FEWER,
    };
  }
  const temporary = TEMPORARY.exec(text);
  if (temporary) {
    return {
      kind: 'ranges-short',
      severity: 'MEDIUM',
      text: 'coreboot had no variable range left for its temporary one: the flash stays uncached while the payload is loaded',
      remedy: `the boot is slower, the system that it starts is not; ${FEWER}`,
      range: { start: BigInt(`0x${temporary[1]}`), end: BigInt(`0x${temporary[2]}`) },
    };
  }
  if (RESERVED.test(text)) {
    return {
      kind: 'ranges-short',
      severity: 'INFO',
      text: 'coreboot used a variable range that it wanted to leave to the operating system',
      remedy: FEWER,
    };
  }
  if (!NO_WC.test(text)) return undefined;
  return {
    kind: 'ranges-short',
    severity: 'LOW',
    text: 'coreboot had too few variable ranges for write-combining: such devices are UC until a driver uses PAT',
    remedy: FEWER,
  };
}
