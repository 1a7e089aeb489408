/**
 * Which pages can be answered without a vCPU, as a function split in two would do it: host MMIO is UC, without
 * non-coherent DMA everything is WB (with IPAT, unless the quirk is off), from KVM 6.11 on the rest is WB; all
 * else needs the registers of some vCPU.
 */
import type { Policy } from '../policy/index.ts';
import { clipped, framesIn } from '../ranges.ts';
import type { GfnRange } from '../types.ts';
import type { Vcpu } from '../vm/index.ts';

/** Why a page can, or cannot, be answered without a vCPU. */
export type WithoutVcpuReason =
  | 'mmio'
  | 'no-noncoherent-dma'
  | 'mtrr-unused'
  | 'nested'
  | 'needs-cd-and-mtrr'
  | 'needs-mtrr';

/** Pages with one reason. */
export interface WithoutVcpuPart {
  readonly reason: WithoutVcpuReason;
  /** Whether a vCPU has to be asked. */
  readonly needsVcpu: boolean;
  readonly pages: bigint;
}

/** The reason that holds for whatever is not MMIO. */
export function reasonBesideMmio(
  vcpu: Pick<Vcpu, 'noncoherentDma' | 'vendor'>,
  { flags }: Policy,
): Exclude<WithoutVcpuReason, 'mmio'> {
  if (vcpu.vendor === 'amd') return 'nested';
  if (flags.ept === 'identity') return 'needs-mtrr';
  if (!vcpu.noncoherentDma) return 'no-noncoherent-dma';
  if (flags.mtrr === 'none') return 'mtrr-unused';
  return flags.cacheDisable === 'ignored' ? 'needs-mtrr' : 'needs-cd-and-mtrr';
}

/** Whether the reason leaves pages that only a vCPU can answer. */
export function needsVcpu(reason: WithoutVcpuReason): boolean {
  return reason === 'needs-mtrr' || reason === 'needs-cd-and-mtrr';
}

/** Frames of a range that the host backs by MMIO. */
export function mmioPages({ mmio }: Pick<Vcpu, 'mmio'>, ranges: readonly GfnRange[]): number {
  return ranges.reduce((sum, range) => sum + framesIn(clipped(mmio, range)), 0);
}

/** The pages of disjoint ranges by reason; parts without pages are left out. */
export function withoutVcpuParts(
  vcpu: Vcpu,
  policy: Policy,
  ranges: readonly GfnRange[],
): readonly WithoutVcpuPart[] {
  const reason = reasonBesideMmio(vcpu, policy);
  const total = framesIn(ranges);
  // The architecture's own lookup knows nothing of the host's pages, nor do nested page tables.
  const mmio = policy.flags.ept === 'identity' || vcpu.vendor === 'amd' ? 0 : mmioPages(vcpu, ranges);
  const parts: WithoutVcpuPart[] = [
    { reason: 'mmio', needsVcpu: false, pages: BigInt(mmio) },
    { reason, needsVcpu: needsVcpu(reason), pages: BigInt(total - mmio) },
  ];
  return parts.filter(({ pages }) => pages > 0n);
}
