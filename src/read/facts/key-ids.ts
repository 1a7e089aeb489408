/** The address bits that TME-MK takes for KeyIDs, as a text tells them. */
import { keyIdBits, MSR_TME_ACTIVATE, msrName } from '../../msr/index.ts';
import { hexText } from '../../words.ts';
import type { Facts, Place } from './facts.ts';

/** KeyIDs of a machine. */
export interface KeyIds {
  /** How many of the highest address bits they take, at least 1. */
  readonly bits: number;
  /** What says so: the register with its value, or the kernel. */
  readonly source: string;
  readonly at: Place;
}

/**
 * KeyIDs by IA32_TME_ACTIVATE, else by the kernel's log.
 *
 * @param facts - of a dump
 * @returns undefined where none are taken, or nothing says so
 * @example
 * keyIdsOf(readText('0x982,0x600000003\n')).bits; // 6
 */
export function keyIdsOf({ registers, cpus, keyIds }: Facts): KeyIds | undefined {
  const fact =
    registers.get(MSR_TME_ACTIVATE) ??
    [...cpus.values()].map((cpu) => cpu.registers.get(MSR_TME_ACTIVATE)).find((one) => one);
  const bits = fact ? keyIdBits(fact.value) : 0;
  if (fact && bits > 0) {
    return { bits, source: `${msrName(MSR_TME_ACTIVATE)} ${hexText(fact.value)}`, at: fact.at };
  }
  return fact || !keyIds || keyIds.bits === 0
    ? undefined
    : { ...keyIds, source: 'TME-MK, as the kernel says,' };
}
