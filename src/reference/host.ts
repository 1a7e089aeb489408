/**
 * The host's own MTRRs, where a rule reads them: AMD's hardware applies them below nested page tables, and Xen merges
 * their type with the guest's (xen/arch/x86/mm/p2m-ept.c, `epte_get_entry_emt`), found by its one lookup for both.
 */
import { type Policy, policy as policyNamed } from '../policy/index.ts';
import type { MtrrType } from '../types.ts';
import { hostCpu, type Vcpu } from '../vm/index.ts';
import { peerType } from './peer.ts';
import { decodeRegisters, type Registers } from './registers.ts';
import { sdmType } from './sdm.ts';
import { slotOf } from './slots.ts';

/** A host whose MTRRs are stated and count. */
export interface Host {
  readonly registers: Registers;
  /** Type of a host frame. */
  readonly typeOf: (pfn: number) => MtrrType;
  /** Whether the order of its registers counts, and not only which types they have. */
  readonly orderCounts: boolean;
}

/**
 * The host of a vCPU.
 *
 * @returns undefined where no rule of the policy reads it, or nobody stated it
 * @throws WrmsrFault for what no host holds
 */
export function hostOf(vcpu: Vcpu, { flags }: Policy): Host | undefined {
  const isXen = flags.ept === 'xen';
  const cpu = isXen || vcpu.vendor === 'amd' ? hostCpu(vcpu) : undefined;
  if (!cpu) return undefined;
  const lookup = policyNamed(isXen ? 'peer-xen' : 'sdm');
  const registers = decodeRegisters(cpu, lookup, true);
  const addressOf = (pfn: number) => BigInt(pfn) << 12n;
  return {
    registers,
    typeOf: (pfn) =>
      lookup.peer ? peerType(lookup.peer, registers, addressOf(pfn)) : sdmType(registers, addressOf(pfn)),
    orderCounts: isXen,
  };
}

/** Type by the host's MTRRs of the host frame behind a guest frame; undefined where no slot maps it, or none is stated. */
export function hostTypeBehind(vcpu: Vcpu, host: Host | undefined, gfn: number): MtrrType | undefined {
  const slot = host && slotOf(vcpu, gfn);
  return slot && host.typeOf(slot.pfn + (gfn - slot.gfn));
}
