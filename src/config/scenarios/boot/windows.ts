/**
 * Windows as a guest, as far as public sources say: names of functions from Microsoft's public symbols, their order
 * from published disassembly. All CPUs change their registers at once, in lock step, and write all of them.
 */
import { DEF_TYPE, type Values } from './registers.ts';
import { cited, REPORT, registers, type Step, titled } from './steps.ts';

const LOAD = 'KeLoadMTRR(), ntoskrnl.exe';

/** From the boot loader to a system that runs. */
export function windows(values: Values): readonly Step[] {
  return [
    ...titled(
      'Windows: the boot CPU alone, then the others; no MTRR is written meanwhile.',
      cited(
        'KiSystemStartup(), ntoskrnl.exe',
        'efer: {vcpu: bsp, nx: true}',
        'cr0: {vcpu: bsp, pg: true, wp: true}',
        'touch: {vcpu: bsp, range: 0x100000-0x7fffffff}',
      ),
      cited(
        'HalStartNextProcessor(), ntoskrnl.exe',
        'init: {vcpu: aps, waits: true, paging: off}',
        'sipi: {vcpu: aps}',
        'touch: {vcpu: aps, range: 0x1000-0x1fff}',
        'efer: {vcpu: aps, nx: true}',
        'cr0: {vcpu: aps, pg: true, wp: true, cd: false}',
      ),
      cited('KiInitializeKernel(), ntoskrnl.exe', 'touch: {vcpu: aps, range: 0x1000000-0x3ffffff}'),
      REPORT,
    ),
    ...titled(
      'KeRestoreMtrrBroadcast(), called by KiInitializeMTRR(): all CPUs in lock step.',
      cited(
        LOAD,
        'cr0cd: {vcpu: all, on: true}',
        `wrmsr: {vcpu: all, msr: ${DEF_TYPE}, value: 0x406}`,
        `wrmsr: {vcpu: all, msrs: ${registers(values)}}`,
        `wrmsr: {vcpu: all, msr: ${DEF_TYPE}, value: 0xc06}`,
        'cr0cd: {vcpu: all, on: false}',
      ),
    ),
    ...titled(
      'Windows runs.',
      cited(
        'KiIdleLoop(), ntoskrnl.exe, and what the kernel has started',
        'touch: {vcpu: all, range: 0x0-0x9ffff}',
        'touch: {vcpu: all, range: 0x100000-0x7fffffff}',
        'touch: {vcpu: all, range: 4G+6G}',
      ),
    ),
    ...REPORT,
  ];
}
