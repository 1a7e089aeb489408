/** The vCPUs that an event of a scenario names. */
import type { ReplayEvent } from '../../replay/index.ts';
import { MAX_VCPUS } from '../../vm/index.ts';
import type { Fields } from '../fields.ts';
import { shown } from '../values.ts';

/**
 * The same events whenever it happens, or what the vCPUs of the moment make of it. A list is a list, and no
 * function that returns it, since that would keep all it was read from: a million events are to fit into memory.
 */
export type MadeEvents =
  | readonly ReplayEvent[]
  | ((present: PresentVcpus, turn?: number) => readonly ReplayEvent[]);

/** Ids of the vCPUs that there are when an event happens, ascending. */
export type PresentVcpus = () => readonly number[];

/** The vCPUs that a value names when an event happens; `turn`: whose turn it is, within an `each`. */
type NamedVcpus = (present: PresentVcpus, turn?: number) => readonly number[];

/** vCPUs by what they are at the moment. */
const WORDS: readonly unknown[] = ['all', 'bsp', 'aps', 'each'];

/** Whether it depends on the moment which vCPUs a value names. */
function areWords(value: unknown): boolean {
  return WORDS.includes(value);
}

/** `0-3,7`, a number, `all`, `bsp` (the lowest id), `aps` (all others); within `each`, the one whose turn it is. */
function vcpusOf(value: unknown): NamedVcpus | undefined {
  if (value === 'all') return (present) => present();
  if (value === 'each') return (_, turn) => (turn === undefined ? [] : [turn]);
  if (value === 'bsp') return (present) => present().slice(0, 1);
  if (value === 'aps') return (present) => present().slice(1);
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) {
    const one = [value];
    return () => one;
  }
  if (typeof value !== 'string' || !/^\d{1,9}(-\d{1,9})?(,\d{1,9}(-\d{1,9})?)*$/.test(value))
    return undefined;
  const ids: number[] = [];
  for (const part of value.split(',')) {
    const [first, last = first] = part.split('-').map(Number) as [number, number?];
    if (last < first || last - first >= MAX_VCPUS) return undefined;
    for (let id = first; id <= last; id++) ids.push(id);
  }
  return () => ids;
}

/** Reads which vCPUs an event is about. */
export class EventVcpus {
  /** Whether the events of an `each` are read: `vcpu: each` has a meaning there, and only it. */
  isWithinEach = false;

  /** The vCPUs that a map names. */
  named(own: Fields, key = 'vcpu'): NamedVcpus {
    const vcpus = vcpusOf(own.raw(key));
    if (vcpus && own.raw(key) === 'each' && !this.isWithinEach) {
      own.note(key, 'expected "each" only for events of an each: {vcpu, events}');
    }
    if (vcpus) return vcpus;
    const got = own.has(key) ? `got ${shown(own.raw(key))}` : 'it is missing';
    own.note(key, `expected a vCPU number, a list such as 0-3,7, all, bsp or aps, ${got}`);
    return () => [];
  }

  /** The events of each vCPU that a map names, one vCPU after the other. */
  each(own: Fields, events: (vcpu: number) => readonly ReplayEvent[]): MadeEvents {
    const vcpus = this.named(own);
    // The same vCPUs whenever it happens: a million events are made once.
    if (!areWords(own.raw('vcpu'))) return vcpus(() => []).flatMap(events);
    return (present, turn) => vcpus(present, turn).flatMap(events);
  }
}
