/** Valid variable ranges as Linux shows them in /proc/mtrr; the format holds nothing else. */
import { UC, WB, WC, WP, WT } from '../../types.ts';
import { guestRegisters, type Vcpu, validRanges } from '../../vm/index.ts';

const WORDS: Readonly<Record<number, string>> = {
  [UC]: 'uncachable',
  [WC]: 'write-combining',
  [WT]: 'write-through',
  [WP]: 'write-protect',
  [WB]: 'write-back',
};
const MEBIBYTE = 1n << 20n;

function kernelSize(size: bigint): string {
  const [count, unit] = size < MEBIBYTE ? [size >> 10n, 'KB'] : [size >> 20n, 'MB'];
  return `${String(count).padStart(5)}${unit}`;
}

/**
 * Lines of /proc/mtrr. The size is the negated mask, as Linux computes it (`generic_get_mtrr`), so that a
 * mask with holes can be told from it; where that is no whole number of KiB or MiB the format rounds it down.
 */
export function* procMtrrLines(vcpu: Vcpu): Generator<string, void, undefined> {
  const space = 1n << BigInt(vcpu.maxphyaddr);
  for (const { index, base, mask, type } of validRanges(guestRegisters(vcpu))) {
    const register = String(index).padStart(2, '0');
    const address = base.toString(16).padStart(9, '0');
    const megabytes = String(base >> 20n).padStart(5);
    const size = kernelSize(space - (mask & (space - 1n)));
    yield `reg${register}: base=0x${address} (${megabytes}MB), size=${size}, count=1: ${WORDS[type] ?? '?'}`;
  }
}
