/** Machines that are open beside the one which is looked at, and what becomes of lanes when another one is. */
import type { Lane, Machine, MachineId } from '../worker/protocol.ts';
import type { Given } from './given.ts';

/** A machine beside the one that is looked at. */
export interface Companion {
  /** What its lanes are called by. */
  readonly name: string;
  readonly given: Given;
  readonly machine: Machine;
}

/** All of them, by their number. */
export type Companions = ReadonlyMap<MachineId, Companion>;

/**
 * The same lanes, looked at from another machine: a lane without one is of the machine that is looked at.
 *
 * @param from - the machine that was looked at
 * @param to - the one that is
 */
export function lanesFrom(lanes: readonly Lane[], from: MachineId, to: MachineId): Lane[] {
  return lanes.map(({ machine = from, ...lane }): Lane => (machine === to ? lane : { ...lane, machine }));
}

/** A name that no other machine has: two boots of one log are of one name. */
export function nameBeside(name: string, taken: readonly string[]): string {
  if (!taken.includes(name)) return name;
  let number = 2;
  while (taken.includes(`${name} (${number})`)) number += 1;
  return `${name} (${number})`;
}
