/** What QEMU writes for each vCPU before its first instruction, and when it resets them. */
import { ALL_ZERO } from './registers.ts';
import { cited, registers, type Step, titled } from './steps.ts';

const PUT_MSRS = 'kvm_put_msrs(), target/i386/kvm/kvm.c';

const AFTER_RESET = `${PUT_MSRS}, called by cpu_synchronize_all_post_reset(), softmmu/cpus.c`;

/** Creation of the machine: the list of MSRs is put twice, all of it 0, before a vCPU runs. */
export function qemuStart(): readonly Step[] {
  return titled(
    'QEMU: every MTRR 0, masks too, so that KVM keeps masks with their high bits set from here on.',
    cited(
      `${PUT_MSRS}, called by cpu_synchronize_all_post_init(), softmmu/cpus.c`,
      `wrmsr: {vcpu: all, by: vmm, msrs: &zeroes ${registers(ALL_ZERO)}}`,
    ),
    cited(
      AFTER_RESET,
      'reset: {vcpu: bsp, paging: off, writes: *zeroes}',
      'reset: {vcpu: aps, waits: true, paging: off, writes: *zeroes}',
    ),
  );
}

/** A reset of a VM that runs, as for a reboot and for the way back from S3. */
export function qemuReset(): readonly Step[] {
  return titled(
    'QEMU: all vCPUs are reset, every MTRR of theirs is put to 0, and the APs wait.',
    cited('pause_all_vcpus(), softmmu/cpus.c', 'stop: {vcpu: all}'),
    cited(
      AFTER_RESET,
      `reset: {vcpu: bsp, paging: off, writes: &zeroes ${registers(ALL_ZERO)}}`,
      'reset: {vcpu: aps, waits: true, paging: off, writes: *zeroes}',
    ),
    cited('resume_all_vcpus(), softmmu/cpus.c', 'start: {vcpu: all}'),
  );
}
