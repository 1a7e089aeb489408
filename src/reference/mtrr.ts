/** The MTRR type of a page by the policy's own lookup: the manual's or KVM's. */
import { InputRangeError } from '../errors.ts';
import type { Policy } from '../policy/index.ts';
import type { MemoryType, MtrrType } from '../types.ts';
import type { Vcpu } from '../vm/index.ts';
import { type Host, hostOf } from './host.ts';
import { type ConvexRange, kvmType, kvmTypeSet, kvmWalk } from './kvm-mtrr.ts';
import { peerType, peerTypeSet } from './peer.ts';
import { decodeRegisters, type Registers } from './registers.ts';
import { sdmType, sdmTypeSet } from './sdm.ts';

/** A vCPU whose writes were accepted, under one policy: what every rule below reads. */
export interface Machine {
  readonly vcpu: Vcpu;
  readonly policy: Policy;
  readonly registers: Registers;
  /** The variable ranges in KVM's order; read by KVM's rules only. */
  readonly walk: readonly ConvexRange[];
  /** The host's own MTRRs, where they are stated and the policy reads them. */
  readonly host: Host | undefined;
}

/** @throws WrmsrFault for the first register write that is refused */
export function machineOf(vcpu: Vcpu, policy: Policy): Machine {
  const registers = decodeRegisters(vcpu, policy);
  return { vcpu, policy, registers, walk: kvmWalk(registers), host: hostOf(vcpu, policy) };
}

/** First address of a frame. */
export function addressOf(gfn: number): bigint {
  return BigInt(gfn) << 12n;
}

/**
 * MTRR type of a frame, -1 where the manual leaves it undefined.
 *
 * @throws InputError where the policy computes no MTRR type (KVM from 6.11 on, commit 0a7b73559b39)
 */
export function mtrrType(machine: Machine, gfn: number): MtrrType {
  const { registers, walk, vcpu, policy } = machine;
  switch (policy.flags.mtrr) {
    case 'architectural':
      return sdmType(registers, addressOf(gfn));
    case 'kvm':
      return kvmType(registers, walk, vcpu.guestHasMtrr, addressOf(gfn));
    case 'peer':
      return peerType(policy.peer!, registers, addressOf(gfn));
    case 'none':
      throw new InputRangeError('want', `${policy.name} computes no MTRR type`);
  }
}

/** The distinct types that claim a frame, ascending; none where the policy looks at no MTRR. */
export function mtrrTypeSet(machine: Machine, gfn: number): readonly MemoryType[] {
  const { registers, walk, vcpu, policy } = machine;
  switch (policy.flags.mtrr) {
    case 'architectural':
      return sdmTypeSet(registers, addressOf(gfn));
    case 'kvm':
      return kvmTypeSet(registers, walk, vcpu.guestHasMtrr, addressOf(gfn));
    case 'peer':
      return peerTypeSet(policy.peer!, registers, addressOf(gfn));
    case 'none':
      return [];
  }
}
