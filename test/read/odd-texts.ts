/** Lines that no fixture has, each in each of its forms, and what stands right beside it and is none. */
import { type Frame, TOOL_FRAMES } from './odd-tools.ts';

const LINUX = `
mtrr: your CPUs had inconsistent fixed MTRR settings
mtrr: your CPUs had inconsistent variable MTRR settings
x86/mtrr: your CPUs had inconsistent MTRRdefType settings
mtrr: your CPUs had inconsistent PAT settings
WARNING: BIOS bug: CPU MTRRs don't cover all of memory, losing 1023MB of RAM.
WARNING: BIOS bug: CPU MTRRs don't cover all of memory, losing 5MB of RAM
WARNING: BIOS bug: CPU MTRRs don't cover all of memory, losing 1234567890MB of RAM
mtrr: your BIOS has configured an incorrect mask, fixing it.
MTRR: your BIOS has configured an incorrect mask, fixing it
mtrr: no more MTRRs available
mtrr: type mismatch for e0000000,10000000 old: write-back new: write-combining
mtrr: type mismatch for e0000000,0 old: write-back new: write-combining
mtrr: 0xd0000000,0x10000000 overlaps existing 0xc0000000,0x40000000
mtrr: base(0xd0001000) is not aligned on a size(0x10000000) boundary
mtrr: size and base must be multiples of 4 kiB
x86/mtrr: size and base must be multiples of 4kiB: 3fff 0
mtrr: base or size exceeds the MTRR width
[Firmware Warn]: MTRR: CPU 0: SYSCFG[MtrrFixDramModEn] not cleared by BIOS, clearing this bit
MTRR: CPU 31: SYSCFG[MtrrFixDramModEn] not cleared by BIOS, clearing this bit.
x86/PAT: Xorg:1017 freeing invalid memtype [mem 0xd0000000-0xd00fffff]
Xorg:1017 freeing invalid memtype d0000000-d0100000
[drm] MTRR allocation failed.  Graphics performance may suffer.
[drm] MTRR allocation failed. Graphics performance may suffer.
error setting MTRR (base = 0xd0000000, size = 0x10000000, type = 1) Invalid argument (22)
error setting MTRR (base=0xd0000000,size=0x10000000,type=1) Inappropriate ioctl for device (25)
error setting MTRR (base = 0xd0000000, size = 0x10000000, type = 1) Inappropriate ioctl for device (25)
mtrr_cleanup: can not find optimal value
pmd_set_huge: Cannot satisfy [mem 0xd0000000-0xd0200000] with a huge-page mapping due to MTRR override.
x86/mtrr: pmd_set_huge: Cannot satisfy [mem 0xd0000000-0xd01fffff] with a huge-page mapping due to MTRR override
pud_set_huge: Cannot satisfy [mem 0x0-0x0] with a huge-page mapping due to MTRR override
x86/PAT: Xorg:1017 conflicting memory types d0000000-d0100000 write-combining<->uncached-minus
x86/PAT: reserve_memtype failed [mem 0xd0000000-0xd00fffff], track uncached-minus, req write-combining
reserve_memtype failed 0xd0000000-0xd0100000, track uncached-minus, req write-combining
x86/PAT: memtype_reserve failed: [mem 0xd0000000-0xd00fffff], req write-back
x86/PAT: reserve_ram_pages_type failed [mem 0x1000-0x1fff], track 0x2, req 0x1
x86/PAT: Xorg:1017 map pfn RAM range req write-combining for [mem 0x1000-0x1fff], got write-back
x86/PAT: Xorg:1017 map pfn expected mapping type uncached-minus for [mem 0xd0000000-0xd0000fff], got write-combining
ioremap error for 0xd0000000-0xd0100000, requested 0x10, got 0x0
kvm: EPT: Misconfiguration.
EPT: Misconfiguration
EPT: GPA: 0xfed00000
kvm: EPT: GPA: 0xfed00000
get_mmio_spte: detect reserved bits on spte, addr 0xfed00000, dump hierarchy:
kvm: get_mmio_spte: reserved bits set on MMU-present spte, addr 0xfed00000, hierarchy:
get_mmio_spte: reserved bits set on MMU-present spte, addr 0xfed00000
ept_misconfig_inspect_spte: ept_mem_type=0x2
kvm: ept_mem_type=0x7
ept_mem_type=0x1f
`;

const COREBOOT = `
MTRR: Not enough MTRRs: 11 needed vs 10 available.
Not enough MTRRs: 11 vs 10
MTRR: Not enough MTRRs available! MTRR index is -1 with 8 MTRRs in total.
Not enough MTRRs available! MTRR index is 10 with 10 MTRRs in total
MTRR: Ran out of variable MTRRs, retrying without WC
Ran out of variable MTRRs
Ran out of variable MTRRsx
Unable to insert temporary MTRR range: 0x00000000ff000000 - 0x00000000ffffffff size 0x01000000 type 5
MTRR: Taking a reserved OS MTRR.
Taking a reserved OS MTRR
MTRR: Removing WRCOMB type. WB/UC MTRR counts: 7/12 > 8.
Removing WRCOMB type.
`;

