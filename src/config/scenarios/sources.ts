/** Changes to a running VM that follow sources: vCPUs that are plugged in, ranges that Linux adds, migration. */
import { citedScenario } from './boot/head.ts';
import { linuxHotplug, linuxRuns, linuxSetMtrr, RUNS } from './boot/linux.ts';
import { OVMF_TABLE } from './boot/ovmf.ts';
import { qemuStart } from './boot/qemu.ts';
import { ALL_ZERO, DEF_TYPE, variable } from './boot/registers.ts';
import { SEABIOS_TABLE } from './boot/seabios.ts';
import { cited, inTurn, REPORT, registers, type Step, titled } from './boot/steps.ts';
import type { ScenarioText } from './scenario-text.ts';

const DMA =
  'a device with non-coherent DMA is attached from the start; without one no entry depends on MTRRs';
const PUT_MSRS = 'kvm_put_msrs(), target/i386/kvm/kvm.c';

/** What the guest has used before a vCPU is added to it. */
function guestRuns(vcpus: string): readonly Step[] {
  return cited(
    RUNS,
    `touch: {vcpu: ${vcpus}, range: 0x0-0x9ffff}`,
    `touch: {vcpu: ${vcpus}, range: 0x100000-0x3fffffff}`,
  );
}

/** See the head of the file. */
export const FROM_SOURCES: readonly ScenarioText[] = [
  citedScenario({
    name: 'vcpu-hotplug',
    description:
      'A vCPU is plugged into a running guest with its MTRRs at reset, and runs before they are set.',
    source: 'QEMU and Linux; each event names function and file',
    assumptions: [
      DMA,
      'the firmware does nothing for the new vCPU',
      'the new vCPU touches memory that nobody has touched before, while its MTRRs are still off',
      'the quirk cd-nw-cleared is on, as by default',
    ],
    vm: 'seabios-q35',
    isReset: false,
    takes: ['vcpus', 'linux'],
    steps: (of) => [
      ...titled('The guest runs.', guestRuns('all')),
      ...titled(
        'QEMU adds a vCPU, as after reset; its DEF_TYPE is written, which zaps everything, and the guest goes on.',
        cited(
          `${PUT_MSRS}, called by cpu_synchronize_post_init(), hw/core/cpu-common.c`,
          `hotplug: {vcpu: ${of.vcpus}, waits: true, writes: ${registers(ALL_ZERO)}}`,
        ),
        guestRuns(of.vcpus === 1 ? '0' : `0-${of.vcpus - 1}`),
        REPORT,
      ),
      ...linuxHotplug(of.linux, of.vcpus, SEABIOS_TABLE),
      ...titled(
        'All vCPUs use the memory.',
        cited(RUNS, 'touch: {vcpu: all, range: 0x40000000-0x5fffffff}'),
        REPORT,
      ),
    ],
  }),
  citedScenario({
    name: 'set-mtrr',
    description:
      'Linux adds a variable range on all CPUs, as for a frame buffer: mtrr_add(), stop_machine().',
    source: 'Linux; each event names function and file',
    assumptions: [DMA, 'the guest has touched all of its memory, the BAR too'],
    vm: 'ovmf-gpu',
    isReset: false,
    takes: ['vcpus', 'linux'],
    steps: (of) => [
      ...linuxRuns(),
      ...titled('The BAR.', cited('ioremap(), arch/x86/mm/ioremap.c', 'touch: {vcpu: all, range: 32G+16G}')),
      ...linuxSetMtrr(of.linux, variable(2, '0x800000001', '0x3ffff0000800')),
      ...titled(
        'The BAR again.',
        cited('memcpy_toio(), lib/iomem_copy.c, by a driver', 'touch: {vcpu: all, range: 32G+16G}'),
      ),
      ...linuxRuns(),
    ],
  }),
  citedScenario({
    name: 'migration-source',
    description:
      'Live migration, seen from where the guest leaves: dirty logging, writes, failure, the end of it.',
    source: 'QEMU; each event names function and file',
    assumptions: [DMA, 'the guest has touched all of its memory', 'the migration fails and the guest stays'],
    vm: 'ovmf-q35',
    isReset: false,
    takes: ['vcpus'],
    steps: () => [
      ...linuxRuns(),
      ...titled(
        'Dirty logging of every slot of RAM.',
        cited(
          'kvm_log_start(), accel/kvm/kvm-all.c, by ram_save_setup(), migration/ram.c',
          'dirtyLog: {slot: 0, on: true}',
          'dirtyLog: {slot: 0xc0000, on: true}',
          'dirtyLog: {slot: 4G, on: true}',
        ),
        REPORT,
        cited(
          "do_anonymous_page(), mm/memory.c, in a part of the guest's memory",
          'touch: {vcpu: all, range: 0x0-0x9ffff}',
          'touch: {vcpu: all, range: 0x1000000-0x4ffffff}',
          'touch: {vcpu: bsp, range: 4G+64M}',
        ),
        REPORT,
      ),
      ...titled(
        'The migration fails.',
        cited(
          'kvm_log_stop(), accel/kvm/kvm-all.c, by ram_save_cleanup(), migration/ram.c',
          'dirtyLog: {slot: 0, on: false}',
          'dirtyLog: {slot: 0xc0000, on: false}',
          'dirtyLog: {slot: 4G, on: false}',
        ),
      ),
      ...linuxRuns(),
    ],
  }),
  citedScenario({
    name: 'migration-target',
    description:
      'Live migration, seen from where the guest arrives: every MTRR is put for each vCPU, with its value.',
    source: 'QEMU; each event names function and file',
    assumptions: [DMA, 'the source had the layout of ovmf-gpu'],
    vm: 'ovmf-gpu',
    isReset: true,
    takes: ['vcpus'],
    steps: () => [
      ...qemuStart(),
      ...titled(
        'QEMU waits for the migration.',
        cited('qemu_start_incoming_migration(), migration/migration.c', 'stop: {vcpu: all}'),
      ),
      ...titled(
        'What came from the source, vCPU after vCPU: DEF_TYPE first, so that every range zaps on its own.',
        inTurn(
          'all',
          cited(
            'kvm_put_sregs(), target/i386/kvm/kvm.c',
            'cr0: {vcpu: each, by: vmm, pg: true, wp: true, cd: false, nw: false}',
            'efer: {vcpu: each, by: vmm, nx: true}',
          ),
          cited(
            `${PUT_MSRS}, called by cpu_synchronize_all_post_init(), by qemu_loadvm_state(), migration/savevm.c`,
            `wrmsr: {vcpu: each, by: vmm, msrs: ${registers({ [DEF_TYPE]: '0xc06', ...OVMF_TABLE })}}`,
          ),
        ),
      ),
      ...REPORT,
      ...titled(
        'The guest goes on here.',
        cited('kvm_put_mp_state(), target/i386/kvm/kvm.c', 'sipi: {vcpu: all}'),
        cited('resume_all_vcpus(), softmmu/cpus.c', 'start: {vcpu: all}'),
      ),
      ...linuxRuns(),
    ],
  }),
  citedScenario({
    name: 'smm-entry',
    description:
      'All vCPUs of a running guest enter SMM and leave it, as for a UEFI variable that is written.',
    source: 'QEMU, EDK2 and KVM; each event names function and file',
    assumptions: [DMA, 'OVMF changes no MTRR in SMM: SmmCpuFeaturesNeedConfigureMtrrs() is FALSE there'],
    vm: 'ovmf-q35',
    isReset: false,
    takes: ['vcpus'],
    steps: () => [
      ...linuxRuns(),
      ...titled(
        'SMM has a root of its own: what is mapped outside is faulted in again.',
        cited('ich9_apm_ctrl_changed(), hw/isa/lpc_ich9.c', 'smi: {vcpu: all}'),
        cited(
          'SmiRendezvous(), UefiCpuPkg/PiSmmCpuDxeSmm/MpService.c',
          'touch: {vcpu: all, range: 0x7f000000-0x7f7fffff}',
          'touch: {vcpu: bsp, range: 0x1000000-0x1ffffff}',
        ),
        REPORT,
        cited('em_rsm(), arch/x86/kvm/emulate.c', 'rsm: {vcpu: all}'),
      ),
      ...linuxRuns(),
    ],
  }),
  citedScenario({
    name: 'nested-guest',
    description:
      'Two vCPUs run a nested guest - its tables are of a root of their own, with types by the same rule.',
    source: 'KVM; each event names function and file',
    assumptions: [DMA, 'ranges that the nested guest touches are addresses of the VM'],
    vm: 'ovmf-gpu',
    isReset: false,
    takes: ['vcpus', 'linux'],
    steps: (of) => {
      const nesting = of.vcpus === 1 ? '0' : '0-1';
      return [
        ...linuxRuns(),
        ...titled(
          'The nested guest.',
          cited('nested_vmx_run(), arch/x86/kvm/vmx/nested.c', `nested: {vcpu: ${nesting}, on: true}`),
          cited(
            'ept_page_fault(), arch/x86/kvm/mmu/paging_tmpl.h',
            `touch: {vcpu: ${nesting}, range: 0x40000000-0x5fffffff}`,
          ),
          REPORT,
          cited('nested_vmx_vmexit(), arch/x86/kvm/vmx/nested.c', `nested: {vcpu: ${nesting}, on: false}`),
        ),
        ...linuxSetMtrr(of.linux, variable(2, '0x800000001', '0x3ffff0000800')),
        ...linuxRuns(),
      ];
    },
  }),
];
