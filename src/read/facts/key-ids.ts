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
  const told = fact
    ? {
        bits: keyIdBits(fact.value),
        source: `${msrName(MSR_TME_ACTIVATE)} ${hexText(fact.value)}`,
        at: fact.at,
      }
    : keyIds && { ...keyIds, source: 'TME-MK, as the kernel says,' };
  return told && told.bits > 0 ? told : undefined;
}
