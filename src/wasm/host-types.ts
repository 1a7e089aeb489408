/** What the host's own MTRRs make of the memory behind a guest's, found by the engine that asks, in guest frames. */
import { EptsweepError, WrmsrFault } from '../errors.ts';
import { type Policy, policy } from '../policy/index.ts';
import { type GfnRange, type MemoryType, UNDEFINED, WC } from '../types.ts';
import type { EngineView } from '../vm/engine.ts';
import { hostCpu, MOST_HOST_STRETCHES, tooManyHostStretches, type Vcpu } from '../vm/index.ts';

/** Guest frames whose host frames have one type by the host's MTRRs. */
export interface HostStretch extends GfnRange {
  readonly type: MemoryType;
}

type Open = (vcpu: Vcpu, rules: Policy) => EngineView;

function opened(host: Vcpu, rules: Policy, open: Open): EngineView {
  try {
    return open(host, rules);
  } catch (error) {
    if (!(error instanceof WrmsrFault)) throw error;
    throw new WrmsrFault(error.index, error.msr, error.value, true);
  }
}

/** Adds a stretch; one that carries on the last lengthens it. */
function append(stretches: HostStretch[], next: HostStretch): void {
  const last = stretches.at(-1);
  if (last?.end !== next.start || last.type !== next.type) stretches.push(next);
  else stretches[stretches.length - 1] = { ...last, end: next.end };
}

/** Whose lookup reads the host's MTRRs: Xen's own where it merges types, the hardware's on AMD; else nobody's. */
function readerOf({ vendor }: Vcpu, { flags }: Policy): Policy | undefined {
  if (flags.ept === 'xen') return policy('peer-xen');
  return vendor === 'amd' ? policy('sdm') : undefined;
}

function stretchesOf(vcpu: Vcpu, rules: Policy, open: Open): readonly HostStretch[] {
  const reader = readerOf(vcpu, rules);
  const host = reader && hostCpu(vcpu);
  if (!host) return [];
  const view = opened(host, reader, open);
  const found: HostStretch[] = [];
  try {
    // Xen looks at the host's types for the sake of a device alone (xen/arch/x86/mm/p2m-ept.c, epte_get_entry_emt).
    if (vcpu.vendor !== 'amd' && !vcpu.noncoherentDma) return [];
    let seen = 0;
    for (const { gfn, count, pfn } of vcpu.slots) {
      for (const { start, end, type } of view.spans('mtrr', { range: { start: pfn, end: pfn + count } })) {
        if (++seen > MOST_HOST_STRETCHES) throw tooManyHostStretches();
        if (type === UNDEFINED || (vcpu.vendor === 'amd' && type !== WC)) continue;
        append(found, { start: start - pfn + gfn, end: end - pfn + gfn, type });
      }
    }
    return found;
  } catch (error) {
    const isTooMany = error instanceof EptsweepError && error.code === 'too-many-spans';
    throw isTooMany ? tooManyHostStretches() : error;
  } finally {
    view.dispose();
  }
}

/**
 * Types by the host's MTRRs of the host frames behind a guest's slots.
 *
 * @param rules - the policy that the vCPU is opened under
 * @param open - opens the host as a CPU of its own in the asking engine
 * @returns ascending, disjoint, no two that touch of one type; on AMD those of WC alone, which are all that count there; none
 * where nobody reads the host's MTRRs or they are not stated
 * @throws WrmsrFault for what no host holds; InputRangeError with path `hostMsrs`
 */
export function hostTypesOf(vcpu: Vcpu, rules: Policy, open: Open): readonly HostStretch[] {
  try {
    return stretchesOf(vcpu, rules, open);
  } catch (error) {
    // Of a guest's and a host's refused writes the guest's is the one to name.
    open({ ...vcpu, hostMsrs: undefined }, rules).dispose();
    throw error;
  }
}
