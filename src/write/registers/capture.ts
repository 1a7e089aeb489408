/** Commands that collect what a machine's memory types follow from, by where they are typed. */

/** A recipe. */
import {
  FIXED_MSRS,
  MSR_DEF_TYPE,
  MSR_MTRRCAP,
  MSR_PAT,
  MSR_SYSCFG,
  MSR_TOP_MEM,
  MSR_TOP_MEM2,
  physBase,
  physMask,
} from '../../msr/index.ts';

/** What a recipe prints is a dump: how to take it where the registers are. */
export interface Recipe {
  /** For `capture NAME`. */
  readonly name: string;
  /** Where it is typed, and what it gives. */
  readonly title: string;
  readonly lines: readonly string[];
}

/** Machines have up to 10 pairs. */
const VARIABLE_MSRS = Array.from({ length: 10 }, (_, n) => [physBase(n), physMask(n)]).flat();
const OTHER_MSRS = [MSR_MTRRCAP, ...FIXED_MSRS, MSR_PAT, MSR_DEF_TYPE];
const AMD_MSRS = [MSR_SYSCFG, MSR_TOP_MEM, MSR_TOP_MEM2];

function list(msrs: readonly number[]): string {
  return msrs.map((msr) => `0x${msr.toString(16)}`).join(' ');
}

