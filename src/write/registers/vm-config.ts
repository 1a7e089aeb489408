/** A whole VM as a canonical config: what its vCPUs share at the top, then a group for each state. */
import { type Vm, vcpuGroups, vcpuOf } from '../../vm/index.ts';
import { hexText, idsText } from '../../words.ts';
import { configLines } from './config-yaml.ts';

/**
 * Lines of a YAML config that is read back as the same VM. vCPUs in an equal state make one group; a VM of
 * one state has its registers at the top.
 *
 * @param comments - put in front, a line each: where the values come from, what was assumed
 */
export function* vmConfigLines(vm: Vm, comments: readonly string[] = []): Generator<string, void, undefined> {
  const groups = vcpuGroups(vm);
  const whole = vcpuOf(vm, 0);
  const ids = vm.vcpus.map(({ id }) => id);
  const isPlain = groups.length === 1 && ids.every((id, at) => id === at);
  if (isPlain) {
    yield* configLines(vm.name, whole, vm.policy, comments);
    if (ids.length > 1) yield `vcpus: ${ids.length}`;
    return;
  }
  const shared = { ...whole, msrs: [], vcnt: undefined, cr0cd: false, guestHasMtrr: true };
  yield* configLines(vm.name, shared, vm.policy, comments);
  yield 'vcpus:';
  for (const { state, indexes } of groups) {
    yield `  - id: ${idsText(indexes.map((index) => ids[index]!))}`;
    if (state.vcnt !== undefined) yield `    vcnt: ${state.vcnt}`;
    if (state.cr0cd) yield '    cr0cd: true';
    if (!state.guestHasMtrr) yield '    guestHasMtrr: false';
    if (state.msrs.length > 0) yield '    msrs:';
    for (const { msr, value } of state.msrs) yield `      ${hexText(msr)}: ${hexText(value)}`;
  }
}
