/** SeaBIOS on q35: the BSP writes its MTRRs and logs them; each AP replays the log, one after the other. */
import { DEF_TYPE, FIXED_WP_HIGH, NO_RANGES, type Values, variable } from './registers.ts';
import { cited, inTurn, REPORT, registers, type Step, titled } from './steps.ts';

const CODE32 = 'src/romlayout.S';
const SMP = 'src/fw/smp.c';

const HOLE_RANGE = variable(0, '0xc0000000', '0x3fffc0000800');
/** All registers but DEF_TYPE as SeaBIOS leaves them. */
export const SEABIOS_TABLE: Values = { ...FIXED_WP_HIGH, ...NO_RANGES, ...HOLE_RANGE };

const RANGES = registers({ [DEF_TYPE]: '0', ...FIXED_WP_HIGH, ...NO_RANGES });
/** The PCI hole, and MTRRs on. */
const HOLE = registers({ ...HOLE_RANGE, [DEF_TYPE]: '0xc06' });

/** From the reset vector to the boot sector. */
export function seabios(): readonly Step[] {
  return [
    ...titled(
      'SeaBIOS on the BSP: CR0.CD is cleared on the way to 32 bits, MTRRs are written while it is 0.',
      cited(`reset_vector, ${CODE32}`, 'touch: {vcpu: bsp, range: 0xfffc0000-0xffffffff, access: read}'),
      cited(`transition32, ${CODE32}`, 'cr0: {vcpu: bsp, pg: false, cd: false, nw: false}'),
      cited('make_bios_writable(), src/fw/shadow.c', 'touch: {vcpu: bsp, range: 0xc0000-0xfffff}'),
      cited('dopost(), src/post.c', 'touch: {vcpu: bsp, range: 0x0-0x9ffff}'),
      cited(
        `mtrr_setup(), src/fw/mtrr.c, through wrmsr_smp(), ${SMP}`,
        `wrmsr: {vcpu: bsp, msrs: &ranges ${RANGES}}`,
        `wrmsr: {vcpu: bsp, msrs: &hole ${HOLE}}`,
      ),
      cited('maininit(), src/post.c', 'touch: {vcpu: bsp, range: 0x0-0x9ffff}'),
      cited('malloc_init(), src/malloc.c', 'touch: {vcpu: bsp, range: 0x100000-0x7ffffff}'),
      REPORT,
    ),
    ...titled(
      'Its APs: all clear CR0.CD, then one after the other holds SMPLock and replays the log.',
      cited(`smp_scan(), ${SMP}`, 'init: {vcpu: aps, waits: true, paging: off}', 'sipi: {vcpu: aps}'),
      cited(`entry_smp, ${CODE32}`, 'touch: {vcpu: aps, range: 0x10000-0x10fff, access: read}'),
      cited(`transition32_nmi_off, ${CODE32}`, 'cr0: {vcpu: aps, pg: false, cd: false, nw: false}'),
      inTurn(
        'aps',
        cited(
          `handle_smp(), ${SMP}`,
          'wrmsr: {vcpu: each, msrs: *ranges}',
          'wrmsr: {vcpu: each, msrs: *hole}',
        ),
      ),
      REPORT,
    ),
  ];
}
