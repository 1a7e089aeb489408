/**
 * Desktop boards as virtual machines: each has the MTRRs of a real machine, given to a VM with 8 vCPUs and
 * non-coherent DMA (a passed-through device), the case in which KVM before 6.11 looks at them. The registers
 * were re-entered from the values in the machine's log; of AMD's own TOM2 is there,
 * and not SYSCFG, which on the machine makes RAM below TOM2 WB and which KVM gives no guest.
 */
import type { Preset } from './preset.ts';

/** See the head of the file. */
export const DESKTOPS: readonly Preset[] = [
  {
    name: 'msi-fm2-a75ma',
    description:
      "MSI FM2-A75MA-E35 (AMD), default UC; the kernel found that its CPUs disagreed, these are the first CPU's values.",
    source:
      'Boot log, github renzenicolai/coreboot-dev-ms7721 (sample dmesg-023-msi-fm2-amd-inconsistent). Slots: the usable RAM of its e820 map, reserved pieces between included.',
    maxphyaddr: 48,
    noncoherentDma: true,
    vcpus: 8,
    slots: [{ range: '0x0-0x9dfff' }, { range: '0x100000-0xbf7fffff' }, { range: '0x100001000-0x10effffff' }],
    msrs: { TOP_MEM2: '0x13f000000' },
    mtrr: {
      default: 'UC',
      fixed: [
        { range: '0x0-0x9ffff', type: 'WB' },
        { range: '0xa0000-0xbffff', type: 'WT' },
        { range: '0xc0000-0xcffff', type: 'WP' },
        { range: '0xd0000-0xe7fff', type: 'UC' },
        { range: '0xe8000-0xfffff', type: 'WP' },
      ],
      variable: [
        { base: '0x0', size: '2G', type: 'WB' },
        { base: '0x80000000', size: '1G', type: 'WB' },
        { base: '0xbf800000', size: '8M', type: 'UC' },
      ],
    },
  },
  {
    name: 'asrock-b450',
    description: 'ASRock B450 Gaming-ITX/ac (AMD Zen), default UC, WB below 3.5 GiB, a UC hole of 64 KiB.',
    source:
      'Boot log, github NickSalacious/LinuxErrors (sample dmesg-025-asrock-b450-zen). Slots: the usable RAM of its e820 map, reserved pieces between included.',
    maxphyaddr: 48,
    noncoherentDma: true,
    vcpus: 8,
    slots: [{ range: '0x0-0x9ffff' }, { range: '0x100000-0xdeffffff' }, { range: '0x100000000-0x81f37ffff' }],
    msrs: { TOP_MEM2: '0x820000000' },
    mtrr: {
      default: 'UC',
      fixed: [
        { range: '0x0-0x9ffff', type: 'WB' },
        { range: '0xa0000-0xbffff', type: 'WT' },
        { range: '0xc0000-0xfffff', type: 'WP' },
      ],
      variable: [
        { base: '0x0', size: '2G', type: 'WB' },
        { base: '0x80000000', size: '1G', type: 'WB' },
        { base: '0xc0000000', size: '512M', type: 'WB' },
        { base: '0xdce80000', size: '64K', type: 'UC' },
      ],
    },
  },
  {
    name: 'precision-t3600',
    description: 'Dell Precision T3600 (Sandy Bridge-EP), default UC, WB ranges, UC holes.',
    source:
      'Boot log of Linux 6.4-rc1 with mtrr=debug, mail of Borislav Petkov to the kernel list, 30 May 2023 (sample x-dmesg-101-dell-t3600-6.4rc1-mtrrdebug-map). Slots: the usable RAM of its e820 map, reserved pieces between included.',
    maxphyaddr: 46,
    noncoherentDma: true,
    vcpus: 8,
    slots: [{ range: '0x0-0x9ffff' }, { range: '0x100000-0xad7fffff' }, { range: '0x100000000-0x44fffffff' }],
    mtrr: {
      default: 'UC',
      fixed: [
        { range: '0x0-0x9ffff', type: 'WB' },
        { range: '0xa0000-0xbffff', type: 'UC' },
        { range: '0xc0000-0xfffff', type: 'WP' },
      ],
      variable: [
        { base: '0x0', size: '16G', type: 'WB' },
        { base: '0x400000000', size: '1G', type: 'WB' },
        { base: '0x440000000', size: '256M', type: 'WB' },
        { base: '0xae000000', size: '32M', type: 'UC' },
        { base: '0xb0000000', size: '256M', type: 'UC' },
        { base: '0xc0000000', size: '1G', type: 'UC' },
      ],
    },
  },
  {
    name: 'asus-2012',
    description: 'An Asus board of 2012, default UC, a chain of seven WB ranges, a UC hole of 512 MiB.',
    source:
      'Boot log in a forum, partial (sample x-dmesg-110-asus-2012-7wb-chain). It has no memory map, so there are no slots here.',
    maxphyaddr: 36,
    noncoherentDma: true,
    vcpus: 8,
    mtrr: {
      default: 'UC',
      fixed: [
        { range: '0x0-0x9ffff', type: 'WB' },
        { range: '0xa0000-0xbffff', type: 'UC' },
        { range: '0xc0000-0xcffff', type: 'WP' },
        { range: '0xd0000-0xe7fff', type: 'UC' },
        { range: '0xe8000-0xfffff', type: 'WP' },
      ],
      variable: [
        { base: '0x0', size: '4G', type: 'WB' },
        { base: '0x100000000', size: '2G', type: 'WB' },
        { base: '0x180000000', size: '256M', type: 'WB' },
        { base: '0x190000000', size: '128M', type: 'WB' },
        { base: '0x198000000', size: '64M', type: 'WB' },
        { base: '0x19c000000', size: '32M', type: 'WB' },
        { base: '0x19e000000', size: '16M', type: 'WB' },
        { base: '0xe0000000', size: '512M', type: 'UC' },
      ],
    },
  },
];
