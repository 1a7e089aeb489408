/** The points of a block as machines: each layout is opened once for all of its combinations. */
import { EptsweepError, InputError } from '../errors.ts';
import { type Policy, policy as policyNamed } from '../policy/index.ts';
import { type Vcpu, type Vm, vcpuGroups, vcpuOf, vm } from '../vm/index.ts';
import type { Block } from './campaign.ts';
import { canonicalText } from './canonical.ts';
import { enumeratedLayout } from './enumerate.ts';
import { combinationAt, combinationCount, layoutPlace, pointPlace } from './points.ts';
import type { Assignment, SweepSpec } from './spec.ts';
import type { Machine, Unreadable, World } from './world.ts';

/** A vCPU that is asked. */
export interface AskedVcpu {
  readonly id: number;
  /** Position in the VM. */
  readonly index: number;
  readonly vcpu: Vcpu;
}

/** A point that can be asked. */
export interface Case {
  readonly point: bigint;
  readonly layout: string;
  readonly combination: number;
  readonly assignment: Assignment;
  readonly machine: Machine;
  readonly vm: Vm;
  readonly policy: Policy;
  readonly vcpus: readonly AskedVcpu[];
}

/** A point that cannot be asked, and why. */
export interface Refusal {
  readonly point: bigint;
  readonly layout: string;
  readonly combination: number;
  /** Name of what is refused: a config path, or `file`. */
  readonly path: string;
  readonly problem: string;
}

/** Whether a point cannot be asked. */
export function isRefusal(one: Case | Refusal): one is Refusal {
  return 'problem' in one;
}

/** What a point's failure is, where it is the point's own: a value that this machine cannot have. */
export function refusalOf(error: unknown): Pick<Refusal, 'path' | 'problem'> {
  const isOwn = error instanceof InputError || (error instanceof EptsweepError && error.code === 'wrmsr-gp');
  if (!isOwn) throw error;
  return { path: error.path, problem: error.message };
}

/** Opens a layout by its number. */
export async function machineAt(
  spec: SweepSpec,
  layout: bigint,
  world: World,
): Promise<Machine | Unreadable> {
  const { source, index } = layoutPlace(spec, layout);
  switch (source.kind) {
    case 'presets':
      return world.preset(source.names[Number(index)]!);
    case 'files':
      return world.file(source.files[Number(index)]!);
    case 'random':
      return world.random(source, index);
    case 'enumerate': {
      const name = `enumerated ${index}`;
      const msrs = enumeratedLayout(source, index);
      return world.machine(vm({ name, maxphyaddr: source.maxphyaddr, vcpus: [{ msrs }] }));
    }
  }
}

function askedVcpus(machine: Vm, which: SweepSpec['vcpus']): readonly AskedVcpu[] {
  const groups = vcpuGroups(machine).map(({ indexes }) => indexes[0]!);
  return (which === 'first' ? [0] : groups).map((index) => ({
    id: machine.vcpus[index]!.id,
    index,
    vcpu: vcpuOf(machine, index),
  }));
}

/** What a combination makes of a layout. */
interface Combination {
  readonly assignment: Assignment;
  /** Equal for combinations that differ in the policy alone. */
  readonly key: string;
  readonly change: (vm: Vm) => Vm;
  /** Undefined: the layout's own. */
  readonly policy: Policy | undefined;
}

/** The combinations of a campaign, each read once. */
export class Combinations {
  readonly #spec: SweepSpec;
  readonly #world: World;
  readonly #known = new Map<number, Combination | undefined>();
  readonly #changes = new Map<string, (vm: Vm) => Vm>();

  constructor(spec: SweepSpec, world: World) {
    this.#spec = spec;
    this.#world = world;
  }

  /** @returns undefined where it is excluded */
  at(index: number): Combination | undefined {
    if (this.#known.has(index)) return this.#known.get(index);
    const assignment = combinationAt(this.#spec, index);
    const combination = assignment && this.#read(assignment);
    if (this.#known.size < MOST_KEPT) this.#known.set(index, combination);
    return combination;
  }

  #read(assignment: Assignment): Combination {
    const { policy, ...rest } = assignment;
    const named = typeof policy === 'string' ? policyNamed(policy) : undefined;
    const changed = named || policy === undefined ? rest : assignment;
    const key = canonicalText(changed);
    const same = (vm: Vm): Vm => vm;
    const change = this.#changes.get(key) ?? (key === '{}' ? same : this.#world.changes(changed));
    if (this.#changes.size < MOST_KEPT) this.#changes.set(key, change);
    return { assignment, key, change, policy: named };
  }
}

/** Combinations that are kept once they are read. */
const MOST_KEPT = 1 << 14;

/** A layout with what its combinations make of it: those that differ in the policy alone share a VM. */
export class OpenedLayout {
  readonly #spec: SweepSpec;
  readonly #machine: Machine | Unreadable;
  readonly #changed = new Map<string, readonly [Vm, readonly AskedVcpu[]]>();

  constructor(spec: SweepSpec, machine: Machine | Unreadable) {
    this.#spec = spec;
    this.#machine = machine;
  }

  #vm(machine: Machine, { key, change }: Combination): readonly [Vm, readonly AskedVcpu[]] {
    const known = this.#changed.get(key);
    if (known) return known;
    const vm = change(machine.vm);
    const made = [vm, askedVcpus(vm, this.#spec.vcpus)] as const;
    if (this.#changed.size < MOST_KEPT) this.#changed.set(key, made);
    return made;
  }

  /** One point of it. */
  case(point: bigint, index: number, combination: Combination): Case | Refusal {
    const machine = this.#machine;
    const common = { point, layout: machine.name, combination: index };
    if ('problem' in machine) return { ...common, path: 'file', problem: machine.problem };
    try {
      const [vm, vcpus] = this.#vm(machine, combination);
      const { assignment, policy = vm.policy } = combination;
      return { ...common, assignment, machine, vm, policy, vcpus };
    } catch (error) {
      return { ...common, ...refusalOf(error) };
    }
  }
}

/**
 * One point of a campaign.
 *
 * @returns undefined where it is excluded
 */
export async function caseAt(
  spec: SweepSpec,
  point: bigint,
  world: World,
): Promise<Case | Refusal | undefined> {
  const { layout, combination: index } = pointPlace(spec, point);
  const combination = new Combinations(spec, world).at(index);
  if (!combination) return undefined;
  return new OpenedLayout(spec, await machineAt(spec, layout, world)).case(point, index, combination);
}

/**
 * The points of a block that are not excluded, in order.
 *
 * @throws the signal's reason between two layouts
 */
export async function* casesOf(
  spec: SweepSpec,
  { first, points }: Pick<Block, 'first' | 'points'>,
  world: World,
  signal?: AbortSignal,
): AsyncGenerator<Case | Refusal, void, undefined> {
  const combinations = new Combinations(spec, world);
  const perLayout = combinationCount(spec);
  const end = first + points;
  for (let point = first; point < end; ) {
    signal?.throwIfAborted();
    const layout = point / BigInt(perLayout);
    const opened = new OpenedLayout(spec, await machineAt(spec, layout, world));
    for (let index = Number(point % BigInt(perLayout)); point < end && index < perLayout; index++, point++) {
      const combination = combinations.at(index);
      if (combination) yield opened.case(point, index, combination);
    }
  }
}

/** The policy that points are held against. */
export function againstOf({ against }: SweepSpec): Policy {
  return policyNamed(against ?? 'sdm');
}
