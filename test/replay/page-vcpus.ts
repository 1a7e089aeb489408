/** The vCPUs of the second replay: registers, paging, SMM, nested guests, and whether they run. */
import type { Vm } from '../../src/index.ts';
import type { ReplayEvent, StartState } from '../../src/replay/index.ts';

/** A vCPU. */
export interface PageCpu {
  readonly id: number;
  readonly guestHasMtrr: boolean;
  msrs: Map<number, bigint>;
  cd: boolean;
  pg: boolean;
  wp: boolean;
  nx: boolean;
  /** CR0 and EFER as they were before SMM; undefined outside. */
  saved: { cd: boolean; pg: boolean; wp: boolean; nx: boolean } | undefined;
  nested: boolean;
  waits: boolean;
  stopped: boolean;
}

/** The vCPUs as they are before the first event. */
export function cpusOf(vm: Vm, { waiting = [], paging = true }: StartState): Map<number, PageCpu> {
  return new Map(
    vm.vcpus.map(({ id, state }) => [
      id,
      {
        id,
        guestHasMtrr: state.guestHasMtrr,
        msrs: new Map(state.msrs.map(({ msr, value }) => [msr, value])),
        cd: state.cr0cd,
        pg: paging,
        wp: paging,
        nx: paging,
        saved: undefined,
        nested: false,
        waits: waiting.includes(id),
        stopped: false,
      },
    ]),
  );
}

/** One that is plugged in. */
export function pluggedIn(id: number, guestHasMtrr: boolean, waits: boolean): PageCpu {
  const off = { cd: true, pg: false, wp: false, nx: false, saved: undefined };
  return { id, guestHasMtrr, msrs: new Map(), ...off, nested: false, waits, stopped: false };
}

/** What an event of a vCPU does to it, its MTRRs aside. */
export interface CpuChange {
  /** Whether it gives its root up. */
  readonly unloads: boolean;
  /** Whether CR0.CD was written where a change of it is looked at. */
  readonly passesCr0: boolean;
}

/**
 * The sources' behaviour, an event at a time: KVM resets the MMU where paging, WP or NX change, for SMM, for a reset,
 * and where KVM_SET_SREGS changes any of CR0.
 */
export function changeCpu(cpu: PageCpu, event: ReplayEvent): CpuChange {
  const before = { cd: cpu.cd, pg: cpu.pg, wp: cpu.wp, nx: cpu.nx };
  const isByVmm = 'by' in event && event.by === 'vmm';
  let isReset = false;
  switch (event.kind) {
    case 'cr0cd':
      cpu.cd = event.on;
      break;
    case 'cr0':
      if (event.cd !== undefined) cpu.cd = event.cd;
      if (event.pg !== undefined) cpu.pg = event.pg;
      if (event.wp !== undefined) cpu.wp = event.wp;
      break;
    case 'efer':
      cpu.nx = event.nx;
      break;
    case 'smi':
      cpu.saved = before;
      cpu.pg = false;
      cpu.nx = false;
      cpu.nested = false;
      return { unloads: true, passesCr0: false };
    case 'rsm':
      Object.assign(cpu, cpu.saved);
      cpu.saved = undefined;
      return { unloads: true, passesCr0: true };
    case 'nested':
      cpu.nested = event.on;
      break;
    case 'sipi':
      cpu.waits = false;
      break;
    case 'stop':
    case 'start':
      cpu.stopped = event.kind === 'stop';
      break;
    case 'reset':
    case 'init': {
      isReset = true;
      const { pg, wp, nx } = cpu.saved ?? cpu;
      Object.assign(cpu, event.paging === 'off' ? { pg: false, wp: false, nx: false } : { pg, wp, nx });
      if (event.kind === 'reset') cpu.cd = true;
      cpu.saved = undefined;
      cpu.nested = false;
      cpu.waits = event.waits ?? false;
      break;
    }
    default:
      break;
  }
  const pages = before.pg !== cpu.pg || before.wp !== cpu.wp || before.nx !== cpu.nx;
  return {
    unloads: isReset || pages || (isByVmm && before.cd !== cpu.cd),
    passesCr0: (event.kind === 'cr0cd' || event.kind === 'cr0') && !isByVmm,
  };
}

/** Whether it can fault. */
export function runs({ waits, stopped }: PageCpu): boolean {
  return !waits && !stopped;
}

/** What names the root of a vCPU: SMM and nested guests have their own; up to 5.18 WP and NX count under paging. */
export function roleOf(cpu: PageCpu, hasPagingInRole: boolean): string {
  if (cpu.nested) return 'nested';
  const paging = hasPagingInRole && cpu.pg ? `wp ${cpu.wp} nx ${cpu.nx}` : 'wp false nx false';
  return `${cpu.saved ? 'smm ' : ''}${hasPagingInRole ? paging : ''}`;
}
