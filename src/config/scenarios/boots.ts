/** Boots: reset, firmware on the first vCPU, the others one after the other, the operating system on all. */
import type { ScenarioText } from './scenario-text.ts';

const BOOT_SOURCE =
  'source: the order in which firmware and operating systems write MTRRs (Intel SDM vol. 3A, "MTRR Considerations in MP Systems")';

/** What every boot takes for granted. */
const BOOT_ASSUMPTIONS = `assumptions:
  - a device with non-coherent DMA is attached from the start; without one no entry depends on MTRRs
  - each vCPU runs only what is listed; a touch stands for all accesses to its range
  - the operating system finds the registers as firmware left them and only switches MTRRs off and on
  - one role and one root for all vCPUs; SMM and nested guests have others`;

const RENDEZVOUS = `  # The operating system's rendezvous: all vCPUs take each step together.
  - cr0cd: {vcpu: all, on: true}
  - wrmsr: {vcpu: all, msr: IA32_MTRR_DEF_TYPE, value: 0}
  - wrmsr: {vcpu: all, msr: IA32_MTRR_DEF_TYPE, value: 0xc06}
  - cr0cd: {vcpu: all, on: false}
  - touch: {vcpu: all, range: 0x0-0x9ffff}
  - touch: {vcpu: all, range: 0x100000-0x7fffffff}
  - touch: {vcpu: bsp, range: 4G+6G}
  - report`;

