/**
 * A virtual machine: what its vCPUs share (address width, slots, MMIO, host, DMA, quirks) and, per vCPU, the
 * register writes and switches that KVM reads from ONE vCPU while the EPT is shared by all of them. Plain
 * validated frozen data; vCPUs in an equal state share one object, so that 4,096 of them cost as much as the
 * states that really differ.
 */
import { InputError } from '../errors.ts';
import { type Policy, policy as policyNamed, type Quirk } from '../policy/index.ts';
import type { GfnRange } from '../types.ts';
import { type MsrWrite, type Slot, type SlotInit, type Vcpu, type VcpuInit, vcpu } from './vcpu.ts';

/** Most vCPUs of one VM: KVM's own bound on x86 (`KVM_MAX_VCPUS`). */
export const MAX_VCPUS = 4096;
/** IA32_PAT after reset: WB, WT, UC-, UC, and again (Intel SDM vol. 3A, "Programming the PAT"). */
export const PAT_RESET = 0x0007040600070406n;

const MSR_PAT = 0x277;

/** The host that runs the VM. */
export interface Host {
  readonly vendor: 'intel';
  /** Whether its CPUs have self-snoop. */
  readonly selfSnoop: boolean;
}

/** What a vCPU has for itself. */
export interface VcpuState {
  /** Register writes in the order in which they happen. */
  readonly msrs: readonly MsrWrite[];
  /** IA32_PAT as these writes leave it. */
  readonly pat: bigint;
  /** CR0.CD. */
  readonly cr0cd: boolean;
  /** Whether the guest's CPUID has MTRR. */
  readonly guestHasMtrr: boolean;
  /** Number of variable ranges where it is stated. */
  readonly vcnt: number | undefined;
}

/** A vCPU of a VM. */
export interface VmVcpu {
  readonly id: number;
  readonly name: string;
  /** The same object for every vCPU in an equal state. */
  readonly state: VcpuState;
}

/** A VM. */
export interface Vm {
  readonly name: string;
  readonly maxphyaddr: number;
  readonly slots: readonly Slot[];
  readonly mmio: readonly GfnRange[];
  readonly host: Host;
  readonly noncoherentDma: boolean;
  /** KVM quirks that are on; undefined: those that the policy's kernel enables. */
  readonly quirks: readonly Quirk[] | undefined;
  /** The policy to evaluate under where none is asked for. */
  readonly policy: Policy;
  /** Ascending by id, at least one. */
  readonly vcpus: readonly VmVcpu[];
}

/** A vCPU as {@link vm} takes it. */
export interface VmVcpuInit extends Pick<VcpuInit, 'msrs' | 'vcnt' | 'cr0cd' | 'guestHasMtrr'> {
  /** Default: the position in the list. */
  readonly id?: number;
  /** Default: `vcpuN`. */
  readonly name?: string;
}

/** What {@link vm} takes. Only `maxphyaddr` has no default. */
export interface VmInit {
  readonly name?: string;
  /** Physical address bits of the guest, 32..52. */
  readonly maxphyaddr: number;
  /** Default: one slot over the whole guest space, pfn = gfn. */
  readonly slots?: readonly SlotInit[];
  readonly mmio?: readonly GfnRange[];
  readonly selfSnoop?: boolean;
  readonly noncoherentDma?: boolean;
  readonly quirks?: readonly Quirk[];
  /** Default: `sdm`. */
  readonly policy?: Policy;
  /** Default: one vCPU with every MSR at reset. */
  readonly vcpus?: readonly VmVcpuInit[];
}

/** vCPUs in one and the same state. */
export interface VcpuGroup {
  readonly state: VcpuState;
  /** Positions in {@link Vm.vcpus}, ascending. */
  readonly indexes: readonly number[];
}

const flattened = new WeakMap<Vm, Map<VcpuState, Vcpu>>();

function stateKey(init: VmVcpuInit, msrs: readonly MsrWrite[]): string {
  const writes = msrs.map(({ msr, value }) => `${msr.toString(16)}=${value.toString(16)}`).join(' ');
  return `${init.vcnt ?? ''}|${init.cr0cd ?? false}|${init.guestHasMtrr ?? true}|${writes}`;
}

/** Whether two inits share their list of writes; 4,096 vCPUs of one group are then read once. */
function isSameInit(a: VmVcpuInit, b: VmVcpuInit): boolean {
  return (
    Array.isArray(a.msrs) &&
    a.msrs === b.msrs &&
    a.vcnt === b.vcnt &&
    a.cr0cd === b.cr0cd &&
    a.guestHasMtrr === b.guestHasMtrr
  );
}

function patAfter(msrs: readonly MsrWrite[]): bigint {
  return msrs.findLast((write) => write.msr === MSR_PAT)?.value ?? PAT_RESET;
}

/**
 * Validates and freezes a VM. Register values are not judged here: an engine does, when it opens a vCPU.
 *
 * @param init - see {@link VmInit}
 * @returns the VM, its vCPUs ascending by id
 * @throws {@link InputError} with the path of the first value that does not fit; paths of a vCPU's own values
 * start with `vcpus.INDEX`
 * @example
 * const guest = vm({ maxphyaddr: 46, vcpus: [{ msrs: { 0x2ff: 0x806n } }, { cr0cd: true }] });
 * vcpuOf(guest, 1).cr0cd; // true
 */
