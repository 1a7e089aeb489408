/** Single changes to a running VM: devices, ranges, vCPUs that are not like the others. */
import type { ScenarioText } from './scenario-text.ts';

function gpuHotplug(release: string, outcome: string): string {
  return `name: gpu-hotplug-${release}
description: a GPU with non-coherent DMA is plugged into a running guest under KVM ${release}
source: KVM's rule for non-coherent DMA by release - nothing is zapped before 6.7, everything from 6.7 on
assumptions:
  - the guest has touched all of its memory before
  - QEMU put every mask to 0 before the guest ran, so that KVM holds the high bits of masks set, as QEMU always does
  - ${outcome}
vm: ovmf-q35
vcpus: 4
policy: kvm-${release}
vmm: qemu
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
    description:
      'A range is written base first, its mask for the first time ever: the first zap is of an empty range.',
    text: `name: base-before-mask
description: base, then mask of a new UC range, MTRRs on, under a VMM that wrote no mask before
source: KVM's var_mtrr_range - a mask that was never written makes the range end at 0
assumptions:
  - the guest breaks the rule to switch MTRRs off first
  - the VMM never wrote a mask; QEMU writes each as 0, KVM then keeps it with its high bits set, and the base zaps from 3 GiB to the end of the space (base-before-mask-qemu)
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
    name: 'base-before-mask-qemu',
    description:
      'The same under QEMU, which put every mask to 0: the first zap reaches to the end of the space.',
    text: `name: base-before-mask-qemu
description: base, then mask of a new UC range, MTRRs on, in a guest of QEMU
source: QEMU's kvm_put_msrs writes every mask as 0; KVM's set_var_mtrr_msr stores it with the bits from MAXPHYADDR on set
assumptions:
  - the guest breaks the rule to switch MTRRs off first
vm:
  name: 4 GiB guest
  maxphyaddr: 46
  noncoherentDma: true
  slots: [{base: 0, size: 4G}]
  mtrr: {default: WB}
policy: kvm-5.16
vmm: qemu
events:
  - touch: {vcpu: 0, range: 0x0-0xffffffff}
  - wrmsr: {vcpu: 0, msr: IA32_MTRR_PHYSBASE0, value: 0xc0000000}
  - report
  - wrmsr: {vcpu: 0, msr: IA32_MTRR_PHYSMASK0, value: 0x3fffc0000800}
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
];