const MACHINE = `
Hypervisor detected: KVM
Hypervisor detected: ${'a'.repeat(41)}
Hypervisor detected: ${'a'.repeat(42)}
Booting paravirtualized kernel on bare hardware
Booting paravirtualized kernel on KVM
Booting paravirtualized kernel on Xen PVH
Booting paravirtualized kernel on Xen
systemd[1]: Detected virtualization kvm.
systemd[1]: Detected virtualization 'vmware'.
Detected virtualization microsoft
DMI: QEMU Standard PC (Q35 + ICH9, 2009), BIOS rel-1.16.0 04/01/2014
DMI: Red Hat KVM, BIOS 1.16.0-4.el9 04/01/2014
DMI: KVM Virtual Machine, BIOS 1.0 01/01/2011
DMI: VMware, Inc. VMware Virtual Platform/440BX, BIOS 6.00 11/12/2020
DMI: innotek GmbH VirtualBox/VirtualBox, BIOS VirtualBox 12/01/2006
DMI: Microsoft Corporation Virtual Machine/Virtual Machine, BIOS 090008  12/07/2018
DMI: Xen HVM domU, BIOS 4.11.amazon 08/24/2006
DMI: Google Google Compute Engine/Google Compute Engine, BIOS Google 01/01/2011
DMI: LENOVO 20KHCTO1WW/20KHCTO1WW, BIOS N23ET86W (1.61 ) 03/15/2022
DMI: Amazon EC2 c5.metal/Not Specified, BIOS 1.0 10/16/2017
DMI: Amazon EC2 c5.large/Not Specified, BIOS 1.0 10/16/2017
DMI: Alibaba Cloud Alibaba Cloud ECS, BIOS rel-1.7.5 04/01/2014
DMI: OpenStack Foundation OpenStack Nova, BIOS 1.10 04/01/2014
DMI: Hetzner vServer/KVM, BIOS 20171111 11/11/2017
DMI: Scaleway SCW-DEV1-S, BIOS 0.0.0 02/06/2015
CPU0: Intel(R) Xeon(R) CPU E5-2650 v4 @ 2.20GHz (family: 0x6, model: 0x4f, stepping: 0x1)
smpboot: CPU0: AMD EPYC 7302P 16-Core Processor (family: 0x17, model: 0x31, stepping: 0x0)
CPU0: Intelligent
DMAR: dmar0: reg_base_addr fed90000 ver 1:0 cap 1c0000c40660462 ecap 19e2ff0505e
DMAR: dmar1: reg_base_addr fed91000 ver 1:0 cap d2008c40660462 ecap f050da
IOMMU 3: reg_base_addr fed90000 ver 1:0 cap 1c0000c40660462 ecap 80
IOMMU 3: reg_base_addr fed90000 ver 1:0 cap 1c0000c40660462 ecap 7f
/sys/class/iommu/dmar0/intel-iommu/ecap:f050da
/sys/class/iommu/dmar12/intel-iommu/ecap:0x80
/sys/kernel/iommu_groups/12/devices/0000:01:00.0
pci 0000:01:00.0: Adding to iommu group 12
/sys/class/iommu/dmar0/devices/0000:01:00.0
x86/mktme: BIOS enabled: x86_phys_bits reduced by 6
x86/mktme: 63 KeyIDs available
x86/mktme: 64 KeyIDs available
x86/mktme: 1 KeyIDs available
vfio-pci 0000:01:00.0: enabling device (0000 -> 0003)
vfio-pci 0000:01:00.8: enabling device
CPU MTRRs all blank - virtualized system.
MTRRs set to read-only
MTRRs disabled by BIOS
x86/mtrr: MTRRs disabled by BIOS
MTRRs (not available)
mtrr: MTRRs disabled (not available)
MTRR map: 5 entries (3 fixed + 2 variable; max 23), built from 10 variable MTRRs
MTRR map: 5 entries (3 fixed + 2 variable; max 23), built from 41 variable MTRRs
MTRR map: 5 entries
MTRR map: 5 entries (3 fixed
0: 0000000000000000-000000000009ffff write-back
12: 00000000000a0000-00000000000bffff uncachable
0: 0000000000000000-000000000009ffff write-bach
x86/PAT: Configuration [0-7]: WB  WC  UC- UC  WB  WP  UC- WT
x86 PAT: Configuration [0-7]: WB  WC  UC- UC  WB  WP  UC- WT
PAT configuration [0-7]: WB  WT  UC- UC  WB  WT  UC- UC
x86/PAT: Configuration [0-7]: WB  WC  UC- UC  WB  WP  UC-
x86/PAT: Configuration [0-7]:
x86/PAT: Configuration [0-7]: WB  WC  UC- UX  WB  WP  UC- WT
x86 PAT enabled: cpu 0, old 0x7040600070406, new 0x7010600070106
x86 PAT enabled: cpu 0, old 0x7040600070406, new
x86 PAT enabled: cpu 0,
x86/PAT: PAT not supported by the CPU.
PAT not supported by CPU.
PAT support disabled because CONFIG_MTRR is disabled in the kernel.
x86/PAT: MTRRs disabled, skipping PAT initialization too.
BIOS-e820: [mem 0x0000000000100000-0x00000000bffdffff] usable
BIOS-e820: [mem 0x0000000100000000-0x00000000ffffffff] usable
BIOS-88: [mem 0x0000000000100000-0x00000000bffdffff] reserved
BIOS-e801: 0000000000100000 - 00000000bffe0000 (ACPI data)
BIOS-e820: 0000000000100000 - 0000000000100000 (usable)
BIOS-e820: 0000000000100000 - 0000000000200000 (ACPI NVS)
BIOS-e820: [mem 0x0000000000100000-0x00000000001fffff] persistent (type 7)
BIOS-e820: [mem 0x0000000000100000-0x00000000001fffff] soft reserved
BIOS-e820: [mem 0x0000000000100000-0x00000000001fffff] unusable
BIOS-e820: [mem 0x0000000000100000-0x00000000001fffff] type 20
BIOS-e820: [mem 0x0000000000100000-0x0000000
BIOS-e820: [mem
BIOS-e820: 0000000000100000 -
modified: [mem 0x0000000000100000-0x00000000001fffff] usable
user: [mem 0x0000000000100000-0x00000000001fffff] usable
Xen: [mem 0x0000000000100000-0x00000000001fffff] usable
reserve setup_data: [mem 0x0000000000100000-0x00000000001fffff] usable
e820: update [mem 0xc0000000-0xffffffff] usable ==> reserved
e820 update range: 00000000c0000000 - 0000000100000000 (usable) ==> (reserved)
e820: remove [mem 0x000a0000-0x000fffff] usable
e820: reserve RAM buffer [mem 0x0009fc00-0x0009ffff]
`;

