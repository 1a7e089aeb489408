/**
 * Linux as a guest: MTRRs are read on the boot CPU and kept, and every CPU switches them off and on again while it sets
 * its PAT. The releases differ in names and in how APs come up, not in what is written.
 */
import { InputRangeError } from '../../../errors.ts';
import { type Release, releaseAtLeast, releaseText } from '../../../policy/index.ts';
import { DEF_TYPE, type Values } from './registers.ts';
import { cited, inTurn, REPORT, registers, type Step, titled } from './steps.ts';

const CACHEINFO = 'arch/x86/kernel/cpu/cacheinfo.c';
const MTRR_C = 'arch/x86/kernel/cpu/mtrr/mtrr.c';
const GENERIC_C = 'arch/x86/kernel/cpu/mtrr/generic.c';
const TRAMPOLINE = 'arch/x86/realmode/rm/trampoline_64.S';
const SMPBOOT = 'arch/x86/kernel/smpboot.c';

/** What a guest that runs is put down to. */
export const RUNS = 'rest_init(), init/main.c, and what the kernel starts there';

/** What functions are called in a release. */
interface Names {
  /** The boot CPU's turn, early. */
  readonly boot: string;
  /** The turn of all CPUs, once they are up. */
  readonly all: string;
  /** The turn of the boot CPU on the way back from S3. */
  readonly resume: string;
  /** A CPU that comes later. */
  readonly late: string;
  readonly off: string;
  readonly on: string;
}

const SINCE_6_2: Names = {
  boot: `cache_cpu_init(), by cache_bp_init(), ${CACHEINFO}`,
  all: `cache_cpu_init(), by cache_rendezvous_handler(), by cache_aps_init(), ${CACHEINFO}`,
  resume: `cache_cpu_init(), by cache_bp_restore(), ${CACHEINFO}`,
  late: `cache_cpu_init(), by cache_rendezvous_handler(), by cache_ap_online(), ${CACHEINFO}`,
  off: `cache_disable(), ${CACHEINFO}`,
  on: `cache_enable(), ${CACHEINFO}`,
};
const BEFORE_6_2: Names = {
  boot: `mtrr_bp_pat_init(), ${GENERIC_C}`,
  all: `generic_set_all(), by mtrr_rendezvous_handler(), by mtrr_aps_init(), ${MTRR_C}`,
  resume: `generic_set_all(), by mtrr_bp_restore(), ${MTRR_C}`,
  late: `generic_set_all(), by mtrr_rendezvous_handler(), by mtrr_ap_init(), ${MTRR_C}`,
  off: `prepare_set(), ${GENERIC_C}`,
  on: `post_set(), ${GENERIC_C}`,
};

/** The first release whose boot CPU is known to do this. */
export const OLDEST_LINUX: Release = { major: 4, minor: 6, patch: 0 };

/** The first release with `cache_disable()` and what calls it. */
const RENAMED: Release = { major: 6, minor: 2, patch: 0 };
/** The first release with `cpuhp_bringup_cpus_parallel()`. */
const PARALLEL: Release = { major: 6, minor: 5, patch: 0 };

function namesOf(release: Release): Names {
  return releaseAtLeast(release, RENAMED) ? SINCE_6_2 : BEFORE_6_2;
}

/** A CPU switches MTRRs off and on again, and writes what differs meanwhile. */
function turn(vcpu: string, by: string, { off, on }: Names, values: Values = {}): readonly Step[] {
  return [
    ...cited(
      `${off}, by ${by}`,
      `cr0cd: {vcpu: ${vcpu}, on: true}`,
      `wrmsr: {vcpu: ${vcpu}, msr: ${DEF_TYPE}, value: 0}`,
    ),
    ...(Object.keys(values).length > 0
      ? cited(by, `wrmsr: {vcpu: ${vcpu}, msrs: ${registers(values)}}`)
      : []),
    ...cited(
      `${on}, by ${by}`,
      `wrmsr: {vcpu: ${vcpu}, msr: ${DEF_TYPE}, value: 0xc06}`,
      `cr0cd: {vcpu: ${vcpu}, on: false}`,
    ),
  ];
}

/** An AP comes up: the trampoline in low memory, then the kernel. */
function startUp(vcpu: string): readonly Step[] {
  return [
    ...cited(
      `wakeup_secondary_cpu_via_init(), ${SMPBOOT}`,
      `init: {vcpu: ${vcpu}, waits: true, paging: off}`,
      `sipi: {vcpu: ${vcpu}}`,
    ),
    ...cited(`trampoline_start, ${TRAMPOLINE}`, `touch: {vcpu: ${vcpu}, range: 0x98000-0x9dfff}`),
    ...cited(
      `startup_32, ${TRAMPOLINE}`,
      `efer: {vcpu: ${vcpu}, nx: true}`,
      `cr0: {vcpu: ${vcpu}, pg: true, wp: true, cd: false, nw: false}`,
    ),
    ...cited(
      'secondary_startup_64, arch/x86/kernel/head_64.S',
      `touch: {vcpu: ${vcpu}, range: 0x1000000-0x3ffffff}`,
    ),
  ];
}

