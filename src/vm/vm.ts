/**
 * A virtual machine: what its vCPUs share (address width, slots, MMIO, host, DMA, quirks) and, per vCPU, the
 * register writes and switches that KVM reads from ONE vCPU while the EPT is shared by all of them. Plain
 * validated frozen data; vCPUs in an equal state share one object, so that 4,096 of them cost as much as the
 * states that really differ.
 */
import {
  requireArray,
  requireInteger,
  requireKeys,
  requireText,
  wrongKind,
  wrongValue,
} from '../arguments.ts';
import { InputError, InputRangeError, inputErrorWithin } from '../errors.ts';
import { MSR_PAT, PAT_RESET } from '../msr/index.ts';
import {
  type Policy,
  policy as policyNamed,
  type Quirk,
  requirePolicy,
  type Vendor,
} from '../policy/index.ts';
import type { GfnRange } from '../types.ts';
import type { Confidential } from './confidential.ts';
import { type MsrWrite, type Slot, type SlotInit, type Vcpu, type VcpuInit, vcpu } from './vcpu.ts';

/** Most vCPUs of one VM: KVM's own bound on x86 (`KVM_MAX_VCPUS`). */
export const MAX_VCPUS = 4096;

/** The host that runs the VM. */
export interface Host {
  /** Maker of its CPUs. */
  readonly vendor: Vendor;
  /** Whether its CPUs have self-snoop. */
  readonly selfSnoop: boolean;
  /** Its own MTRRs; undefined where they are not stated. */
  readonly msrs: readonly MsrWrite[] | undefined;
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
  /** Of a confidential VM: its kind. */
  readonly confidential?: Confidential;
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
  /** Maker of the host's CPUs. Default `intel`. */
  readonly vendor?: Vendor;
  /** The host's own MTRRs, read where it is AMD. Default: not stated. */
  readonly hostMsrs?: VcpuInit['msrs'];
  readonly noncoherentDma?: boolean;
  readonly quirks?: readonly Quirk[];
  /** Whether it is a confidential VM, and of which kind. Default: it is none. */
  readonly confidential?: Confidential;
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

const VM_KEYS: readonly string[] = [
  'name',
  'maxphyaddr',
  'slots',
  'mmio',
  'selfSnoop',
  'vendor',
  'hostMsrs',
  'noncoherentDma',
  'quirks',
  'confidential',
  'policy',
  'vcpus',
];
const VM_VCPU_KEYS: readonly string[] = ['id', 'name', 'msrs', 'vcnt', 'cr0cd', 'guestHasMtrr'];

const flattened = new WeakMap<Vm, ReadonlyMap<VcpuState, Vcpu>>();

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
 * @throws {@link InputTypeError} for an unknown key or a value of the wrong kind, {@link InputRangeError} for one that
 * does not fit, with the path of the first; paths of a vCPU's own values start with `vcpus.INDEX`
 * @example
 * const guest = vm({ maxphyaddr: 46, vcpus: [{ msrs: { 0x2ff: 0x806n } }, { cr0cd: true }] });
 * vcpuOf(guest, 1).cr0cd; // true
 */
export function vm(init: VmInit): Vm {
  requireKeys('', init, VM_KEYS, 'a VM such as { maxphyaddr: 46 }', keyHint(init));
  const shared = vcpu({
    maxphyaddr: init.maxphyaddr,
    ...(init.slots !== undefined && { slots: init.slots }),
    ...(init.mmio !== undefined && { mmio: init.mmio }),
    ...(init.quirks !== undefined && { quirks: init.quirks }),
    ...(init.confidential !== undefined && { confidential: init.confidential }),
    ...(init.selfSnoop !== undefined && { selfSnoop: init.selfSnoop }),
    ...(init.vendor !== undefined && { vendor: init.vendor }),
    ...(init.hostMsrs !== undefined && { hostMsrs: init.hostMsrs }),
    ...(init.noncoherentDma !== undefined && { noncoherentDma: init.noncoherentDma }),
  });
  const inits = requireArray('vcpus', init.vcpus ?? [{}], 'an array of vCPUs');
  if (inits.length < 1 || inits.length > MAX_VCPUS) {
    throw new InputRangeError('vcpus', `expected 1..${MAX_VCPUS} vCPUs, got ${inits.length}`);
  }
  const name = init.name === undefined ? 'vm' : requireText('name', init.name);
  const policy = init.policy === undefined ? policyNamed('sdm') : requirePolicy('policy', init.policy);
  const states = new Map<string, VcpuState>();
  const views = new Map<VcpuState, Vcpu>();
  const ids = new Set<number>();
  let last: { readonly init: VmVcpuInit; readonly state: VcpuState } | undefined;
  const vcpus = inits.map((one, index): VmVcpu => {
    const path = `vcpus.${index}`;
    requireKeys(path, one, VM_VCPU_KEYS, 'a vCPU such as { cr0cd: true }', keyHint(init));
    const id = requireInteger(`${path}.id`, one.id ?? index, 0, 0xffffffff);
    if (ids.has(id)) throw new InputRangeError(`${path}.id`, `vCPU ${id} is given twice`);
    ids.add(id);
    const state =
      last && isSameInit(last.init, one) ? last.state : stateOf(one, index, shared, states, views);
    last = { init: one, state };
    const own = one.name === undefined ? `vcpu${id}` : requireText(`${path}.name`, one.name);
    return Object.freeze({ id, name: own, state });
  });
  const made: Vm = Object.freeze({
    name,
    maxphyaddr: shared.maxphyaddr,
    slots: shared.slots,
    mmio: shared.mmio,
    host: Object.freeze({ vendor: shared.vendor, selfSnoop: shared.selfSnoop, msrs: shared.hostMsrs }),
    noncoherentDma: shared.noncoherentDma,
    quirks: shared.quirks,
    ...(shared.confidential && { confidential: shared.confidential }),
    policy,
    vcpus: Object.freeze(vcpus.sort((a, b) => a.id - b.id)),
  });
  flattened.set(made, views);
  return made;
}

/** What to say of a key that {@link vm} does not know. */
function keyHint(init: VmInit): (key: string) => string | undefined {
  return (key) => {
    const [first]: readonly unknown[] = Array.isArray(init.vcpus) ? init.vcpus : [];
    const isCompiled = typeof first === 'object' && first !== null && 'state' in first;
    if (isCompiled) return 'this is a VM already: withChanges(vm, { ... }) of eptsweep/config changes one';
    return key === 'host' ? 'did you mean "selfSnoop" or "vendor"?' : undefined;
  };
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
      ...(init.msrs !== undefined && { msrs: init.msrs }),
      ...(init.vcnt !== undefined && { vcnt: init.vcnt }),
      ...(init.cr0cd !== undefined && { cr0cd: init.cr0cd }),
      ...(init.guestHasMtrr !== undefined && { guestHasMtrr: init.guestHasMtrr }),
    });
  } catch (error) {
    if (error instanceof InputError) throw inputErrorWithin(`vcpus.${index}`, error);
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
 * @throws {@link InputRangeError} with path `vcpu` where there is no such vCPU, {@link InputTypeError} with path `vm`
 * for what is no VM
 * @example
 * vcpuOf(preset('ovmf-q35'), 0).maxphyaddr; // 46
 */
export function vcpuOf(vm: Vm, index: number): Vcpu {
  const views = viewsOf(vm);
  if (typeof index !== 'number') throw wrongKind('vcpu', 'a position in vm.vcpus', index);
  const one = vm.vcpus[index];
  const view = one && views.get(one.state);
  if (!view) throw wrongValue('vcpu', `a vCPU 0..${vm.vcpus.length - 1}`, index);
  return view;
}

/**
 * A VM with some of its vCPUs.
 *
 * @param vm - the VM
 * @param indexes - positions in `vm.vcpus`, ascending
 * @example
 * withVcpus(preset('ovmf-q35'), [0, 1]).vcpus.length; // 2
 */
export function withVcpus(vm: Vm, indexes: readonly number[]): Vm {
  const made = Object.freeze({ ...vm, vcpus: Object.freeze(indexes.map((index) => vm.vcpus[index]!)) });
  flattened.set(made, viewsOf(vm));
  return made;
}

/** @throws {@link InputTypeError} with path `vm` */
function viewsOf(vm: Vm): ReadonlyMap<VcpuState, Vcpu> {
  const views = typeof vm === 'object' && vm !== null ? flattened.get(vm) : undefined;
  if (views) return views;
  throw wrongKind('vm', 'a VM made by vm(), preset() or parseConfig()', vm);
}

/**
 * Refuses what is no VM.
 *
 * @throws {@link InputTypeError} with path `vm`
 */
export function requireVm(vm: Vm): void {
  viewsOf(vm);
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
