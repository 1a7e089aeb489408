/** The vCPUs of a VM, and its host, in words. */
import { type Vm, vcpuGroups } from '../vm/index.ts';
import { idsText } from '../words.ts';

/** `8 vCPUs, all equal` or `8 vCPUs in 2 states`. */
export function vcpusText(vm: Vm): string {
  const { length } = vm.vcpus;
  const states = vcpuGroups(vm).length;
  if (length === 1) return '1 vCPU';
  return `${length} vCPUs, ${states === 1 ? 'all equal' : `in ${states} states`}`;
}

/** The name of one vCPU, `vCPU 0-3` for several. */
export function idsNamed(vm: Vm, ids: readonly number[]): string {
  const [first] = ids;
  return ids.length === 1 ? vm.vcpus.find(({ id }) => id === first)!.name : `vCPU ${idsText(ids)}`;
}

/** `, AMD host`; nothing where the host is Intel, as most are. */
export function hostText({ host }: Vm): string {
  return host.vendor === 'amd' ? ', AMD host' : '';
}