/** APs come up one after the other. */
export function linuxAps(): readonly Step[] {
  return titled('APs, one after the other.', inTurn('aps', startUp('each')));
}

/**
 * APs come up side by side, as on machines with x2APIC.
 *
 * @throws InputRangeError for a release that cannot
 */
export function linuxApsInParallel(release: Release): readonly Step[] {
  if (!releaseAtLeast(release, PARALLEL)) {
    const text = `linux=${releaseText(release)}: expected ${releaseText(PARALLEL)} or later, which starts APs side by side`;
    throw new InputRangeError('scenario', text);
  }
  return titled('APs, side by side: cpuhp_bringup_cpus_parallel(), kernel/cpu.c.', startUp('aps'));
}

/** All CPUs stop and take their turns, one after the other, as a lock makes them. */
export function linuxRendezvous(release: Release): readonly Step[] {
  const names = namesOf(release);
  return titled(
    'All CPUs in stop_machine(), kernel/stop_machine.c; a lock lets one of them change its registers at a time.',
    inTurn('all', turn('each', names.all, names)),
  );
}

/** What follows once Linux runs on all CPUs. */
export function linuxRuns(): readonly Step[] {
  return [
    ...titled(
      'Linux runs.',
      cited(
        RUNS,
        'touch: {vcpu: all, range: 0x0-0x9ffff}',
        'touch: {vcpu: all, range: 0x100000-0x7fffffff}',
        'touch: {vcpu: all, range: 4G+6G}',
      ),
    ),
    ...REPORT,
  ];
}

/** The boot CPU reads its MTRRs and keeps them. */
export function linuxBootCpu(release: Release): readonly Step[] {
  const names = namesOf(release);
  return titled(
    'Linux on the boot CPU.',
    cited(
      'startup_64, arch/x86/kernel/head_64.S',
      'efer: {vcpu: bsp, nx: true}',
      'cr0: {vcpu: bsp, pg: true, wp: true}',
      'touch: {vcpu: bsp, range: 0x1000000-0x3ffffff}',
    ),
    turn('bsp', names.boot, names),
    cited(
      'memblock_free_all(), mm/memblock.c',
      'touch: {vcpu: bsp, range: 0x100000-0x7fffffff}',
      'touch: {vcpu: bsp, range: 4G+6G}',
    ),
    REPORT,
  );
}

/** From the boot loader to a system that runs. */
export function linux(release: Release, aps: readonly Step[] = linuxAps()): readonly Step[] {
  return [...linuxBootCpu(release), ...aps, ...REPORT, ...linuxRendezvous(release), ...linuxRuns()];
}

/** The way back from S3: the boot CPU, the APs in ascending order without a change, then all of them. */
export function linuxResume(release: Release): readonly Step[] {
  const names = namesOf(release);
  return [
    ...titled(
      'Linux comes back on the boot CPU.',
      cited(
        'wakeup_long64, arch/x86/kernel/acpi/wakeup_64.S',
        'efer: {vcpu: bsp, nx: true}',
        'cr0: {vcpu: bsp, pg: true, wp: true}',
        'touch: {vcpu: bsp, range: 0x1000000-0x3ffffff}',
      ),
      turn('bsp', names.resume, names),
    ),
    ...titled(
      'thaw_secondary_cpus(), kernel/cpu.c: the APs in ascending order.',
      inTurn('aps', startUp('each')),
    ),
    ...REPORT,
    ...linuxRendezvous(release),
    ...linuxRuns(),
  ];
}

/** A CPU that is plugged in: it runs as it came up until its turn, which writes everything. */
export function linuxHotplug(release: Release, vcpu: number, values: Values): readonly Step[] {
  const names = namesOf(release);
  return [
    ...titled(
      'Linux brings the new CPU up; the trampoline sets CR0 as a whole.',
      startUp(String(vcpu)),
      cited(`start_secondary(), ${SMPBOOT}`, `touch: {vcpu: ${vcpu}, range: 0x40000000-0x4fffffff}`),
    ),
    ...REPORT,
    ...turn(String(vcpu), names.late, names, values),
  ];
}

/** A driver adds a variable range: mtrr_add(), on all CPUs. */
export function linuxSetMtrr(release: Release, values: Values): readonly Step[] {
  const names = namesOf(release);
  const by = `generic_set_mtrr(), ${GENERIC_C}, by mtrr_rendezvous_handler(), by mtrr_add_page(), ${MTRR_C}`;
  return titled(
    'mtrr_add_page(): all CPUs in stop_machine(), one after the other.',
    inTurn('all', turn('each', by, names, values)),
  );
}
