/** What each rule looks at, so that {@link Survey} knows where answers can change. */

import type { Tellers } from './cuts.ts';
import { FIXED_END, FIXED_RANGES } from './fixed.ts';
import type { Machine } from './mtrr.ts';
import type { VariableRange } from './registers.ts';

function frameOf(address: bigint): number {
  return Number(address >> 12n);
}

/** Addresses at which the MTRR type can change, registers compared under a mask apart. */
function mtrrEdges({ registers, walk, policy }: Machine): readonly bigint[] {
  if (policy.flags.mtrr === 'none' || !registers.mtrrEnabled) return [];
  const fixed = registers.fixedEnabled ? [...FIXED_RANGES.map((range) => range.start), FIXED_END] : [];
  return policy.flags.mtrr === 'kvm'
    ? [...fixed, ...walk.flatMap((range) => [range.start, range.end])]
    : [...fixed, 1n << 32n, registers.forcedWbEnd];
}

function mtrrCompares({ registers, policy }: Machine): readonly VariableRange[] {
  return policy.flags.mtrr === 'architectural' && registers.mtrrEnabled ? registers.variable : [];
}

function ascendingDistinct(frames: readonly number[]): readonly number[] {
  return [...new Set(frames)].sort((a, b) => a - b);
}

/** What an MTRR or EPT type depends on. */
export function typeTellers(machine: Machine): Tellers {
  // The architecture's policy knows no MMIO.
  const mmio = machine.policy.flags.ept === 'kvm' ? machine.vcpu.mmio : [];
  return {
    edges: ascendingDistinct([
      ...mtrrEdges(machine).map(frameOf),
      ...mmio.flatMap((range) => [range.start, range.end]),
    ]),
    compares: mtrrCompares(machine),
    asksForLeaf: false,
  };
}

/** What a leaf depends on: its type, and the slots beside. */
export function leafTellers(machine: Machine): Tellers {
  const forType = typeTellers(machine);
  const slotEdges = machine.vcpu.slots.flatMap((slot) => [slot.gfn, slot.gfn + slot.count]);
  return { ...forType, edges: ascendingDistinct([...forType.edges, ...slotEdges]), asksForLeaf: true };
}
