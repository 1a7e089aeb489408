/** What two VMs have to have in common to be laid out alike: everything but their names. */
import type { Vm } from './vm.ts';

/**
 * A VM's layout as a text: equal for VMs whose vCPUs end with the same register values over the same memory.
 *
 * @param vm - the VM
 * @returns the same text for the same layout, whatever the VMs and their vCPUs are called
 * @example
 * layoutText(preset('ovmf-q35')) === layoutText(preset('seabios-q35')); // false
 */
export function layoutText(vm: Vm): string {
  const registers = vm.vcpus.map(({ state }) => {
    const last = new Map(state.msrs.map(({ msr, value }) => [msr, value]));
    const values = [...last].sort(([a], [b]) => a - b).map(([msr, value]) => `${msr}=${value}`);
    return `${values.join()} ${state.cr0cd} ${state.guestHasMtrr} ${state.vcnt}`;
  });
  const { maxphyaddr, slots, mmio, host, noncoherentDma, quirks, confidential } = vm;
  const others = { maxphyaddr, slots, mmio, host, noncoherentDma, quirks, confidential };
  const text = JSON.stringify(others, (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}` : value,
  );
  return `${text}\n${registers.join('\n')}`;
}
