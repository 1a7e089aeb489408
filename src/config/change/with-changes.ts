/** What if a VM were different: a VM with values changed by their config paths. */
import { requireObject } from '../../arguments.ts';
import type { CustomPolicy, Policy, Quirk, Vendor } from '../../policy/index.ts';
import { type Confidential, requireVm, type Vm, type VmInit, vm as vmOf } from '../../vm/index.ts';
import { parseQuantity, parseQuirk } from '../values.ts';
import { policyOf } from '../vm/compile.ts';
import type { PolicyInput, StateInput } from '../vm/input.ts';
import { hostRegisters } from '../vm/registers.ts';
import { changedMemory } from './memory.ts';
import { refuse } from './state.ts';
import { type Branch, changeTree } from './tree.ts';
import { changedVcpus } from './vcpus.ts';

/** Values by config path: `{ noncoherentDma: true, 'mtrr.variable[1].valid': false, host: { selfSnoop: false } }`. */
export type Changes = Readonly<Record<string, unknown>>;

function changedPolicy(vm: Vm, tree: Branch): Policy {
  const whole = tree.value('policy');
  if (typeof whole === 'string') return policyOf(whole, refuse) as Policy;
  if (whole !== undefined) return whole as Policy;
  const parts = tree.branch('policy');
  if (!parts) return vm.policy;
  const flags = parts.branch('flags')?.values() as CustomPolicy['flags'] as PolicyInput['flags'];
  const input: PolicyInput = { base: vm.policy.name, ...parts.values(), ...(flags && { flags }) };
  return policyOf(input, refuse) as Policy;
}

function changedQuirks(vm: Vm, tree: Branch): readonly Quirk[] | undefined {
  const whole = tree.value('quirks') as readonly unknown[] | undefined;
  const read = (value: unknown) => parseQuirk(value) as Quirk;
  if (whole) return whole.map(read);
  const changes = tree.branch('quirks');
  if (!changes) return vm.quirks;
  const quirks = [...(vm.quirks ?? [])];
  for (const [position, quirk] of changes.positions()) {
    if (position > quirks.length) refuse(['quirks', position], `expected a position 0..${quirks.length}`);
    quirks[position] = read(quirk);
  }
  return quirks;
}

function confidentialOf(vm: Vm, changed: Confidential | undefined): Pick<VmInit, 'confidential'> {
  const kind = changed ?? vm.confidential;
  return kind ? { confidential: kind } : {};
}

function changedHost({ host }: Vm, tree: Branch): Pick<VmInit, 'vendor' | 'selfSnoop' | 'hostMsrs'> {
  const own = tree.branch('host')?.values() ?? {};
  const changes = tree.branch('hostMsrs')?.values() as StateInput['msrs'] | undefined;
  const given = changes && hostRegisters(changes, refuse);
  const before = host.msrs?.map(({ msr, value }) => [msr, value] as const);
  const after = new Map([
    ...(before ?? []),
    ...[...(given ?? [])].map(([msr, { value }]) => [msr, value] as const),
  ]);
  return {
    vendor: (own.vendor as Vendor | undefined) ?? host.vendor,
    selfSnoop: (own.selfSnoop as boolean | undefined) ?? host.selfSnoop,
    ...((before || given) && { hostMsrs: [...after] }),
  };
}

/**
 * A VM that differs from another one in what is said. Paths are those of a config, and address what the VM has:
 * `vcpus[N]` is `vm.vcpus[N]`, `slots[N]` and `mmio[N]` are the N-th by address, `mtrr.variable[N]` is register pair N.
 * A state at the top (`cr0cd`, `msrs.0x2ff`, `mtrr.default`) changes for all vCPUs. A map is read as further paths; a
 * list is taken as a whole, but for lists of registers, which change those that they name.
 *
 * With another `maxphyaddr`, variable ranges keep their size and the slot over the whole space keeps covering it.
 *
 * @param vm - what `preset()`, `parseConfig()` or `vm()` made; it stays as it is
 * @param changes - values by path, as a config would say them
 * @returns another VM, checked as every VM is
 * @throws InputTypeError for an unknown path and a value of the wrong kind, InputRangeError for a value
 * that cannot be; both with the path and what may have been meant
 * @example
 * withChanges(preset('precision-t3600'), { noncoherentDma: true, 'vcpus[1].cr0cd': true }).noncoherentDma; // true
 */
export function withChanges(vm: Vm, changes: Changes): Vm {
  requireVm(vm);
  return preparedChanges(changes)(vm);
}

/**
 * {@link withChanges} for many VMs: the changes are read once.
 *
 * @param changes - values by path, as a config would say them
 * @returns what changes a VM
 * @throws as {@link withChanges}: for paths and values at once, for what a VM does not have when it is changed
 * @example
 * const withDma = preparedChanges({ noncoherentDma: true });
 * withDma(preset('ovmf-q35')).noncoherentDma; // true
 */
export function preparedChanges(changes: Changes): (vm: Vm) => Vm {
  requireObject('changes', changes, 'an object such as { noncoherentDma: true }');
  const tree = changeTree(changes);
  return (vm) => changedVm(vm, tree);
}

function changedVm(vm: Vm, tree: Branch): Vm {
  const width = tree.value('maxphyaddr');
  const maxphyaddr = width === undefined ? vm.maxphyaddr : Number(parseQuantity(width));
  const { slots, mmio } = changedMemory(vm, tree, maxphyaddr);
  const quirks = changedQuirks(vm, tree);
  const own = tree.values();
  return vmOf({
    name: (own.name as string | undefined) ?? vm.name,
    maxphyaddr,
    ...(slots && { slots }),
    mmio,
    ...changedHost(vm, tree),
    noncoherentDma: (own.noncoherentDma as boolean | undefined) ?? vm.noncoherentDma,
    ...(quirks && { quirks }),
    ...confidentialOf(vm, own.confidential as Confidential | undefined),
    policy: changedPolicy(vm, tree),
    vcpus: changedVcpus(vm, tree, maxphyaddr),
  });
}
