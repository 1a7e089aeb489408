/**
 * Laptops as virtual machines: each has the MTRRs of a real machine, given to a VM with 8 vCPUs and
 * non-coherent DMA (a passed-through device), the case in which KVM before 6.11 looks at them. The registers
 * were re-entered from the values in the machine's log; of AMD's own TOM2 is there,
 * and not SYSCFG, which on the machine makes RAM below TOM2 WB and which KVM gives no guest.
 */
import type { Preset } from './preset.ts';

/** See the head of the file. */
export const LAPTOPS: readonly Preset[] = [
  {
    name: 'surface-pro7',
    description: 'Microsoft Surface Pro 7 (Ice Lake), default WB, UC holes, a WC range from 256 GiB.',
    source:
      'Boot log of Linux 5.3.8, github aleksfadini/linux-surface-pro-7-dump-files (sample dmesg-003-surface-pro7-icelake-wc). Slots: the usable RAM of its e820 map, reserved pieces between included.',
    maxphyaddr: 39,
    noncoherentDma: true,
    vcpus: 8,
    slots: [{ range: '0x0-0x9ffff' }, { range: '0x100000-0x7bffffff' }, { range: '0x100000000-0x46abfffff' }],
    mtrr: {
      default: 'WB',
      fixed: [
        { range: '0x0-0x9ffff', type: 'WB' },
        { range: '0xa0000-0xbffff', type: 'UC' },
        { range: '0xc0000-0xfffff', type: 'WP' },
      ],
      variable: [
        { base: '0xc0000000', size: '1G', type: 'UC' },
        { base: '0xa0000000', size: '512M', type: 'UC' },
        { base: '0x98000000', size: '128M', type: 'UC' },
        { base: '0x94000000', size: '64M', type: 'UC' },
        { base: '0x92000000', size: '32M', type: 'UC' },
        { base: '0x91000000', size: '16M', type: 'UC' },
        { base: '0x6000000000', size: '128G', type: 'UC' },
        { base: '0x4000000000', size: '128G', type: 'WC' },
      ],
    },
  },
  {
    name: 'chromebook-taniks',
    description:
      'Lenovo Chromebook Taniks (Alder Lake, coreboot), default UC, WB ranges, UC holes and a WC range.',
    source:
      'Boot log of Linux 5.10.180, github apple-corps/lenovo-crbk16-rec0logs (sample dmesg-012-chromebook-taniks-adl-5.10). Slots: the usable RAM of its e820 map, reserved pieces between included.',
    maxphyaddr: 39,
    noncoherentDma: true,
    vcpus: 8,
    slots: [
      { range: '0x1000-0x9ffff' },
      { range: '0x100000-0x76870fff' },
      { range: '0x100000000-0x27fbfffff' },
    ],
    mtrr: {
      default: 'UC',
      fixed: [
        { range: '0x0-0x9ffff', type: 'WB' },
        { range: '0xa0000-0xbffff', type: 'UC' },
        { range: '0xc0000-0xfffff', type: 'WB' },
      ],
      variable: [
        { base: '0x0', size: '2G', type: 'WB' },
        { base: '0x77000000', size: '16M', type: 'UC' },
        { base: '0x78000000', size: '128M', type: 'UC' },
        { base: '0x90000000', size: '256M', type: 'WC' },
        { base: '0x100000000', size: '4G', type: 'WB' },
        { base: '0x200000000', size: '2G', type: 'WB' },
      ],
    },
  },
  {
    name: 'thinkpad-t400',
    description: 'Lenovo ThinkPad T400 (Core 2), default UC, UC holes in front of the WB ranges.',
    source:
      'Boot log of Linux 3.13, github cmotc/m11x_hwinfo (sample dmesg-019-thinkpad-t400-core2). Slots: the usable RAM of its e820 map, reserved pieces between included.',
    maxphyaddr: 36,
    noncoherentDma: true,
    vcpus: 8,
    slots: [{ range: '0x0-0x9dfff' }, { range: '0x100000-0xbcbfffff' }],
    mtrr: {
      default: 'UC',
      fixed: [
        { range: '0x0-0x9ffff', type: 'WB' },
        { range: '0xa0000-0xbffff', type: 'UC' },
        { range: '0xc0000-0xd3fff', type: 'WP' },
        { range: '0xd4000-0xdbfff', type: 'UC' },
        { range: '0xdc000-0xfffff', type: 'WP' },
      ],
      variable: [
        { base: '0xbd000000', size: '16M', type: 'UC' },
        { base: '0xbe000000', size: '32M', type: 'UC' },
        { base: '0x0', size: '2G', type: 'WB' },
        { base: '0x80000000', size: '1G', type: 'WB' },
        { base: '0xbce00000', size: '2M', type: 'UC' },
      ],
    },
  },
  {
    name: 'lenovo-z575',
    description:
      'Lenovo Z575 (AMD Llano): one mask lacks address bits 36-39, so its range repeats every 64 GiB.',
    source:
      'Boot log, github correabuscar/amdmsrtweaker-lnx (sample dmesg-021-lenovo-z575-amd-llano-oddmask). Slots: the usable RAM of its e820 map, reserved pieces between included.',
    maxphyaddr: 40,
    noncoherentDma: true,
    vcpus: 8,
    slots: [{ range: '0x0-0x9cfff' }, { range: '0x100000-0xbfdfffff' }, { range: '0x100000000-0x41effffff' }],
    msrs: { TOP_MEM2: '0x41f000000' },
    mtrr: {
      default: 'UC',
      fixed: [
        { range: '0x0-0x9ffff', type: 'WB' },
        { range: '0xa0000-0xbffff', type: 'UC' },
        { range: '0xc0000-0xfffff', type: 'WP' },
      ],
      variable: [
        { base: '0x0', size: '2G', type: 'WB' },
        { base: '0x80000000', size: '1G', type: 'WB' },
        { base: '0xfff90000', size: '64K', type: 'UC' },
        { base: '0xfed80000', mask: '0xffffff000', type: 'UC' },
        { index: 7, base: '0xffe00000', size: '2M', type: 'WP' },
      ],
    },
  },
  {
    name: 'lenovo-z510',
    description: 'Lenovo Z510 (Haswell), default UC, one WB range of 16 GiB with four UC holes.',
    source:
      'Boot log, github xakrume/Lenovo-Z510-ACPI (sample dmesg-027-lenovo-z510-cleanup). Slots: the usable RAM of its e820 map, reserved pieces between included.',
    maxphyaddr: 39,
    noncoherentDma: true,
    vcpus: 8,
    slots: [{ range: '0x0-0x9cfff' }, { range: '0x100000-0x9cffffff' }, { range: '0x100000000-0x25f5fffff' }],
    mtrr: {
      default: 'UC',
      fixed: [
        { range: '0x0-0x9ffff', type: 'WB' },
        { range: '0xa0000-0xbffff', type: 'UC' },
        { range: '0xc0000-0xe7fff', type: 'WP' },
        { range: '0xe8000-0xeffff', type: 'WC' },
        { range: '0xf0000-0xfffff', type: 'WP' },
      ],
      variable: [
        { base: '0x0', size: '16G', type: 'WB' },
        { base: '0x9d000000', size: '16M', type: 'UC' },
        { base: '0x9e000000', size: '32M', type: 'UC' },
        { base: '0xa0000000', size: '512M', type: 'UC' },
        { base: '0xc0000000', size: '1G', type: 'UC' },
      ],
    },
  },
  {
    name: 'surface-pro7-last-boot',
    description: 'The same Microsoft Surface Pro 7, a later boot: the same registers.',
    source:
      'System journal of Linux 5.3, github aleksfadini/linux-surface-pro-7-dump-files (sample dmesg-029-surface-pro7-lastboot). It has no memory map, so there are no slots here.',
    maxphyaddr: 39,
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
        { base: '0xc0000000', size: '1G', type: 'UC' },
        { base: '0xa0000000', size: '512M', type: 'UC' },
        { base: '0x98000000', size: '128M', type: 'UC' },
        { base: '0x94000000', size: '64M', type: 'UC' },
        { base: '0x92000000', size: '32M', type: 'UC' },
        { base: '0x91000000', size: '16M', type: 'UC' },
        { base: '0x6000000000', size: '128G', type: 'UC' },
        { base: '0x4000000000', size: '128G', type: 'WC' },
      ],
    },
  },
  {
    name: 'thinkbook-20vh',
    description: 'Lenovo 20VH (Tiger Lake), default WB, UC from 16 to 512 GiB in five ranges.',
    source:
      'Boot log, partial (sample x-dmesg-103-thinkbook-20vh-tigerlake-bighigh-uc). It has no memory map, so there are no slots here.',
    maxphyaddr: 39,
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
        { base: '0xc0000000', size: '1G', type: 'UC' },
        { base: '0xa0000000', size: '512M', type: 'UC' },
        { base: '0x9c000000', size: '64M', type: 'UC' },
        { base: '0x2000000000', size: '128G', type: 'UC' },
        { base: '0x1000000000', size: '64G', type: 'UC' },
        { base: '0x800000000', size: '32G', type: 'UC' },
        { base: '0x400000000', size: '16G', type: 'UC' },
        { base: '0x4000000000', size: '256G', type: 'UC' },
      ],
    },
  },
  {
    name: 'atom-netbook',
    description: 'An Atom netbook whose masks have 32 bits in a 36-bit field, WT among its fixed ranges.',
    source:
      'Boot log in a forum, partial (sample x-dmesg-113-32bitmask-atom). It has no memory map, so there are no slots here.',
    maxphyaddr: 36,
    noncoherentDma: true,
    vcpus: 8,
    mtrr: {
      default: 'UC',
      fixed: [
        { range: '0x0-0x9ffff', type: 'WB' },
        { range: '0xa0000-0xdffff', type: 'UC' },
        { range: '0xe0000-0xe3fff', type: 'WP' },
        { range: '0xe4000-0xeffff', type: 'WT' },
        { range: '0xf0000-0xfffff', type: 'WP' },
      ],
      variable: [
        { base: '0x0', mask: '0xc0000000', type: 'WB' },
        { base: '0x3f800000', mask: '0xff800000', type: 'UC' },
      ],
    },
  },
];
