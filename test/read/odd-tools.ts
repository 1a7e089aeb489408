/** Lines of firmware and of tools that no fixture has, as `odd-texts.ts` has those of kernels. */

/** What a line is put into, and which line it becomes. */
export interface Frame {
  readonly what: string;
  readonly before: string;
  readonly after: string;
  /** Texts that are put there, one a line; `¦` stands for a line end. */
  readonly lines: string;
}

const MAP = 'Physical address space:¦0x0000000000000000 - 0x0000000080000000 size 0x80000000 type 6';
const COREBOOT_BEFORE = 'coreboot-4.20 Mon Jan 1 00:00:00 UTC 2024 x86_32 ramstage starting...\n';

export const TOOL_FRAMES: readonly Frame[] = [
  {
    what: 'stages of coreboot',
    before: COREBOOT_BEFORE,
    after: '',
    lines: `
MTRR: TEMPORARY ${MAP}¦MTRR: default type WB/UC MTRR counts: 1/2.¦MTRR: UC selected as default type.¦MTRR: 0 base 0x0 mask 0x7f80000000 type 6
MTRR: ${MAP}¦MTRR: default type WB/UC MTRR counts: 1/2.¦MTRR: WB selected as default type.
MTRR: ${MAP}¦MTRR: default type WB/UC MTRR counts: 3/2.¦MTRR: 0 base 0x0 mask 0x7f80000000 type 6
MTRR: ${MAP}¦MTRR: 0 base
MTRR: Fixed MSR 0x250 0x0606060606060606¦MTRR: Fixed MSR 0x250 0x0505050505050505
`,
  },
  {
    what: 'EDK2',
    before: 'MTRR Settings\n=============\nMTRR Default Type: 0000000000000C06\n',
    after: '',
    lines: `
Fixed MTRR[00]: 0606060606060606
Mtrr: Set Mem Attribute to WB, ScratchSize = 1000 [0]¦Result = Out of Resources
Mtrr: Set Mem Attribute to WB, ScratchSize = 1000 [0]¦Result = Invalid Parameter
Result = Out of Resources
ASSERT /edk2/UefiCpuPkg/Library/MtrrLib/MtrrLib.c(1234): FALSE
`,
  },
  {
    what: 'ranges of Linux',
    before: 'MTRR default type: write-back\nMTRR variable ranges enabled:\n',
    after: '  1 disabled\n',
    lines: `
  45 base 0000000000 mask 7F80000000 write-back
  0 base 0000000000 mask 7F80000000 ?
  0 base 0000000800 mask 7F80000000 write-back
  0 base 0000000000 mask 7F80000400 write-back
  9 base 0000000000 mask 7F80000000 write-back
  0 base 0000000000 mask 0080000000 write-back
  0 base 0000000000 mask 80000000 write-back
Disabled
x86/mtrr: Disabled
TOM2: 0000000240000000 aka 9216M
TOM2: 0000000240000000 aka 9216M (WB)
(XEN) TOM2: 0000000240000000
MTRR default type: ?
`,
  },
  {
    what: 'fixed ranges of Linux',
    before: 'MTRR default type: write-back\nMTRR fixed ranges enabled:\n',
    after: 'MTRR variable ranges enabled:\n  0 base 0000000000 mask 7F80000000 write-back\n',
    lines: `
  00000-9FFFF ?
  00000-9FFFF write-back
  00000-9FFFF write-b
  A0000-BFFFF uncachable
`,
  },
  {
    what: 'WinDbg',
    before: '1: kd> !mtrr\nMTRR:  Var 2, Fixed-support enabled, USWC-supported, Default: UC\n',
    after: '',
    lines: `
WB:00000-0ffff  ??:10000-1ffff
0.  WB: 00000000:00000000 0000007f:80000000
KiInitializeMTRR: MTRR_MSR_DEFAULT is not consistent between processors.
KiInitializeMTRR: MTRR_MSR_FIX4K_C0000 is not consistent between processors
KiInitializeMTRR: MTRR_MSR_VARIABLE_BASE is not consistent between processors.
0.¦1.
`,
  },
  {
    what: 'rdmsr',
    before: '0x200,0x6\n0x2ff,0xc06\n',
    after: '',
    lines: `
# rdmsr -f 7:0 0x2ff¦6
# rdmsr --bitfield 7:0 0x2ff¦6
rdmsr: CPU 3 cannot read MSR 0x000002FF
rdmsr: open: No such file or directory
rdmsr: pread: Input/output error
# rdmsr -d 0x2ff¦3078
# rdmsr -u 0x2ff¦3078
# rdmsr -o 0x2ff¦6006
# rdmsr -p 3 0x2ff¦c00
# rdmsr -p3 0x2ff¦c00
# rdmsr --processor=3 0x2ff¦c00
# rdmsr -a 0x2ff¦c06¦c06¦c00
# rdmsr --all 0x2ff¦c06¦c00
`,
  },
  {
    what: 'other tools',
    before: '',
    after: '',
    lines: `
MTRR registers:¦MTRRcap (0xfe): 0x0000000000000d0a¦MTRRfix64K_00000 (0x250):
0x0/0x80000000 BIOS write-back active¦0x80000000/0x40000000 BIOS unknown active
0x0/0x80000000 BIOS write-back active¦0x80000000/0x40000000 BIOS write-back bogus active
00001000-0009ffff : System RAM¦00100000-bfffffff : System RAM¦  00000000-00000000 : Kernel code¦reg00: base=0x000000000 (    0MB), size= 2048MB, count=1: write-back
Shell> mtrr¦MTRRs..............: Enabled¦Default............: Write-Back¦Variable MTRRs¦[0x000000000-0x07fffffff] Write-Back
Shell> mtrr -v¦MTRRs..............: Enabled¦Fixed MTRRs........: Disabled¦Variable MTRRs¦[0x000000000-0x07fffffff] Write-Back¦[0x080000000-0x0bfffffff] Write-Back¦   IA32_MTRR_PHYSBASE_1 (0x202): 0x0000000080000006
=> msr read 2ff¦00000000 00000c00¦=> mtrr¦CPU 0:¦Reg Valid Write-type   Base   ||        Mask   ||        Size   ||
reg00: base=0x000000000 (    0MB), size= 2048MB, count=1: write-back¦cat: /proc/mtrr: Input/output error
MTRR default type: uncachable
MTRR default type: uncachable¦MTRR fixed ranges enabled:
MTRR default type: uncachable¦MTRR fixed ranges enabled:¦  00000-0FFFE write-back
MTRR default type: uncachable¦MTRR variable ranges disabled:
flags : fpu mtrr pat hypervisor¦reg00: base=0x000000000 (    0MB), size= 2048MB, count=1: write-back
`,
  },
];
