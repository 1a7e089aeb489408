/** What QEMU writes for each vCPU before its first instruction, and when it resets them. */
import { ALL_ZERO } from './registers.ts';
import { cited, registers, type Step, titled } from './steps.ts';

const PUT_MSRS = 'kvm_put_msrs(), target/i386/kvm/kvm.c';

/** Creation of the machine: the list of MSRs is put twice, all of it 0. */
export function qemuStart(): readonly Step[] {
  return titled(
    'QEMU: every MTRR 0, masks too, so that KVM keeps masks with their high bits set from here on.',
    cited(
      `${PUT_MSRS}, called by cpu_synchronize_all_post_init(), softmmu/cpus.c`,
      `wrmsr: {vcpu: all, msrs: &zeroes ${registers(ALL_ZERO)}}`,
    ),
    cited(
      `${PUT_MSRS}, called by cpu_synchronize_all_post_reset(), softmmu/cpus.c`,
      'reset: {vcpu: all, writes: *zeroes}',
    ),
  );
}

/** A reset of a VM that runs, as for a reboot and for the way back from S3. */
export function qemuReset(): readonly Step[] {
  return titled(
    'QEMU: all vCPUs are reset, and every MTRR of theirs is put to 0.',
    cited(
      `${PUT_MSRS}, called by cpu_synchronize_all_post_reset(), softmmu/cpus.c`,
      `reset: {vcpu: all, writes: ${registers(ALL_ZERO)}}`,
    ),
  );
}
