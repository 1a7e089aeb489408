/** Why an entry is no answer that the model gives. */

/** What is wrong with an entry. */
export type CauseId =
  | 'type'
  | 'ipat'
  | 'level'
  | 'permission'
  | 'no-slot'
  | 'beyond-space'
  | 'misaligned'
  | 'reserved-bits'
  | 'reserved-type'
  | 'write-only'
  | 'mmio-in-slot'
  | 'pfn';

/** A cause, as summaries list it. */
export interface EntryCause {
  readonly id: CauseId;
  /** What it means, without a full stop. */
  readonly title: string;
}

/** All causes; the position is the bit in a mask of them. */
export const CAUSES: readonly EntryCause[] = [
  { id: 'type', title: 'another memory type' },
  { id: 'ipat', title: 'IPAT set where it should be clear, or clear where it should be set' },
  { id: 'level', title: 'a larger page than the model allows' },
  { id: 'permission', title: 'writable in a read-only slot' },
  { id: 'no-slot', title: 'a page where the config has no memory slot' },
  { id: 'beyond-space', title: "a frame beyond the guest's space" },
  { id: 'misaligned', title: 'a large page whose guest or host frame is not aligned to its size' },
  { id: 'reserved-bits', title: 'reserved bits set: an EPT misconfiguration' },
  { id: 'reserved-type', title: 'memory type 2, 3 or 7: an EPT misconfiguration' },
  { id: 'write-only', title: 'writable, not readable: an EPT misconfiguration' },
  { id: 'mmio-in-slot', title: "KVM's MMIO marker where the config has a memory slot" },
  { id: 'pfn', title: 'another host frame than the slot states' },
];

const maskOf = (id: CauseId): number => 1 << CAUSES.findIndex((cause) => cause.id === id);

export const WRONG_TYPE = maskOf('type');
export const WRONG_IPAT = maskOf('ipat');
export const TOO_LARGE = maskOf('level');
export const PERMISSION = maskOf('permission');
export const NO_SLOT = maskOf('no-slot');
export const BEYOND_SPACE = maskOf('beyond-space');
export const MISALIGNED = maskOf('misaligned');
export const RESERVED_BITS = maskOf('reserved-bits');
export const RESERVED_TYPE = maskOf('reserved-type');
export const WRITE_ONLY = maskOf('write-only');
export const MMIO_IN_SLOT = maskOf('mmio-in-slot');
export const WRONG_PFN = maskOf('pfn');
/** Those that depend on the policy and on the vCPU that took the fault. */
export const OF_THE_MODEL = WRONG_TYPE | WRONG_IPAT | TOO_LARGE;

/** The causes of a mask. */
export function causesOf(mask: number): readonly CauseId[] {
  return CAUSES.filter((_, bit) => (mask & (1 << bit)) !== 0).map(({ id }) => id);
}
