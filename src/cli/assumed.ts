/** What policies take on trust, said on standard error, where answers of any format are not mixed up with it. */
import type { Policy } from '../policy/index.ts';

/**
 * Says each sentence once.
 *
 * @param command - whose answers rest on it
 * @param policies - that were asked
 */
export function sayAssumed(command: string, policies: readonly (Policy | undefined)[]): void {
  const sentences = new Set(policies.flatMap((policy) => policy?.assumptions ?? []));
  for (const sentence of sentences) process.stderr.write(`eptsweep ${command}: assumed: ${sentence}\n`);
}
