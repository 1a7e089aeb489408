/** Single changes to a running VM: devices, ranges, vCPUs that are not like the others. */
import type { ScenarioText } from './scenario-text.ts';

function gpuHotplug(release: string, outcome: string): string {
  return `name: gpu-hotplug-${release}
description: a GPU with non-coherent DMA is plugged into a running guest under KVM ${release}
source: KVM's rule for non-coherent DMA by release - nothing is zapped before 6.7, everything from 6.7 on
assumptions:
  - the guest has touched all of its memory before
  - ${outcome}
vm: ovmf-q35
vcpus: 4
policy: kvm-${release}
events:
  - touch: {vcpu: all, range: 0x0-0x9ffff}
  - touch: {vcpu: all, range: 0xc0000-0x7fffffff}
  - touch: {vcpu: bsp, range: 4G+6G}
  - report
  - slotAdd: {base: 32G, size: 16G, kind: mmio, hpa: 0x380000000000}
  - noncoherentDma: start
  - report
  - wrmsr: {vcpu: all, msrs: {IA32_MTRR_PHYSBASE1: 0x800000000, IA32_MTRR_PHYSMASK1: 0x3ffc00000800}}
  - touch: {vcpu: bsp, range: 32G+16G}
  - touch: {vcpu: all, range: 0x0-0x9ffff}
  - touch: {vcpu: bsp, range: 4G+6G}
  - report
  - noncoherentDma: stop
  - report
`;
}

/** See the head of the file. */
export const CHANGES: readonly ScenarioText[] = [
  {
    name: 'gpu-hotplug-6.6',
    description: 'A GPU with non-coherent DMA is plugged in under KVM 6.6: nothing is zapped.',
    text: gpuHotplug('6.6', 'entries from before keep WB and IPAT, whatever the MTRRs say'),
  },
  {
    name: 'gpu-hotplug-6.8',
    description: 'The same under KVM 6.8: everything is zapped when the DMA starts and when it stops.',
    text: gpuHotplug('6.8', 'entries are installed anew, by the MTRRs'),
  },
  {
    name: 'live-range-moved',
    description: 'A valid variable range is moved: KVM zaps where it goes, not where it was.',
    text: `name: live-range-moved
description: a UC range at 3 GiB is moved to 0 while it is valid
source: KVM's update_mtrr zaps the new range of a variable register
assumptions:
  - the guest breaks the rule to switch MTRRs off first
vm:
  name: 4 GiB guest
  maxphyaddr: 46
  noncoherentDma: true
  slots: [{base: 0, size: 4G}]
  mtrr: {default: WB, variable: [{base: 0xc0000000, size: 1G, type: UC}]}
policy: kvm-5.16
events:
  - touch: {vcpu: 0, range: 0x0-0xffffffff}
  - report
  - wrmsr: {vcpu: 0, msr: IA32_MTRR_PHYSBASE0, value: 0}
  - report
  - touch: {vcpu: 0, range: 0x0-0xffffffff}
  - report
`,
  },
  {
    name: 'base-before-mask',
    description: 'A range is written base first while MTRRs are on: the first zap is of an empty range.',
    text: `name: base-before-mask
description: base, then mask of a new UC range, MTRRs on
source: KVM's var_mtrr_range - a mask that was never written makes the range end at 0
assumptions:
  - the guest breaks the rule to switch MTRRs off first
vm:
  name: 4 GiB guest
  maxphyaddr: 46
  noncoherentDma: true
  slots: [{base: 0, size: 4G}]
  mtrr: {default: WB}
policy: kvm-5.16
events:
  - touch: {vcpu: 0, range: 0x0-0xffffffff}
  - wrmsr: {vcpu: 0, msr: IA32_MTRR_PHYSBASE0, value: 0xc0000000}
  - report
  - wrmsr: {vcpu: 0, msr: IA32_MTRR_PHYSMASK0, value: 0x3fffc0000800}
  - report
  # The mask of a range that is not valid zaps all that it would cover.
  - touch: {vcpu: 0, range: 0x0-0xffffffff}
  - wrmsr: {vcpu: 0, msr: IA32_MTRR_PHYSMASK7, value: 0}
  - report
`,
  },
  {
    name: 'one-left-behind',
    description: 'A range is added on all vCPUs but one, which goes on with the old state.',
    text: `name: one-left-behind
description: vCPU 3 misses a change of the MTRRs that all others make
source: firmware that skips a CPU in its broadcast; Linux warns of it as "your CPUs had inconsistent MTRR settings"
assumptions:
  - the page that is in dispute is touched by either side first, after a zap by a third
vm:
  name: 8 GiB guest
  maxphyaddr: 46
  noncoherentDma: true
  slots: [{base: 0, size: 8G}]
  mtrr: {default: WB, variable: [{base: 0xc0000000, size: 1G, type: UC}]}
  vcpus: 4
policy: kvm-6.6
events:
  - touch: {vcpu: all, range: 0x0-0x1ffffffff}
  - wrmsr: {vcpu: 0-2, msrs: {IA32_MTRR_PHYSBASE1: 0x80000000, IA32_MTRR_PHYSMASK1: 0x3fffc0000800}}
  - report
  - touch: {vcpu: 3, range: 0x80000000-0xbfffffff}
  - touch: {vcpu: 0-2, range: 0x80000000-0xbfffffff}
  - report
  - wrmsr: {vcpu: 0, msr: IA32_MTRR_DEF_TYPE, value: 0x806}
  - touch: {vcpu: 0, range: 0x80000000-0xbfffffff}
  - touch: {vcpu: 3, range: 0x80000000-0xbfffffff}
  - report
`,
  },
  {
    name: 'vcpu-hotplug',
    description:
      'A vCPU is plugged into a running guest with its MTRRs at reset, and runs before they are set.',
    text: `name: vcpu-hotplug
description: a plugged-in vCPU has MTRRs off and CR0.CD=1 until the operating system programs it
source: state after reset (Intel SDM vol. 3A, "Processor State After Reset"); KVM keeps it until it is written
assumptions:
  - the new vCPU runs a stub in low memory and touches memory that nobody has touched before
  - the quirk cd-nw-cleared is on, as by default
vm: seabios-q35
vcpus: 4
noncoherentDma: true
policy: kvm-6.6
events:
  - touch: {vcpu: all, range: 0x0-0x9ffff}
  - touch: {vcpu: all, range: 0x100000-0x3fffffff}
  - hotplug: {vcpu: 4}
  - report
  - touch: {vcpu: 4, range: 0x40000000-0x4fffffff}
  - cr0cd: {vcpu: 4, on: false}
  - touch: {vcpu: 4, range: 0x50000000-0x5fffffff}
  - report
  - program:
      vcpu: 4
      mtrr:
        default: WB
        fixed:
          - {range: 0x0-0x9ffff, type: WB}
          - {range: 0xa0000-0xbffff, type: UC}
          - {range: 0xc0000-0xfffff, type: WP}
        variable:
          - {base: 0xc0000000, size: 1G, type: UC}
  - touch: {vcpu: all, range: 0x40000000-0x5fffffff}
  - report
`,
  },
];
