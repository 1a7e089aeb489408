/** What a dump says of its machine beside what any engine models: SMRAM, and the address bits that are KeyIDs. */
import type { HostFacts } from '../explain/index.ts';
import { MSR_SMRR_PHYSBASE, MSR_SMRR_PHYSMASK, MSR_TME_ACTIVATE, smramOf } from '../msr/index.ts';
import { keyIdsOf } from '../read/facts/key-ids.ts';
import type { OpenedConfig } from './opened-config.ts';

/** Registers that are read as facts, which no vCPU can write. */
export const FACT_MSRS: readonly number[] = [MSR_SMRR_PHYSBASE, MSR_SMRR_PHYSMASK, MSR_TME_ACTIVATE];

/** The facts of the first CPU that no engine models, by MSR number. */
export function factRegisters({ facts }: OpenedConfig): ReadonlyMap<number, bigint> {
  const own = facts?.cpus.values().next().value?.registers;
  const values = new Map<number, bigint>();
  for (const msr of FACT_MSRS) {
    const fact = own?.get(msr) ?? facts?.registers.get(msr);
    if (fact) values.set(msr, fact.value);
  }
  return values;
}

/**
 * What an opened dump says of its machine.
 *
 * @param opened - a dump; a config or preset says nothing
 * @returns undefined where it has no such registers
 * @example
 * const opened = await openText('0x1f2,0x7b000006\n0x1f3,0xff800800\n0x2ff,0x806\n');
 * hostFacts(opened).smram; // { start: 0x7b000, end: 0x7b800 }
 */
export function hostFacts(opened: OpenedConfig): HostFacts | undefined {
  const values = factRegisters(opened);
  const smram = smramOf(values, opened.vm.maxphyaddr);
  const bits = (opened.facts && keyIdsOf(opened.facts)?.bits) ?? 0;
  return smram || bits > 0 ? { smram, keyIdBits: bits } : undefined;
}
