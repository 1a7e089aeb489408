/** The lines that a replay's text begins with: what it is of, and what it takes for granted. */
import { plural } from '../../words.ts';
import type { ReplayHead } from './json.ts';

/** See the head of the file. */
export function* headLines({ name, source, basis }: ReplayHead): Generator<string, void, undefined> {
  yield `${name}: ${basis.vm.name}, policy ${basis.policy.name}, ${plural(basis.vcpus.length, 'vCPU')}`;
  if (source !== undefined) yield `source: ${source}`;
  for (const assumption of basis.assumptions ?? []) yield `assumed: ${assumption}`;
  yield '';
}