export function vm(init: VmInit): Vm {
  const shared = vcpu({
    maxphyaddr: init.maxphyaddr,
    ...(init.slots && { slots: init.slots }),
    ...(init.mmio && { mmio: init.mmio }),
    ...(init.quirks && { quirks: init.quirks }),
    ...(init.selfSnoop !== undefined && { selfSnoop: init.selfSnoop }),
    ...(init.noncoherentDma !== undefined && { noncoherentDma: init.noncoherentDma }),
  });
  const inits = init.vcpus ?? [{}];
  if (inits.length < 1 || inits.length > MAX_VCPUS) {
    throw new InputError('vcpus', `expected 1..${MAX_VCPUS} vCPUs, got ${inits.length}`);
  }
  const states = new Map<string, VcpuState>();
  const views = new Map<VcpuState, Vcpu>();
  const ids = new Set<number>();
  let last: { readonly init: VmVcpuInit; readonly state: VcpuState } | undefined;
  const vcpus = inits.map((one, index): VmVcpu => {
    const id = one.id ?? index;
    if (!Number.isInteger(id) || id < 0 || id > 0xffffffff) {
      throw new InputError(`vcpus.${index}.id`, `expected an integer 0..2^32-1, got ${String(id)}`);
    }
    if (ids.has(id)) throw new InputError(`vcpus.${index}.id`, `vCPU ${id} is given twice`);
    ids.add(id);
    const state =
      last && isSameInit(last.init, one) ? last.state : stateOf(one, index, shared, states, views);
    last = { init: one, state };
    return Object.freeze({ id, name: one.name ?? `vcpu${id}`, state });
  });
  const made: Vm = Object.freeze({
    name: init.name ?? 'vm',
    maxphyaddr: shared.maxphyaddr,
    slots: shared.slots,
    mmio: shared.mmio,
    host: Object.freeze({ vendor: 'intel', selfSnoop: shared.selfSnoop } as const),
    noncoherentDma: shared.noncoherentDma,
    quirks: shared.quirks,
    policy: init.policy ?? policyNamed('sdm'),
    vcpus: Object.freeze(vcpus.sort((a, b) => a.id - b.id)),
  });
  flattened.set(made, views);
  return made;
}

function stateOf(
  init: VmVcpuInit,
  index: number,
  shared: Vcpu,
  states: Map<string, VcpuState>,
  views: Map<VcpuState, Vcpu>,
): VcpuState {
  let own: Vcpu;
  try {
    own = vcpu({
      maxphyaddr: shared.maxphyaddr,
      slots: [],
      ...(init.msrs && { msrs: init.msrs }),
      ...(init.vcnt !== undefined && { vcnt: init.vcnt }),
      ...(init.cr0cd !== undefined && { cr0cd: init.cr0cd }),
      ...(init.guestHasMtrr !== undefined && { guestHasMtrr: init.guestHasMtrr }),
    });
  } catch (error) {
    if (error instanceof InputError) throw new InputError(`vcpus.${index}.${error.path}`, error.message);
    throw error;
  }
  const key = stateKey(init, own.msrs);
  const known = states.get(key);
  if (known) return known;
  const { msrs, cr0cd, guestHasMtrr, vcnt } = own;
  const state: VcpuState = Object.freeze({ msrs, pat: patAfter(msrs), cr0cd, guestHasMtrr, vcnt });
  states.set(key, state);
  views.set(state, Object.freeze({ ...shared, msrs, cr0cd, guestHasMtrr, vcnt }));
  return state;
}

/**
 * One vCPU with the VM around it, as an engine reads it.
 *
 * @param vm - what `vm()`, `preset()` or `parseConfig()` made
 * @param index - position in `vm.vcpus`, not an id
 * @returns the view; the same object for vCPUs in an equal state
 * @throws {@link InputError} with path `vcpu` where there is no such vCPU
 * @example
 * vcpuOf(preset('ovmf-q35'), 0).maxphyaddr; // 46
 */
export function vcpuOf(vm: Vm, index: number): Vcpu {
  const one = vm.vcpus[index];
  if (!one) throw new InputError('vcpu', `expected a vCPU 0..${vm.vcpus.length - 1}, got ${index}`);
  const view = flattened.get(vm)?.get(one.state);
  if (!view) throw new InputError('vcpu', 'expected a VM made by vm()');
  return view;
}

/**
 * The vCPUs of a VM by state: two vCPUs are in one group if the same writes happen in the same order and
 * their switches are equal.
 *
 * @param vm - the VM
 * @returns groups in the order of their first vCPU
 * @example
 * vcpuGroups(preset('ovmf-q35')).length; // 1
 */
export function vcpuGroups(vm: Vm): readonly VcpuGroup[] {
  const groups = new Map<VcpuState, number[]>();
  vm.vcpus.forEach((one, index) => {
    const members = groups.get(one.state);
    if (members) members.push(index);
    else groups.set(one.state, [index]);
  });
  return [...groups].map(([state, indexes]) => ({ state, indexes }));
}
