/** The vCPUs of a VM with changes. */
import { isMaskMsr } from '../../msr/index.ts';
import type { VcpuState, Vm, VmVcpuInit } from '../../vm/index.ts';
import { parseQuantity } from '../values.ts';
import { groupsOf, vcpuInits } from '../vm/compile.ts';
import type { ConfigInput, VcpuInput } from '../vm/input.ts';
import { changedState, refuse, registersAfter, STATE_KEYS, type State, stateOf } from './state.ts';
import type { Branch } from './tree.ts';

/** A vCPU to be. */
interface Member {
  readonly id: number;
  readonly name: string;
  readonly state: State;
}

/**
 * Masks for another width: a range keeps its size. Where a mask reaches the top of the old width its ones go on to the
 * new one's, as whoever writes such a range does; bits beyond the new width go.
 */
function resized({ msrs, ...rest }: State, from: number, to: number): State {
  const top = 1n << BigInt(from - 1);
  const end = 1n << BigInt(to);
  const wider = to > from ? end - (top << 1n) : 0n;
  const fitted = msrs.map(([msr, value]) => {
    const isOpen = isMaskMsr(msr) && (value & top) !== 0n;
    return [msr, isOpen ? (value | wider) & (end - 1n) : value] as const;
  });
  return { ...rest, msrs: fitted };
}

/** Equal for equal states. */
function keyOf({ msrs, cr0cd, guestHasMtrr, vcnt }: State): string {
  return [cr0cd, guestHasMtrr, vcnt, ...msrs.flat()].join();
}

/** The one state of all vCPUs, which new ones start from. */
function commonState(members: readonly Member[]): State {
  const states = new Map([...new Set(members.map(({ state }) => state))].map((one) => [keyOf(one), one]));
  const [first] = states.values();
  if (first && states.size === 1) return first;
  return refuse(
    ['vcpus'],
    `the VM's vCPUs are in ${states.size} states, none of which is the one to start from`,
    'change them one by one, as vcpus[N]',
  );
}

function renumbered(count: number, members: readonly Member[]): readonly Member[] {
  if (count <= members.length) return members.slice(0, count);
  const state = commonState(members);
  const taken = new Set(members.map(({ id }) => id));
  const added: Member[] = [];
  for (let id = 0; members.length + added.length < count; id++) {
    if (!taken.has(id)) added.push({ id, name: `vcpu${id}`, state });
  }
  return [...members, ...added];
}

/** vCPUs in groups over the state that all of them have had. */
function regrouped(
  groups: readonly VcpuInput[],
  members: readonly Member[],
  maxphyaddr: number,
): readonly Member[] {
  const common = commonState(members);
  const { cr0cd, guestHasMtrr, vcnt } = common;
  const input: Omit<ConfigInput, 'maxphyaddr'> = {
    cr0cd,
    guestHasMtrr,
    ...(vcnt !== undefined && { vcnt }),
    vcpus: [...groups],
  };
  const made = groupsOf(input, registersAfter(common), maxphyaddr, refuse);
  return vcpuInits(made).inits.map(({ id = 0, name = `vcpu${id}`, ...state }) => ({
    id,
    name,
    state: { cr0cd, guestHasMtrr, vcnt, ...state, msrs: (state.msrs ?? []) as State['msrs'] },
  }));
}

function membersOf(vm: Vm, maxphyaddr: number): readonly Member[] {
  const states = new Map<VcpuState, State>();
  return vm.vcpus.map(({ id, name, state }) => {
    const known = states.get(state) ?? resized(stateOf(state), vm.maxphyaddr, maxphyaddr);
    states.set(state, known);
    return { id, name, state: known };
  });
}

/**
 * The vCPUs of a VM with changes: first what holds for all of them, then how many there are, then single ones.
 *
 * @param tree - the keys of a state, and `vcpus`, are read
 * @param maxphyaddr - the width that the VM will have
 */
export function changedVcpus(vm: Vm, tree: Branch, maxphyaddr: number): readonly VmVcpuInit[] {
  let members = membersOf(vm, maxphyaddr);
  if (STATE_KEYS.some((key) => tree.children.has(key))) {
    const states = new Map<State, State>();
    members = members.map((one) => {
      const next = states.get(one.state) ?? changedState(one.state, tree, [], maxphyaddr);
      states.set(one.state, next);
      return { ...one, state: next };
    });
  }
  const whole = tree.value('vcpus');
  if (Array.isArray(whole)) members = regrouped(whole as VcpuInput[], members, maxphyaddr);
  else if (whole !== undefined) members = renumbered(Number(parseQuantity(whole)), members);
  const changed = [...members];
  for (const [position, change] of tree.branch('vcpus')?.positions() ?? []) {
    const one = members[position];
    if (!one) return refuse(['vcpus', position], `expected a vCPU 0..${members.length - 1}`);
    const own = change as Branch;
    const name = (own.value('name') as string | undefined) ?? one.name;
    changed[position] = {
      ...one,
      name,
      state: changedState(one.state, own, ['vcpus', position], maxphyaddr),
    };
  }
  return changed.map(({ id, name, state }) => ({ id, name, ...state }) as VmVcpuInit);
}
