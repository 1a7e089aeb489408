/** Lines that no fixture has: each complaint in each of its forms, and what stands right beside it and is none. */

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

const COMPLAINTS = [
  ...LINUX.trim()
    .split('\n')
    .map(
      (line) => [`a log of Linux that says "${line}"`, `MTRR default type: write-back\n${line}\n`] as const,
    ),
  ...COREBOOT.trim()
    .split('\n')
    .map(
      (line) =>
        [
          `a log of coreboot that says "${line}"`,
          `MTRR: Physical address space:\n${line}\nMTRR: default type WB/UC MTRR counts: 1/2.\n`,
        ] as const,
    ),
];

/** Texts by what they are. */
export const ODD_TEXTS: ReadonlyMap<string, string> = new Map(COMPLAINTS);
