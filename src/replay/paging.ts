/** What of a vCPU's CR0 and EFER can decide its root: paging, CR0.WP, EFER.NX; and what SMM puts aside of them. */
import type { ReplayEvent } from './event.ts';

/** See the head of the file. */
export interface Paging {
  readonly pg: boolean;
  readonly wp: boolean;
  readonly nx: boolean;
  /** In SMM: as it was before, with CR0.CD. */
  readonly saved?: Paging & { readonly cd: boolean };
}

/** As RESET leaves it. */
export const PAGING_OFF: Paging = Object.freeze({ pg: false, wp: false, nx: false });
/** As a running operating system has it. */
export const PAGING_ON: Paging = Object.freeze({ pg: true, wp: true, nx: true });

/** Whether KVM resets the MMU of a vCPU that goes from one to the other. */
export function differs(a: Paging, b: Paging): boolean {
  return a.pg !== b.pg || a.wp !== b.wp || a.nx !== b.nx;
}

/** EFER.NX and CR0.WP as the role holds them: where paging is on (KVM up to 5.18). */
export function pagingRole({ pg, wp, nx }: Paging): string {
  return pg ? `${wp ? 'w' : ''}${nx ? 'x' : ''}` : '';
}

/**
 * Paging after an event of that vCPU.
 *
 * @param cd - its CR0.CD before
 */
export function pagingAfter(before: Paging, event: ReplayEvent, cd: boolean): Paging {
  switch (event.kind) {
    case 'cr0':
      return { ...before, pg: event.pg ?? before.pg, wp: event.wp ?? before.wp };
    case 'efer':
      return { ...before, nx: event.nx };
    case 'smi':
      return { ...before, pg: false, nx: false, saved: { ...before, cd } };
    case 'rsm':
      return before.saved ? { pg: before.saved.pg, wp: before.saved.wp, nx: before.saved.nx } : before;
    case 'reset':
    case 'init': {
      if (event.paging === 'off') return PAGING_OFF;
      const { pg, wp, nx } = before.saved ?? before;
      return { pg, wp, nx };
    }
    default:
      return before;
  }
}
