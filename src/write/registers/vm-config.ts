/** A whole VM as a canonical config: what its vCPUs share at the top, then a group for each state. */
import { type Vm, vcpuGroups, vcpuOf } from '../../vm/index.ts';
import { hexText } from '../words.ts';
import { configLines } from './config-yaml.ts';

/** `0-3,7`, as configs write lists of vCPUs. */
function idList(ids: readonly number[]): string {
  const parts: string[] = [];
  for (let at = 0; at < ids.length; ) {
    let last = at;
    while (last + 1 < ids.length && ids[last + 1] === ids[last]! + 1) last++;
    parts.push(last === at ? `${ids[at]}` : `${ids[at]}-${ids[last]}`);
    at = last + 1;
  }
  return parts.join(',');
}

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
    yield `  - id: ${idList(indexes.map((index) => ids[index]!))}`;
    if (state.vcnt !== undefined) yield `    vcnt: ${state.vcnt}`;
    if (state.cr0cd) yield '    cr0cd: true';
    if (!state.guestHasMtrr) yield '    guestHasMtrr: false';
    if (state.msrs.length > 0) yield '    msrs:';
    for (const { msr, value } of state.msrs) yield `      ${hexText(msr)}: ${hexText(value)}`;
  }
}
