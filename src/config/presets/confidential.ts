/**
 * Confidential guests under KVM: what KVM maps of them, the memory that they share, and no MTRRs, which neither their
 * KVM nor their Linux reads.
 */
import type { SlotInput } from '../vm/input.ts';
import type { Preset } from './preset.ts';

/** The RAM of QEMU's q35 with 8 GiB. */
const RAM: SlotInput[] = [
  { range: '0x0-0x9ffff' },
  { range: '0xc0000-0x7fffffff' },
  { base: '4G', size: '6G', hpa: '0x80000000' },
];

/** See the head of the file. */
export const CONFIDENTIAL_GUESTS: readonly Preset[] = [
  {
    name: 'tdx-guest',
    description:
      'A TDX guest with 8 GiB under KVM 6.18: its shared memory, guest PAT honoured; every MTRR at reset, and none read.',
    source: "The RAM of QEMU's q35; KVM as of 90fe64a94d54, the guest's Linux as of 0dccbc75e18d.",
    maxphyaddr: 46,
    confidential: 'tdx',
    policy: 'kvm-6.18',
    vcpus: 8,
    slots: RAM,
  },
  {
    name: 'snp-guest',
    description:
      'An SNP guest with 8 GiB under KVM 6.18 on an AMD host: guest PAT live; every MTRR at reset, and none read.',
    source:
      "The RAM of QEMU's q35; KVM's nested page tables carry no type, the guest's Linux as of 0dccbc75e18d.",
    maxphyaddr: 46,
    confidential: 'snp',
    host: { vendor: 'amd' },
    policy: 'kvm-6.18',
    vcpus: 8,
    slots: RAM,
  },
];
