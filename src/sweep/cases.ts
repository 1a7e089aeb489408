/** The points of a block as machines: each layout is opened once for all of its combinations. */
import { EptsweepError, InputError } from '../errors.ts';
import { type Policy, policy as policyNamed } from '../policy/index.ts';
import { type Vcpu, type Vm, vcpuGroups, vcpuOf, vm } from '../vm/index.ts';
import type { Block, Campaign } from './campaign.ts';
import { enumeratedLayout } from './enumerate.ts';
import { combinationAt, layoutPlace } from './points.ts';
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

/**
 * One point.
 *
 * @param machine - its layout, opened
 * @returns undefined where the point is excluded
 */
export function caseOf(
  spec: SweepSpec,
  machine: Machine | Unreadable,
  point: bigint,
  combination: number,
  world: World,
): Case | Refusal | undefined {
  const assignment = combinationAt(spec, combination);
  if (!assignment) return undefined;
  const common = { point, layout: machine.name, combination };
  if ('problem' in machine) return { ...common, path: 'file', problem: machine.problem };
  try {
    const changed = Object.keys(assignment).length > 0 ? world.change(machine.vm, assignment) : machine.vm;
    const vcpus = askedVcpus(changed, spec.vcpus);
    return { ...common, assignment, machine, vm: changed, policy: changed.policy, vcpus };
  } catch (error) {
    return { ...common, ...refusalOf(error) };
  }
}

/**
 * The points of a block that are not excluded, in order.
 *
 * @throws the signal's reason between two layouts
 */
export async function* casesOf(
  { spec, combinations }: Pick<Campaign, 'spec' | 'combinations'>,
  { first, points }: Block,
  world: World,
  signal?: AbortSignal,
): AsyncGenerator<Case | Refusal, void, undefined> {
  const perLayout = BigInt(combinations);
  const end = first + points;
  for (let point = first; point < end; ) {
    signal?.throwIfAborted();
    const layout = point / perLayout;
    const machine = await machineAt(spec, layout, world);
    const last = (layout + 1n) * perLayout;
    for (; point < end && point < last; point++) {
      const one = caseOf(spec, machine, point, Number(point % perLayout), world);
      if (one) yield one;
    }
  }
}

/** The policy that points are held against. */
export function againstOf({ against }: SweepSpec): Policy {
  return policyNamed(against ?? 'sdm');
}
