/** What the host's own MTRRs make WC, found by the engine that asks, in guest frames. */
import { EptsweepError, InputRangeError, WrmsrFault } from '../errors.ts';
import { policy } from '../policy/index.ts';
import { joined } from '../ranges.ts';
import { type GfnRange, WC } from '../types.ts';
import type { EngineView } from '../vm/engine.ts';
import { hostCpu, type Vcpu } from '../vm/index.ts';

/** So many stretches only masks with holes make. */
const STRETCHES_MAX = 65536;

const SDM = policy('sdm');

type Open = (vcpu: Vcpu, rules: typeof SDM) => EngineView;

function tooMany(): InputRangeError {
  return new InputRangeError(
    'hostMsrs',
    `cut the guest's memory into more than ${STRETCHES_MAX} stretches: masks with holes, or narrower than its slots`,
  );
}

function opened(host: Vcpu, open: Open): EngineView {
  try {
    return open(host, SDM);
  } catch (error) {
    if (!(error instanceof WrmsrFault)) throw error;
    throw new WrmsrFault(error.index, error.msr, error.value, true);
  }
}

/**
 * Guest frames whose host frames are WC by the host's MTRRs.
 *
 * @param open - opens the host as a CPU of its own in the asking engine
 * @returns ascending, disjoint; none where the host is not AMD or its MTRRs are not stated
 * @throws WrmsrFault for what no host holds; InputRangeError with path `hostMsrs`
 */
export function hostWcOf(vcpu: Vcpu, open: Open): readonly GfnRange[] {
  const host = vcpu.vendor === 'amd' ? hostCpu(vcpu) : undefined;
  if (!host) return [];
  const view = opened(host, open);
  try {
    const found: GfnRange[] = [];
    let seen = 0;
    for (const { gfn, count, pfn } of vcpu.slots) {
      for (const { start, end, type } of view.spans('mtrr', { range: { start: pfn, end: pfn + count } })) {
        if (++seen > STRETCHES_MAX) throw tooMany();
        if (type === WC) found.push({ start: start - pfn + gfn, end: end - pfn + gfn });
      }
    }
    return joined(found);
  } catch (error) {
    const isTooMany = error instanceof EptsweepError && error.code === 'too-many-spans';
    throw isTooMany ? tooMany() : error;
  } finally {
    view.dispose();
  }
}
