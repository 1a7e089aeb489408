/** The vCPUs that an event of a scenario names. */
import { MAX_VCPUS } from '../../vm/index.ts';

/** Ids of the vCPUs that there are when an event happens, ascending. */
export type PresentVcpus = () => readonly number[];

/** The vCPUs that a value names when an event happens; `turn`: whose turn it is, within an `each`. */
export type NamedVcpus = (present: PresentVcpus, turn?: number) => readonly number[];

/** vCPUs by what they are at the moment. */
const WORDS: readonly unknown[] = ['all', 'bsp', 'aps', 'each'];

/** Whether it depends on the moment which vCPUs a value names. */
export function areWords(value: unknown): boolean {
  return WORDS.includes(value);
}

/** `0-3,7`, a number, `all`, `bsp` (the lowest id), `aps` (all others); within `each`, the one whose turn it is. */
export function vcpusOf(value: unknown): NamedVcpus | undefined {
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
