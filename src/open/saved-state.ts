/** The registers that a saved state of a VM holds, vCPU by vCPU. */
import type { SavedCacheDisable, SavedVcpus } from '../diff/index.ts';
import { registerValues } from '../vm/index.ts';
import type { OpenedConfig } from './opened-config.ts';

/** Formats in which VMMs write a VM's state. */
const STATE_FORMATS: readonly string[] = ['qemu-migration', 'kvm-msrs', 'xen-hvmctx'];

/**
 * Whether what was opened is a VM's saved state, and not a machine's registers or a description.
 *
 * @param opened - a dump, a config or a preset
 */
export function isSavedState({ facts }: OpenedConfig): boolean {
  return (
    facts !== undefined &&
    facts.cpus.size > 0 &&
    facts.recognised.every(({ format }) => STATE_FORMATS.includes(format))
  );
}

/**
 * The registers of each vCPU: of a dump those that it holds, of a config those that it writes.
 *
 * @param opened - a dump, a config or a preset
 * @returns values by MSR number, by the vCPU's id
 */
export function savedVcpus({ vm, facts }: OpenedConfig): SavedVcpus {
  return new Map(
    vm.vcpus.map(({ id, state }) => {
      if (!facts) return [id, registerValues(state)];
      const stated = [...facts.registers.values(), ...(facts.cpus.get(id)?.registers.values() ?? [])];
      return [id, new Map(stated.map(({ msr, value }) => [msr, value]))];
    }),
  );
}

/**
 * CR0.CD of each vCPU whose state says it: a dump where it holds CR0, a config always.
 *
 * @param opened - a dump, a config or a preset
 * @returns whether it is set, by the vCPU's id
 */
export function savedCacheDisable({ vm, facts }: OpenedConfig): SavedCacheDisable {
  const known = vm.vcpus.filter(({ id }) => !facts || facts.cpus.get(id)?.cr0);
  return new Map(known.map(({ id, state }) => [id, state.cr0cd]));
}
