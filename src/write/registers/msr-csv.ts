/** Registers as `0xMSR,0xVALUE`, a line each, ascending, and nothing else. */
import { registerState, type Vcpu } from '../../vm/index.ts';
import { hexText } from '../../words.ts';

/**
 * Lines of an MSR dump in CSV.
 *
 * @example
 * [...msrCsvLines(vcpu({ maxphyaddr: 46, msrs: { 0x2ff: 0x806n } }))]; // ['0x2ff,0x806']
 */
export function* msrCsvLines(vcpu: Vcpu): Generator<string, void, undefined> {
  for (const [msr, value] of registerState(vcpu)) yield `${hexText(msr)},${hexText(value)}`;
}
