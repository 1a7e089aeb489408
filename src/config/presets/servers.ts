/**
 * Servers as virtual machines: each has the MTRRs of a real machine, given to a VM with 8 vCPUs and
 * non-coherent DMA (a passed-through device), the case in which KVM before 6.11 looks at them. The registers
 * were re-entered from the values in the machine's log; of AMD's own TOM2 is there,
 * and not SYSCFG, which on the machine makes RAM below TOM2 WB and which KVM gives no guest.
 */
import type { Preset } from './preset.ts';

/** See the head of the file. */
export const SERVERS: readonly Preset[] = [
  {
    name: 'xeon-wt-under-uc',
    description: 'A Skylake-X class machine with 64 GiB, default WB, WT ranges inside a UC range.',
    source:
      'Boot log, mail to the kernel list, partial (sample x-dmesg-106-skx-wt-under-uc). It has no memory map, so there are no slots here.',
    maxphyaddr: 46,
    noncoherentDma: true,
    vcpus: 8,
    mtrr: {
      default: 'WB',
      fixed: [
        { range: '0x0-0x9ffff', type: 'WB' },
        { range: '0xa0000-0xbffff', type: 'UC' },
        { range: '0xc0000-0xfffff', type: 'WP' },
      ],
      variable: [
        { base: '0x80000000', size: '2G', type: 'UC' },
        { base: '0x40000000', size: '1G', type: 'UC' },
        { base: '0x380000000000', size: '256G', type: 'UC' },
        { base: '0x3f000000', size: '16M', type: 'UC' },
        { base: '0xe0000000', size: '256M', type: 'WT' },
        { base: '0xf0000000', size: '32M', type: 'WT' },
      ],
    },
  },
  {
    name: 'xeon-wt-2m',
    description:
      'A server node with 46 address bits, default WB, WT ranges of 1 and 2 MiB inside a UC range.',
    source:
      'System log, partial (sample x-dmesg-107-oob-pr10-wt-small). It has no memory map, so there are no slots here.',
    maxphyaddr: 46,
    noncoherentDma: true,
    vcpus: 8,
    mtrr: {
      default: 'WB',
      fixed: [
        { range: '0x0-0x9ffff', type: 'WB' },
        { range: '0xa0000-0xbffff', type: 'UC' },
        { range: '0xc0000-0xfffff', type: 'WP' },
      ],
      variable: [
        { base: '0x80000000', size: '2G', type: 'UC' },
        { base: '0x380000000000', size: '256G', type: 'UC' },
        { base: '0xfba00000', size: '2M', type: 'WT' },
        { base: '0xfbc00000', size: '2M', type: 'WT' },
        { base: '0xfbe00000', size: '1M', type: 'WT' },
      ],
    },
  },
  {
    name: 'poweredge-r815',
    description: 'Dell PowerEdge R815 (Opteron, 512 GiB), default UC, WB ranges, a UC hole below 4 GiB.',
    source:
      'Boot log, mail to the kernel list, partial (sample x-dmesg-108-poweredge-r815-opteron-512g). It has no memory map, so there are no slots here.',
    maxphyaddr: 48,
    noncoherentDma: true,
    vcpus: 8,
    msrs: { TOP_MEM2: '0x801f000000' },
    mtrr: {
      default: 'UC',
      fixed: [
        { range: '0x0-0x9ffff', type: 'WB' },
        { range: '0xa0000-0xbffff', type: 'UC' },
        { range: '0xc0000-0xcbfff', type: 'WP' },
        { range: '0xcc000-0xebfff', type: 'UC' },
        { range: '0xec000-0xfffff', type: 'WP' },
      ],
      variable: [
        { base: '0x0', size: '512G', type: 'WB' },
        { base: '0x8000000000', size: '256M', type: 'WB' },
        { base: '0x8010000000', size: '128M', type: 'WB' },
        { base: '0x8018000000', size: '64M', type: 'WB' },
        { base: '0xe0000000', size: '512M', type: 'UC' },
      ],
    },
  },
  {
    name: 'pmem-preproduction',
    description:
      'A pre-production Intel machine with 636 GiB, persistent memory among it, default UC, WB ranges, UC holes.',
    source:
      'Boot log, mail to the kernel list, partial (sample x-dmesg-109-preprod-636g-pmem-cleanup). It has no memory map, so there are no slots here.',
    maxphyaddr: 46,
    noncoherentDma: true,
    vcpus: 8,
    mtrr: {
      default: 'UC',
      fixed: [
        { range: '0x0-0x9ffff', type: 'WB' },
        { range: '0xa0000-0xfffff', type: 'UC' },
      ],
      variable: [
        { base: '0x0', size: '512G', type: 'WB' },
        { base: '0x8000000000', size: '128G', type: 'WB' },
        { base: '0x9e80000000', size: '2G', type: 'UC' },
        { base: '0x9f00000000', size: '4G', type: 'UC' },
        { base: '0x80000000', size: '2G', type: 'UC' },
        { base: '0x7f000000', size: '16M', type: 'UC' },
      ],
    },
  },
];
