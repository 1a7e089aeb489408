/** Machines for sweeps: what firmware writes, and masks with holes. */
import { policy } from '../../src/policy/index.ts';
import type { VerifyJob } from '../../src/verify/index.ts';
import { vcpu } from '../../src/vm/index.ts';

/** A KVM guest with fixed ranges, a UC hole, slots with gaps and MMIO. */
export const GUEST: VerifyJob = {
  vcpu: vcpu({
    maxphyaddr: 36,
    noncoherentDma: true,
    msrs: [
      [0x200, 0x6n],
      [0x201, 0xf00000800n],
      [0x202, 0xc0000000n],
      [0x203, 0xfc0000800n],
      [0x250, 0x0606060606060606n],
      [0x259, 0x0000000000000501n],
      [0x2ff, 0xc01n],
    ],
    slots: [
      { gfn: 0, count: 0xa0, pfn: 0x1000 },
      { gfn: 0x100, count: 0xb0000, pfn: 0x20000, readonly: true },
      { gfn: 0x100000, count: 0x80000, pfn: 0x200001 },
    ],
    mmio: [{ start: 0xa0000, end: 0xa0011 }],
  }),
  policy: policy('kvm-5.16'),
};

/** Masks with holes that meet in types which leave the overlap undefined. */
export const HOLED: VerifyJob = {
  vcpu: vcpu({
    maxphyaddr: 36,
    msrs: [
      [0x200, 0x1n],
      [0x201, 0xf00005800n],
      [0x202, 0x6005n],
      [0x203, 0xfffff6800n],
      [0x204, 0x10000004n],
      [0x205, 0xf10000800n],
      [0x2ff, 0x806n],
    ],
  }),
  policy: policy('sdm'),
};