/** See the head of the file. */
export const BOOTS: readonly ScenarioText[] = [
  {
    name: 'seabios-boot',
    description: 'SeaBIOS on q35: reset, BSP, APs one after the other, the rendezvous of the OS.',
    text: `name: seabios-boot
description: SeaBIOS on q35, from reset to a running operating system
${BOOT_SOURCE}
${BOOT_ASSUMPTIONS}
vm: seabios-q35
start: reset
vcpus: 8
noncoherentDma: true
policy: kvm-6.6
events:
  # The reset vector and the firmware, while MTRRs are off and CR0.CD=1.
  - touch: {vcpu: bsp, range: 0xfffc0000-0xffffffff, access: read}
  - touch: {vcpu: bsp, range: 0xc0000-0xfffff}
  - touch: {vcpu: bsp, range: 0x0-0x9ffff}
  - program:
      vcpu: bsp
      mtrr: &layout
        default: WB
        fixed:
          - {range: 0x0-0x9ffff, type: WB}
          - {range: 0xa0000-0xbffff, type: UC}
          - {range: 0xc0000-0xfffff, type: WP}
        variable:
          - {base: 0xc0000000, size: 1G, type: UC}
  - touch: {vcpu: bsp, range: 0x0-0x9ffff}
  - touch: {vcpu: bsp, range: 0x100000-0x7ffffff}
  - report
  # Each AP starts in low memory, programs its MTRRs, and waits.
  - touch: {vcpu: aps, range: 0x1000-0x1fff}
  - program: {vcpu: aps, mtrr: *layout}
  - report
${RENDEZVOUS}
`,
  },
  {
    name: 'ovmf-boot',
    description: 'OVMF on q35: as seabios-boot, then a 64-bit BAR becomes UC on the BSP before the APs.',
    text: `name: ovmf-boot
description: OVMF on q35 with a 16 GiB BAR at 32 GiB, from reset to a running operating system
${BOOT_SOURCE}
${BOOT_ASSUMPTIONS}
vm: ovmf-gpu
start: reset
vcpus: 8
policy: kvm-6.6
events:
  - touch: {vcpu: bsp, range: 0xffc00000-0xffffffff, access: read}
  - program:
      vcpu: bsp
      mtrr:
        default: WB
        fixed: &fixed
          - {range: 0x0-0x9ffff, type: WB}
          - {range: 0xa0000-0xfffff, type: UC}
        variable:
          - {base: 2G, size: 2G, type: UC}
  - touch: {vcpu: bsp, range: 0x0-0x9ffff}
  - touch: {vcpu: bsp, range: 0x100000-0x7fffffff}
  - program:
      vcpu: aps
      mtrr:
        default: WB
        fixed: *fixed
        variable:
          - {base: 2G, size: 2G, type: UC}
  - report
  # The BAR is made UC by one more range: on the BSP, and then on the APs, one after the other.
  - wrmsr: {vcpu: bsp, msrs: {IA32_MTRR_PHYSBASE1: 0x800000000, IA32_MTRR_PHYSMASK1: 0x3ffc00000800}}
  - touch: {vcpu: bsp, range: 32G+16G}
  - wrmsr: {vcpu: aps, msrs: {IA32_MTRR_PHYSBASE1: 0x800000000, IA32_MTRR_PHYSMASK1: 0x3ffc00000800}}
  - report
${RENDEZVOUS}
`,
  },
  {
    name: 'guest-reboot',
    description:
      'A guest that has run is reset: the VMM puts every MTRR back to 0, the firmware starts again.',
    text: `name: guest-reboot
description: reset of a running guest, the VMM's writes, the firmware again
source: what a VMM such as QEMU writes on reset (KVM_SET_MSRS - DEF_TYPE 0, every range 0, DEF_TYPE once more)
assumptions:
  - slots stay as they are; a device with non-coherent DMA stays attached
  - vCPUs are reset one after the other, each with the VMM's writes
vm: seabios-q35
vcpus: 4
noncoherentDma: true
policy: kvm-6.6
events:
  - touch: {vcpu: all, range: 0x0-0x9ffff}
  - touch: {vcpu: all, range: 0x100000-0x7fffffff}
  - touch: {vcpu: bsp, range: 4G+6G}
  - report
  - reset: {vcpu: all, writes: zeroes}
  - report
  - touch: {vcpu: bsp, range: 0xfffc0000-0xffffffff, access: read}
  - touch: {vcpu: bsp, range: 0x0-0x9ffff}
  - program:
      vcpu: bsp
      mtrr: &layout
        default: WB
        fixed:
          - {range: 0x0-0x9ffff, type: WB}
          - {range: 0xa0000-0xbffff, type: UC}
          - {range: 0xc0000-0xfffff, type: WP}
        variable:
          - {base: 0xc0000000, size: 1G, type: UC}
  - touch: {vcpu: bsp, range: 0x100000-0x7fffffff}
  - init: {vcpu: aps}
  - program: {vcpu: aps, mtrr: *layout}
  - touch: {vcpu: all, range: 0x0-0x9ffff}
  - report
`,
  },
  {
    name: 's3-resume',
    description:
      'Suspend to RAM and back: vCPUs are reset, memory keeps its contents, firmware restores MTRRs.',
    text: `name: s3-resume
description: resume from S3, the firmware's S3 path on the BSP, then the APs, then the OS
source: what S3 does to a VM under QEMU - reset of the vCPUs and the VMM's writes, memory kept
assumptions:
  - the firmware runs its resume path before it programs MTRRs, and touches low memory meanwhile
  - the OS restores MTRRs on each AP as it comes back
vm: ovmf-q35
vcpus: 4
noncoherentDma: true
policy: kvm-6.6
events:
  - touch: {vcpu: all, range: 0x0-0x9ffff}
  - touch: {vcpu: bsp, range: 0x100000-0x7fffffff}
  - touch: {vcpu: bsp, range: 4G+6G}
  - reset: {vcpu: all, writes: zeroes}
  - touch: {vcpu: bsp, range: 0xffc00000-0xffffffff, access: read}
  - touch: {vcpu: bsp, range: 0x7f000000-0x7fffffff}
  - program:
      vcpu: bsp
      mtrr: &layout
        default: WB
        fixed:
          - {range: 0x0-0x9ffff, type: WB}
          - {range: 0xa0000-0xfffff, type: UC}
        variable:
          - {base: 2G, size: 2G, type: UC}
  - touch: {vcpu: bsp, range: 0x100000-0x7fffffff}
  - touch: {vcpu: bsp, range: 4G+6G}
  - report
  - init: {vcpu: aps}
  - touch: {vcpu: aps, range: 0x1000-0x1fff}
  - program: {vcpu: aps, mtrr: *layout}
  - touch: {vcpu: aps, range: 0x100000-0x7fffffff}
  - report
`,
  },
];