/** All recipes, the most complete first. */
export const RECIPES: readonly Recipe[] = [
  {
    name: 'linux',
    title: 'Linux, as root: registers of every CPU, address bits, memory map, kernel log',
    lines: [
      '# needs rdmsr (msr-tools); from 6.5 on the kernel log no longer shows the registers',
      'modprobe msr',
      '{',
      `for msr in ${list(OTHER_MSRS)} \\`,
      `  ${list(VARIABLE_MSRS)} \\`,
      `  ${list(AMD_MSRS)}; do`,
      '  echo "rdmsr -a $msr"; rdmsr -a $msr 2>/dev/null',
      'done',
      "grep -m1 'vendor_id' /proc/cpuinfo; grep -m1 'address sizes' /proc/cpuinfo",
      'cat /proc/mtrr /proc/iomem',
      'dmesg',
      '} > memory-types.txt',
    ],
  },
  {
    name: 'linux-without-msr',
    title:
      'Linux without rdmsr, as root: variable ranges, memory map, kernel log (the default type is inferred, fixed ranges are assumed)',
    lines: [
      "{ cat /proc/mtrr /proc/iomem; grep -m1 'vendor_id' /proc/cpuinfo; grep -m1 'address sizes' /proc/cpuinfo; dmesg; } > memory-types.txt",
    ],
  },
  {
    name: 'linux-debug',
    title: "Linux 6.5 and later: the registers and the kernel's own map in its log",
    lines: ['# boot with mtrr=debug on the kernel command line, then:', 'sudo dmesg > memory-types.txt'],
  },
  {
    name: 'kvm-host',
    title:
      'KVM host, as root: whether DMA of passed-through devices can be non-coherent, self-snoop, the kernel log',
    lines: [
      '{',
      'grep -H . /sys/class/iommu/*/intel-iommu/ecap',
      "ls /sys/bus/pci/drivers/vfio-pci 2>/dev/null | sed -n 's/^[0-9a-f]*:/vfio-pci &/p'",
      'find /sys/kernel/iommu_groups /sys/class/iommu/*/devices/ -type l | sort',
      "grep -m1 '^flags' /proc/cpuinfo; grep -m1 'vendor_id' /proc/cpuinfo; grep -m1 'address sizes' /proc/cpuinfo",
      'cat /proc/mtrr; dmesg',
      '} > host.txt',
    ],
  },
  {
    name: 'qemu-hmp',
    title: 'QEMU monitor (HMP): guest memory; the registers come with a migration to a file',
    lines: [
      'info mtree -f',
      'migrate "exec:cat > state.bin"',
      '# then, in the shell, with the script of the QEMU source tree:',
      'python3 scripts/analyze-migration.py -f state.bin > memory-types.json',
    ],
  },
  {
    name: 'windbg',
    title: 'WinDbg, kernel debugger: registers of every processor (a log file)',
    lines: [
      '.logopen memory-types.txt',
      '~0s',
      '!mtrr',
      '~1s',
      '!mtrr',
      '$$ and so on for each processor',
      '.logclose',
    ],
  },
  {
    name: 'freebsd',
    title: 'FreeBSD, as root: registers of the first CPU; memcontrol alone gives the ranges that are on',
    lines: [
      'kldload -n cpuctl mem',
      '{',
      `for msr in ${list(OTHER_MSRS)} \\`,
      `  ${list(VARIABLE_MSRS)}; do`,
      '  echo "cpucontrol -m $msr /dev/cpuctl0"; cpucontrol -m $msr /dev/cpuctl0',
      'done',
      'memcontrol list -a; cat /var/run/dmesg.boot',
      '} > memory-types.txt',
    ],
  },
  {
    name: 'coreboot',
    title: 'coreboot: its console, from the running Linux',
    lines: ['sudo cbmem -c > memory-types.txt'],
  },
  {
    name: 'u-boot',
    title: 'U-Boot: its console (a log of the serial port); msr read shows the default type and the switches',
    lines: ['msr read fe', 'msr read 2ff', 'mtrr'],
  },
  {
    name: 'edk2',
    title: 'EDK2 firmware: a DEBUG build that prints its MTRRs',
    lines: [
      '# build with DEBUG_CACHE (0x00200000) in PcdDebugPrintErrorLevel, log the serial port; for OVMF:',
      'qemu-system-x86_64 ... -debugcon file:memory-types.txt -global isa-debugcon.iobase=0x402',
    ],
  },
  {
    name: 'xen',
    title: 'Xen: its console log',
    lines: ['sudo xl dmesg > memory-types.txt'],
  },
  {
    name: 'trace',
    title:
      'KVM host, as root: the EPT entries of its VMs as KVM writes them, for eptsweep trace and replay --trace',
    lines: [
      '# start it before the VM: entries that are there already are not shown; run one VM only',
      'trace-cmd record -b 65536 -e kvmmmu:kvm_tdp_mmu_spte_changed -e kvmmmu:kvm_mmu_split_huge_page sleep 60',
      'trace-cmd report > trace.txt',
      '# or with perf (ftrace:print are the marks of steps):',
      '#   perf record -m 64M -a -e kvmmmu:kvm_tdp_mmu_spte_changed -e kvmmmu:kvm_mmu_split_huge_page -e ftrace:print sleep 60',
      '#   perf script > trace.txt',
      '# or with nothing but the kernel; the buffer is of each CPU, in KiB, and what it cannot hold is lost:',
      '#   cd /sys/kernel/tracing && echo 0 > tracing_on && echo 65536 > buffer_size_kb && echo > trace',
      '#   echo 1 > events/kvmmmu/kvm_tdp_mmu_spte_changed/enable',
      '#   echo 1 > events/kvmmmu/kvm_mmu_split_huge_page/enable',
      '#   echo 1 > tracing_on; sleep 60; echo 0 > tracing_on; cat trace > /tmp/trace.txt',
      '# without the TDP MMU (kvm.tdp_mmu=N, and by default before 5.15) kvmmmu:kvm_mmu_set_spte shows what comes, nothing what goes',
      '#',
      '# for eptsweep replay SCENARIO --trace trace.txt whoever drives the guest says which event of the scenario comes next,',
      '# by its number from 1 as eptsweep replay lists it, and at last that nothing more belongs to any:',
      "#   echo 'eptsweep step 1' > /sys/kernel/tracing/trace_marker",
      "#   echo 'eptsweep end' > /sys/kernel/tracing/trace_marker",
      '# keep the host from changing entries by itself meanwhile: numa_balancing, khugepaged, ksm off; memory locked',
    ],
  },
];

/**
 * Lines of all recipes, or of one.
 *
 * @param name - of a recipe; undefined: all
 * @returns undefined where there is none of that name
 */
export function captureLines(name?: string): readonly string[] | undefined {
  const chosen = RECIPES.filter((recipe) => name === undefined || recipe.name === name);
  if (chosen.length === 0) return undefined;
  return chosen.flatMap(({ title, lines }, at) => [...(at > 0 ? [''] : []), `# ${title}`, ...lines]);
}
