/** Which vCPUs a command was asked about: `--vcpu 3`, `--vcpu 0-3,7`, `--vcpu distinct`, `--vcpu all`. */
import { InputRangeError } from '../errors.ts';
import { didYouMean } from '../suggest.ts';
import { HOST, type VcpuGroup, type Vm, vcpuGroups, withVcpus } from '../vm/index.ts';
import { idsText } from '../words.ts';
import { vcpuIndex } from './open-view.ts';
import type { OpenedConfig } from './opened-config.ts';

const ALL = 'all';
const DISTINCT = 'distinct';
const LIST = /^\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*$/;

/**
 * Whether a text can name several vCPUs, whatever the VM has: what answers it then has a place for each.
 *
 * @param text - as `--vcpu` gave it
 * @example
 * namesSeveral('0-3,7'); // true
 */
export function namesSeveral(text: string | undefined): boolean {
  return text === ALL || text === DISTINCT || (text !== undefined && /[-,]/.test(text) && LIST.test(text));
}

/** The positions that `0-3,7` names. */
function listedIndexes(vm: Vm, text: string): readonly number[] {
  const chosen = new Set<number>();
  for (const part of text.split(',')) {
    const [first, last] = part.split('-').map(Number) as [number, number?];
    if (last === undefined) {
      chosen.add(vcpuIndex(vm, part));
      continue;
    }
    if (last < first) throw new InputRangeError('vcpu', `vCPUs "${part}": the list ends before it starts`);
    // Both ends have to be there; ids between them that are not are no mistake.
    for (const end of [first, last]) vcpuIndex(vm, String(end));
    vm.vcpus.forEach(({ id }, index) => {
      if (id >= first && id <= last) chosen.add(index);
    });
  }
  return [...chosen].sort((a, b) => a - b);
}

function indexesOf(vm: Vm, text: string | undefined): readonly number[] {
  if (text === ALL) return vm.vcpus.map((_, index) => index);
  if (text === DISTINCT) return vcpuGroups(vm).map(({ indexes }) => indexes[0]!);
  if (text !== undefined && namesSeveral(text)) return listedIndexes(vm, text);
  try {
    return [vcpuIndex(vm, text)];
  } catch (error) {
    const meant = didYouMean(text ?? '', [ALL, DISTINCT]);
    if (!(error instanceof InputRangeError) || meant === undefined) throw error;
    throw new InputRangeError('vcpu', error.problem, meant);
  }
}

/**
 * The vCPUs that were asked for, by state.
 *
 * @param vm - the VM
 * @param text - `all`, `distinct` (the first vCPU of each state), a list `0-3,7`, an id or a name; undefined: the first
 * @returns those of a state together, as positions in `vm.vcpus`
 * @throws InputRangeError for a vCPU that is not there
 * @example
 * chosenVcpus(preset('ovmf-q35'), '0-3').map(({ indexes }) => indexes.length); // [4]
 */
export function chosenVcpus(vm: Vm, text: string | undefined): readonly VcpuGroup[] {
  return byState(vm, indexesOf(vm, text));
}

/**
 * vCPUs by state.
 *
 * @param indexes - positions in `vm.vcpus`
 * @returns those of a state together
 */
export function byState(vm: Vm, indexes: readonly number[]): readonly VcpuGroup[] {
  const chosen = new Set(indexes);
  return vcpuGroups(vm)
    .map(({ state, indexes: all }) => ({ state, indexes: all.filter((index) => chosen.has(index)) }))
    .filter((group) => group.indexes.length > 0);
}

/**
 * What was opened, as if it had no other vCPUs than those.
 *
 * @param opened - a config, a dump or a preset
 * @param text - as `--vcpu` gave it; undefined: all
 * @throws InputRangeError for a vCPU that is not there
 * @example
 * const opened = await presetOrConfig('ovmf-q35');
 * onVcpus(opened, '0-3').vm.vcpus.length; // 4
 */
export function onVcpus(opened: OpenedConfig, text: string | undefined): OpenedConfig {
  if (text === undefined || text === ALL) return opened;
  const { vm, faultAt, settingOf } = opened;
  const indexes = indexesOf(vm, text);
  return {
    ...opened,
    vm: withVcpus(vm, indexes),
    ...(settingOf && { settingOf: (index, msr) => settingOf(indexes[index]!, msr) }),
    ...(faultAt && {
      faultAt: (index, ...rest) => faultAt(index === HOST ? HOST : indexes[index]!, ...rest),
    }),
  };
}

/**
 * The one state that all of the chosen vCPUs are in, for what can say no more than one.
 *
 * @returns the position of the first of them
 * @throws InputRangeError where they are in several states, with a vCPU of each
 * @example
 * onlyState(preset('ovmf-q35'), 'all'); // 0
 */
export function onlyState(vm: Vm, text: string | undefined): number {
  const groups = chosenVcpus(vm, text);
  if (groups.length === 1) return groups[0]!.indexes[0]!;
  const states = groups.map(({ indexes }) => idsText(indexes.map((index) => vm.vcpus[index]!.id)));
  throw new InputRangeError(
    'vcpu',
    `vCPUs "${text}" are in ${groups.length} states: ${states.slice(0, 8).join(' | ')}${states.length > 8 ? ' | ...' : ''}`,
    'choose one of a state',
  );
}
