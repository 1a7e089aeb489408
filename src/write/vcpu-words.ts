/** The vCPUs of a VM, and its host, in words. */
import { type Vm, vcpuGroups } from '../vm/index.ts';

/** `8 vCPUs, all equal` or `8 vCPUs in 2 states`. */
export function vcpusText(vm: Vm): string {
  const { length } = vm.vcpus;
  const states = vcpuGroups(vm).length;
  if (length === 1) return '1 vCPU';
  return `${length} vCPUs, ${states === 1 ? 'all equal' : `in ${states} states`}`;
}

/** `, AMD host`; nothing where the host is Intel, as most are. */
export function hostText({ host }: Vm): string {
  return host.vendor === 'amd' ? ', AMD host' : '';
}
