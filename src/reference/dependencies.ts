/** What each rule looks at, so that {@link Partition} knows where answers can change. */
import type { Policy } from '../policy/index.ts';
import { MOST_HOST_STRETCHES, tooManyHostStretches } from '../vm/index.ts';
import type { Answer } from './answers.ts';
import { type Dependencies, Partition } from './cuts.ts';
import { FIXED_END, FIXED_RANGES } from './fixed.ts';
import type { Machine } from './mtrr.ts';
import { isNested } from './npt.ts';
import { isOff, stretchOf } from './peer.ts';
import type { Registers, VariableRange } from './registers.ts';
import { joined } from './spans.ts';

function frameOf(address: bigint): number {
  return Number(address >> 12n);
}

/** Whether no range counts: the policy looks at none, or they are switched off and it cares. */
function isWithoutRanges(registers: Registers, policy: Policy): boolean {
  if (policy.peer) return isOff(policy.peer, registers);
  return policy.flags.mtrr === 'none' || !registers.mtrrEnabled;
}

/** Addresses at which the MTRR type can change, registers compared under a mask apart. */
function mtrrEdges({ registers, walk, policy }: Machine): readonly bigint[] {
  if (isWithoutRanges(registers, policy)) return [];
  const fixed = registers.fixedEnabled ? [...FIXED_RANGES.map((range) => range.start), FIXED_END] : [];
  if (policy.flags.mtrr === 'kvm') return [...fixed, ...walk.flatMap((range) => [range.start, range.end])];
  const stretches = registers.variable.flatMap((range) => {
    const stretch = policy.peer && stretchOf(policy.peer, range, registers.maxphyaddr);
    return stretch ? [stretch.start, stretch.end] : [];
  });
  return [...fixed, ...stretches, 1n << 32n, registers.forcedWbEnd];
}

function mtrrCompares({ registers, policy }: Machine): readonly VariableRange[] {
  const compares = policy.flags.mtrr === 'architectural' || policy.peer?.match === 'mask';
  return compares && !isWithoutRanges(registers, policy) ? registers.variable : [];
}

function ascendingDistinct(frames: readonly number[]): readonly number[] {
  return [...new Set(frames)].sort((a, b) => a - b);
}

/** Guest frames at which the host's MTRR type of the frame behind can change. */
function hostEdges({ vcpu, host }: Machine): readonly number[] {
  if (!host) return [];
  const forHost: Dependencies = {
    edges: ascendingDistinct(
      [...FIXED_RANGES.map((range) => range.start), FIXED_END, 1n << 32n, host.registers.forcedWbEnd].map(
        frameOf,
      ),
    ),
    compares: host.registers.variable,
    orderCounts: host.orderCounts,
    asksForLeaf: false,
  };
  const partition = new Partition<Answer>(
    forHost,
    (pfn) => ({ type: host.typeOf(pfn) }),
    (a, b) => a.type === b.type,
  );
  const edges: number[] = [];
  let stretches = 0;
  for (const { gfn, count, pfn } of vcpu.slots) {
    edges.push(gfn + count);
    for (const block of joined(partition.blocks({ start: pfn, end: pfn + count }))) {
      edges.push(block.start - pfn + gfn);
      if (++stretches > MOST_HOST_STRETCHES) throw tooManyHostStretches();
    }
  }
  return edges;
}

/** What an MTRR or EPT type depends on. */
export function typeDependencies(machine: Machine): Dependencies {
  // The architecture's policy knows no MMIO.
  const mmio = machine.policy.flags.ept !== 'identity' ? machine.vcpu.mmio : [];
  const readsHost =
    isNested(machine.vcpu) || (machine.policy.flags.ept === 'xen' && machine.vcpu.noncoherentDma);
  return {
    edges: ascendingDistinct([
      ...mtrrEdges(machine).map(frameOf),
      ...mmio.flatMap((range) => [range.start, range.end]),
      ...(readsHost ? hostEdges(machine) : []),
    ]),
    compares: mtrrCompares(machine),
    // Xen goes by the last register that matches where the manual has no answer.
    orderCounts: machine.policy.peer?.overlap === 'manual-or-last',
    asksForLeaf: false,
  };
}

/** What a leaf depends on: its type, and the slots beside. */
export function leafDependencies(machine: Machine): Dependencies {
  const forType = typeDependencies(machine);
  const slotEdges = machine.vcpu.slots.flatMap((slot) => [slot.gfn, slot.gfn + slot.count]);
  return { ...forType, edges: ascendingDistinct([...forType.edges, ...slotEdges]), asksForLeaf: true };
}

/** What an access on an AMD host depends on: the host's MTRRs behind the guest's memory. */
export function accessDependencies(machine: Machine): Dependencies {
  return {
    edges: ascendingDistinct(hostEdges(machine)),
    compares: [],
    orderCounts: false,
    asksForLeaf: false,
  };
}
