/**
 * Xen's rule for the EPT entry of a guest's page (xen/arch/x86/mm/p2m-ept.c, `epte_get_entry_emt`): direct MMIO is
 * UC; without a passed-through device everything else is WB with IPAT; with one, the guest's MTRR type merged with
 * the host's. `peer-xen` is its lookup of MTRRs alone.
 */
import { PEER_POLICIES, PEER_TRAITS, type Peer } from './peers.ts';
import type { Policy } from './policy.ts';

const { entriesBy: _, ...LOOKUP } = PEER_POLICIES.find(({ name }) => name === 'peer-xen') as Policy;

/** Policy `peer-xen-ept`. */
export const XEN_EPT: Policy = Object.freeze({
  ...LOOKUP,
  name: 'peer-xen-ept',
  row: 'peer-xen-ept',
  traits: PEER_TRAITS,
  flags: Object.freeze({ ...LOOKUP.flags, ept: 'xen' as const }),
} satisfies Policy);

/** Its row in lists. */
export const XEN_EPT_PEER: Omit<Peer, 'rules'> = {
  name: XEN_EPT.name,
  title: "Xen's EPT entries (p2m-ept.c): direct MMIO, passed-through devices, guest's and host's MTRRs",
};
