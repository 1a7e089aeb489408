/** Boots from the sources: QEMU, firmware, the operating system; each event cites the function that it follows. */
import { citedScenario } from './boot/head.ts';
import {
  linux,
  linuxAps,
  linuxApsInParallel,
  linuxBootCpu,
  linuxRendezvous,
  linuxResume,
  linuxRuns,
} from './boot/linux.ts';
import { OVMF_TABLE, ovmf, ovmfPei } from './boot/ovmf.ts';
import { qemuReset, qemuStart } from './boot/qemu.ts';
import { seabios } from './boot/seabios.ts';
import { cited, REPORT, titled } from './boot/steps.ts';
import { windows } from './boot/windows.ts';
import type { ScenarioText } from './scenario-text.ts';

const DMA =
  'a device with non-coherent DMA is attached from the start; without one no entry depends on MTRRs';
const KEPT =
  'the operating system finds the registers as firmware left them, and has no range of its own to add';
const PROGRAMS =
  'OVMF programs MTRRs 4 times on the BSP and 3 times on an AP (bsp=, ap=); the published counts of zaps say so too';

/** See the head of the file. */
export const BOOTS: readonly ScenarioText[] = [
  citedScenario({
    name: 'seabios-boot',
    description: 'QEMU, SeaBIOS and Linux on q35, from the first KVM_SET_MSRS to a system that runs.',
    source: 'QEMU, SeaBIOS and Linux; each event names function and file',
    assumptions: [DMA, KEPT],
    vm: 'seabios-q35',
    isReset: true,
    takes: ['vcpus', 'linux'],
    steps: (of) => [...qemuStart(), ...seabios(), ...linux(of.linux)],
  }),
  citedScenario({
    name: 'ovmf-boot',
    description: 'QEMU, OVMF and Linux on q35 with a 16 GiB BAR at 32 GiB, which OVMF makes UC in DXE.',
    source: 'QEMU, EDK2 and Linux; each event names function and file',
    assumptions: [DMA, KEPT, PROGRAMS],
    vm: 'ovmf-gpu',
    isReset: true,
    takes: ['vcpus', 'linux', 'bsp', 'ap'],
    steps: (of) => [...qemuStart(), ...ovmf(of), ...linux(of.linux)],
  }),
  citedScenario({
    name: 'parallel-boot',
    description: 'As ovmf-boot, with a Linux that starts its APs side by side (x2APIC, 6.5 and later).',
    source: 'QEMU, EDK2 and Linux; each event names function and file',
    assumptions: [DMA, KEPT, PROGRAMS],
    vm: 'ovmf-gpu',
    isReset: true,
    takes: ['vcpus', 'linux', 'bsp', 'ap'],
    steps: (of) => [...qemuStart(), ...ovmf(of), ...linux(of.linux, linuxApsInParallel(of.linux))],
  }),
  citedScenario({
    name: 'windows-boot',
    description: 'As ovmf-boot, with Windows - all CPUs change their MTRRs at once, in lock step.',
    source: "QEMU and EDK2; of Windows the names in Microsoft's public symbols and published disassembly",
    assumptions: [DMA, KEPT, PROGRAMS, 'Windows finds no reason to leave MTRRs as they are on any CPU'],
    vm: 'ovmf-gpu',
    isReset: true,
    takes: ['vcpus', 'bsp', 'ap'],
    steps: (of) => [...qemuStart(), ...ovmf(of), ...windows(OVMF_TABLE)],
  }),
  citedScenario({
    name: 'guest-reboot',
    description: 'A guest that has run is reset - QEMU puts every MTRR to 0, SeaBIOS and Linux start again.',
    source: 'QEMU, SeaBIOS and Linux; each event names function and file',
    assumptions: ['slots stay as they are', DMA, KEPT],
    vm: 'seabios-q35',
    isReset: false,
    takes: ['vcpus', 'linux'],
    steps: (of) => [...linuxRuns(), ...qemuReset(), ...REPORT, ...seabios(), ...linux(of.linux)],
  }),
  citedScenario({
    name: 's3-resume',
    description: 'Suspend to RAM and back - vCPUs are reset, memory is kept, OVMF and Linux restore MTRRs.',
    source: 'QEMU, EDK2 and Linux; each event names function and file',
    assumptions: [DMA, KEPT, 'OVMF programs MTRRs in PEI alone, DXE does not run on the way back'],
    vm: 'ovmf-q35',
    isReset: false,
    takes: ['vcpus', 'linux'],
    steps: (of) => [
      ...linuxRuns(),
      ...qemuReset(),
      ...ovmfPei({ bsp: 4, ap: 2 }),
      ...titled(
        'The way back.',
        cited(
          'S3RestoreConfig2(), UefiCpuPkg/Universal/Acpi/S3Resume2Pei/S3Resume.c',
          'touch: {vcpu: bsp, range: 0x7f000000-0x7fffffff}',
        ),
      ),
      ...linuxResume(of.linux),
    ],
  }),
  citedScenario({
    name: 'kexec',
    description: 'A guest starts another kernel by kexec - no reset, no firmware, MTRRs as they were.',
    source: 'Linux; each event names function and file',
    assumptions: [DMA, KEPT, 'the old kernel stops its APs, the new one starts them again'],
    vm: 'ovmf-gpu',
    isReset: false,
    takes: ['vcpus', 'linux'],
    steps: (of) => [
      ...linuxRuns(),
      ...titled(
        'The old kernel ends.',
        cited(
          'machine_kexec(), arch/x86/kernel/machine_kexec_64.c',
          'touch: {vcpu: bsp, range: 0x40000000-0x43ffffff}',
        ),
      ),
      ...linuxBootCpu(of.linux),
      ...linuxAps(),
      ...linuxRendezvous(of.linux),
      ...linuxRuns(),
    ],
  }),
];
