/** Saved states of a VM as VMMs write them, from the registers of each vCPU. */
import { FIXED_MSRS, MSR_DEF_TYPE, MSR_MTRRCAP, MSR_PAT, physBase, physMask } from '../../src/msr/index.ts';

/** Registers of one vCPU; what is left out holds 0. CR0 stands beside them, where a state holds it. */
export type Registers = Readonly<Record<number, bigint>> & { readonly cr0?: bigint };

/** A guest of 40 address bits: RAM below 3 GiB and above 4 GiB WB, the hole UC, Linux's PAT. */
export const SAVED: Registers = {
  ...Object.fromEntries(FIXED_MSRS.map((msr) => [msr, 0x0606060606060606n])),
  [physBase(0)]: 0xc0000000n,
  [physMask(0)]: 0xffc0000800n,
  [physBase(1)]: 0x8000000000n,
  [physMask(1)]: 0x8000000800n,
  [MSR_PAT]: 0x407050600070106n,
  [MSR_DEF_TYPE]: 0xc06n,
};

const INDEXES = [0, 1, 2, 3, 4, 5, 6, 7];
const wide = (value: bigint) => `0x${value.toString(16).padStart(16, '0')}`;

/** What `analyze-migration.py` prints of a QEMU migration stream. */
export function qemu(vcpus: readonly Registers[]): string {
  const of = (state: Registers) => ({
    'env.mtrr_fixed': FIXED_MSRS.map((msr) => wide(state[msr] ?? 0n)),
    'env.mtrr_deftype': wide(state[MSR_DEF_TYPE] ?? 0n),
    'env.mtrr_var': INDEXES.map((index) => ({
      base: wide(state[physBase(index)] ?? 0n),
      mask: wide(state[physMask(index)] ?? 0n),
    })),
    ...(state.cr0 !== undefined && { 'env.cr[0]': wide(state.cr0) }),
    'env.pat': wide(state[MSR_PAT] ?? 0n),
  });
  return JSON.stringify(Object.fromEntries(vcpus.map((state, id) => [`cpu (${id})`, of(state)])), null, 1);
}

const entriesOf = (state: Registers) =>
  Object.entries(state).flatMap(([index, data]) =>
    index === 'cr0' ? [] : { index: Number(index), reserved: 0, data: `${data}` },
  );
/** `struct kvm_sregs`, as far as CR0. */
const sregsOf = ({ cr0 }: Registers) => (cr0 === undefined ? {} : { sregs: { cr0: Number(cr0), cr2: 0 } });
/** JSON whose values of 64 bits are numbers, as serde writes them. */
const serde = (state: unknown) => JSON.stringify(state).replace(/"data":"(\d+)"/g, '"data":$1');

/** `state.json` of a Cloud Hypervisor snapshot: each vCPU's state is JSON within a string. */
export function cloudHypervisor(vcpus: readonly Registers[]): string {
  const of = (state: Registers) => ({
    snapshot_data: { state: serde({ saved_state: { Kvm: { msrs: entriesOf(state), ...sregsOf(state) } } }) },
  });
  const snapshots = Object.fromEntries(vcpus.map((state, id) => [id, of(state)]));
  return JSON.stringify({ id: 'vmm', snapshots: { vm: { snapshots: { 'cpu-manager': { snapshots } } } } });
}

/** Firecracker's `MicrovmState` as serde writes it to JSON: `saved_msrs` are header and entries in turn. */
export function firecracker(vcpus: readonly Registers[]): string {
  const of = (state: Registers) => {
    const entries = entriesOf(state);
    return {
      saved_msrs: [[{ nmsrs: entries.length, pad: 0, entries: [] }, entries]],
      tsc_khz: 2400000,
      ...sregsOf(state),
    };
  };
  return serde({ vm_info: { mem_size_mib: 1024 }, vcpu_states: vcpus.map(of) });
}

/** What `xen-hvmctx` prints. */
export function xen(vcpus: readonly Registers[]): string {
  const of = (state: Registers, id: number) => [
    `Entry ${id + 1}: type 14 instance ${id}, length 328`,
    `    MTRR: PAT 0x${(state[MSR_PAT] ?? 0n).toString(16)}, cap 0x${(state[MSR_MTRRCAP] ?? 0x508n).toString(16)}, default 0x${(state[MSR_DEF_TYPE] ?? 0n).toString(16)}`,
    ...INDEXES.map(
      (index) =>
        `          var ${index} ${wide(state[physBase(index)] ?? 0n)} ${wide(state[physMask(index)] ?? 0n)}`,
    ),
    ...FIXED_MSRS.map(
      (msr, index) => `          fixed ${String(index).padStart(2, '0')} ${wide(state[msr] ?? 0n)}`,
    ),
  ];
  const cpu = ({ cr0 }: Registers, id: number) =>
    cr0 === undefined
      ? []
      : [
          `Entry ${100 + id}: type 2 instance ${id}, length 1024`,
          `    CPU:    rax ${wide(0n)}     rbx ${wide(0n)}`,
          `            cr0 ${wide(cr0)}     cr2 ${wide(0n)}`,
        ];
  return ['HVM save record for domain 7', ...vcpus.flatMap(cpu), ...vcpus.flatMap(of)]
    .join('\n')
    .concat('\n');
}
