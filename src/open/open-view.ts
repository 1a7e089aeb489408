/** One of an opened VM's vCPUs: its position, and a view of it; what is refused is reported at its line. */
import type { Evaluator, View } from '../engine/index.ts';
import { ConfigError, InputRangeError, WrmsrFault } from '../errors.ts';
import { type Policy, policy as policyNamed } from '../policy/index.ts';
import { HOST, hostCpu, type Vcpu, type Vm, vcpuOf, withoutHost } from '../vm/index.ts';
import { faultReason } from './fault.ts';
import type { OpenedConfig } from './opened-config.ts';

/**
 * Position of a vCPU.
 *
 * @param vm - the VM
 * @param id - as `--vcpu` gave it: an id, `vcpu3`, or a name; undefined: the first
 * @returns its position in `vm.vcpus`
 * @example
 * vcpuIndex(preset('ovmf-q35'), 'vcpu3'); // 3
 */
export function vcpuIndex(vm: Vm, id: string | undefined): number {
  if (id === undefined) return 0;
  const number = /^(?:v?cpu ?)?(\d+)$/i.exec(id)?.[1];
  const index = vm.vcpus.findIndex(
    (one) => one.name === id || (number !== undefined && one.id === Number(number)),
  );
  if (index >= 0) return index;
  const ids = vm.vcpus.map((one) => one.id);
  const known =
    ids.length === ids.at(-1)! + 1 - ids[0]! ? `${ids[0]}-${ids.at(-1)}` : ids.slice(0, 20).join(', ');
  throw new InputRangeError('vcpu', `no vCPU "${id}": ${vm.name} has ${known}`);
}

/**
 * Opens a vCPU under a policy with an engine.
 *
 * @throws ConfigError where the VM comes from a file, else InputError
 *
 * @internal
 */
export function openView(evaluator: Evaluator, opened: OpenedConfig, index: number, policy: Policy): View {
  return openSafely(opened, index, policy, (vcpu) => evaluator.view(vcpu, policy));
}

/**
 * Opens a vCPU's registers by the manual alone, whatever the host is: what firmware or a guest wrote is right or
 * wrong on any.
 *
 * @throws ConfigError where the VM comes from a file, else InputError
 *
 * @internal
 */
export function openRegisters(evaluator: Evaluator, opened: OpenedConfig, index: number): View {
  const manual = policyNamed('sdm');
  return openSafely(opened, index, manual, (vcpu) => evaluator.view(withoutHost(vcpu), manual));
}

/**
 * Opens a vCPU in whatever way; a register write that is refused is reported at its line.
 *
 * @param opened - the VM
 * @param index - position of the vCPU
 * @param policy - whose rules
 * @param open - opens it under the policy
 * @returns what `open` does
 * @throws ConfigError where the VM comes from a file, else InputError
 * @example
 * const opened = await presetOrConfig('ovmf-q35');
 * const evaluator = createEvaluatorSync();
 * const view = openSafely(opened, 0, policy('sdm'), (guest) => evaluator.view(guest, policy('sdm')));
 * view.totals('mtrr').length; // 2
 */
export function openSafely<Opened>(
  opened: OpenedConfig,
  index: number,
  policy: Policy,
  open: (vcpu: Vcpu) => Opened,
): Opened {
  try {
    return open(vcpuOf(opened.vm, index));
  } catch (error) {
    if (!(error instanceof WrmsrFault)) throw error;
    const vcpu = vcpuOf(opened.vm, index);
    const host = error.isHost ? hostCpu(vcpu) : undefined;
    const { message, hint } = faultReason(error, host ?? vcpu, host ? policyNamed('sdm') : policy);
    if (!opened.faultAt) throw new InputRangeError(error.path, `${opened.vm.name}: ${message} (${hint})`);
    throw new ConfigError([opened.faultAt(host ? HOST : index, error.index, message, hint)]);
  }
}
