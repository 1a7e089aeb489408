/**
 * VMs as firmware and VMMs set them up: what a guest's MTRRs look like once it has booted. Their layouts have
 * default WB and UC ranges alone, so that KVM's rule and the manual's agree on them.
 */
import type { FixedInput, SlotInput } from '../vm/input.ts';
import type { Preset } from './preset.ts';

/** SeaBIOS's `mtrr_setup`: option ROMs and BIOS are write-protected. */
const SEABIOS_FIXED: FixedInput[] = [
  { range: '0x0-0x9ffff', type: 'WB' },
  { range: '0xa0000-0xbffff', type: 'UC' },
  { range: '0xc0000-0xfffff', type: 'WP' },
];

/** OVMF's PlatformPei. */
const OVMF_FIXED: FixedInput[] = [
  { range: '0x0-0x9ffff', type: 'WB' },
  { range: '0xa0000-0xfffff', type: 'UC' },
];

/** QEMU's q35 with 8 GiB: 2 GiB below the PCI window, the rest above 4 GiB; OVMF's flash below 4 GiB. */
const OVMF_Q35_SLOTS: SlotInput[] = [
  { range: '0x0-0x9ffff' },
  { range: '0xc0000-0x7fffffff' },
  { range: '0xffc00000-0xffffffff', kind: 'readonly' },
  { base: '4G', size: '6G', hpa: '0x80000000' },
];

/** See the head of the file. */
export const FIRMWARE: readonly Preset[] = [
  {
    name: 'seabios-pc',
    description: 'SeaBIOS on QEMU pc (i440FX) with 8 GiB: UC from the PCI window at 3 GiB to 4 GiB.',
    source: "What SeaBIOS's mtrr_setup writes for this machine.",
    maxphyaddr: 46,
    vcpus: 8,
    slots: [
      { range: '0x0-0x9ffff' },
      { range: '0xc0000-0xbfffffff' },
      { range: '0xfffc0000-0xffffffff', kind: 'readonly' },
      { base: '4G', size: '5G', hpa: '0xc0000000' },
    ],
    mtrr: {
      default: 'WB',
      fixed: SEABIOS_FIXED,
      variable: [{ base: '0xc0000000', size: '1G', type: 'UC' }],
    },
  },
  {
    name: 'seabios-q35',
    description: 'SeaBIOS on QEMU q35 with 8 GiB: UC from the PCI window behind MMCONFIG, 3 GiB, to 4 GiB.',
    source: "What SeaBIOS's mtrr_setup writes for this machine.",
    maxphyaddr: 46,
    vcpus: 8,
    slots: [
      { range: '0x0-0x9ffff' },
      { range: '0xc0000-0x7fffffff' },
      { range: '0xfffc0000-0xffffffff', kind: 'readonly' },
      { base: '4G', size: '6G', hpa: '0x80000000' },
    ],
    mtrr: {
      default: 'WB',
      fixed: SEABIOS_FIXED,
      variable: [{ base: '0xc0000000', size: '1G', type: 'UC' }],
    },
  },
  {
    name: 'ovmf-q35',
    description: 'OVMF on QEMU q35 with 8 GiB: UC from the end of low RAM, 2 GiB, to 4 GiB.',
    source: "What OVMF's PlatformPei writes for this machine.",
    maxphyaddr: 46,
    vcpus: 8,
    slots: OVMF_Q35_SLOTS,
    mtrr: {
      default: 'WB',
      fixed: OVMF_FIXED,
      variable: [{ base: '2G', size: '2G', type: 'UC' }],
    },
  },
  {
    name: 'ovmf-gpu',
    description:
      'OVMF on QEMU q35 with a passed-through GPU: its 16 GiB BAR at 32 GiB made UC by a variable range.',
    source: 'The layout of ovmf-q35 and what OVMF adds for a 64-bit BAR; non-coherent DMA by the device.',
    maxphyaddr: 46,
    vcpus: 8,
    noncoherentDma: true,
    slots: [...OVMF_Q35_SLOTS, { base: '32G', size: '16G', kind: 'mmio', hpa: '0x380000000000' }],
    mtrr: {
      default: 'WB',
      fixed: OVMF_FIXED,
      variable: [
        { base: '2G', size: '2G', type: 'UC' },
        { base: '32G', size: '16G', type: 'UC' },
      ],
    },
  },
  {
    name: 'crosvm',
    description: 'crosvm with 8 GiB: no fixed ranges, UC from the PCI window at 3.25 GiB to 4 GiB.',
    source: 'What crosvm writes before the guest starts.',
    maxphyaddr: 46,
    vcpus: 8,
    slots: [{ range: '0x0-0xcfffffff' }, { base: '4G', size: '4864M', hpa: '0xd0000000' }],
    mtrr: {
      default: 'WB',
      variable: [
        { base: '0xd0000000', size: '256M', type: 'UC' },
        { base: '0xe0000000', size: '512M', type: 'UC' },
      ],
    },
  },
  {
    name: 'firecracker',
    description: 'Firecracker with 8 GiB: everything WB by default, no ranges at all.',
    source: 'What Firecracker writes before the guest starts (IA32_MTRR_DEF_TYPE 0x806).',
    maxphyaddr: 46,
    vcpus: 8,
    slots: [{ range: '0x0-0xbfffffff' }, { base: '4G', size: '5G', hpa: '0xc0000000' }],
    mtrr: { default: 'WB' },
  },
  {
    name: 'cloud-hypervisor',
    description: 'Cloud Hypervisor with 8 GiB: everything WB by default, no ranges at all.',
    source: 'What Cloud Hypervisor writes before the guest starts (IA32_MTRR_DEF_TYPE 0x806).',
    maxphyaddr: 46,
    vcpus: 8,
    slots: [{ range: '0x0-0xbfffffff' }, { base: '4G', size: '5G', hpa: '0xc0000000' }],
    mtrr: { default: 'WB' },
  },
];