const BSD = `
cpu0: mtrr: Pentium Pro MTRR support, 8 var ranges, 88 fixed ranges
mtrr: Pentium Pro MTRR support
Pentium Pro MTRR support enabled
cpu12: mtrr: CPU supports MTRRs but not enabled by BIOS
CPU supports MTRRs but not enabled
pvbus0 at mainbus0: KVM
pvbus0 at mainbus0: OpenBSD
Hypervisor: Origin = "KVMKVMKVM"
bios0: LENOVO 20KHCTO1WW
bios0: QEMU Standard PC (i440FX + PIIX, 1996)
bios0: vendor SeaBIOS version "1.14.0" date 01/01/2011
SMAP type=01 base=0000000000100000 len=00000000bfee0000
SMAP type=02 base=0000000000100000 len=0000000000001000
SMAP type=03 base=0000000000100000 len=0000000000001000
SMAP type=04 base=0000000000100000 len=0000000000001000
SMAP type=05 base=0000000000100000 len=0000000000001000
SMAP type=06 base=0000000000100000 len=0000000000001000
SMAP type=01 base=0000000000100000 len=0000000000000000
`;

const FRAMES: readonly Frame[] = [
  { what: 'a log of Linux', before: 'MTRR default type: write-back\n', after: '', lines: LINUX },
  {
    what: 'a log of coreboot',
    before: 'MTRR: Physical address space:\n',
    after: 'MTRR: default type WB/UC MTRR counts: 1/2.\n',
    lines: COREBOOT,
  },
  {
    what: 'a log of Linux',
    before: 'Linux version 6.1.0\nMTRR default type: write-back\n',
    after: '',
    lines: MACHINE,
  },
  {
    what: 'a log of BSD',
    before: 'SMAP type=01 base=0000000000000000 len=000000000009fc00\n',
    after: '',
    lines: BSD,
  },
  ...TOOL_FRAMES,
];

/** A text, and the same without the line that it is about. */
export interface OddText {
  readonly text: string;
  readonly without: string;
}

/** Texts by what they are. */
export const ODD_TEXTS: ReadonlyMap<string, OddText> = new Map(
  FRAMES.flatMap(({ what, before, after, lines }) =>
    lines
      .trim()
      .split('\n')
      .map((line) => [
        `${what} that says "${line}"`,
        { text: `${before}${line.replaceAll('¦', '\n')}\n${after}`, without: `${before}\n${after}` },
      ]),
  ),
);
