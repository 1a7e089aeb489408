/** What policies take on trust, said on standard error, where answers of any format are not mixed up with it. */
import type { Policy } from '../policy/index.ts';
import { confidentialAssumptions } from '../vm/confidential.ts';
import type { Vm } from '../vm/index.ts';

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

/**
 * Says what is taken on trust about a confidential VM.
 *
 * @param command - whose answers rest on it
 * @param vm - that was asked about
 */
export function sayAssumedOfGuest(command: string, { confidential }: Pick<Vm, 'confidential'>): void {
  for (const sentence of confidentialAssumptions(confidential)) {
    process.stderr.write(`eptsweep ${command}: assumed: ${sentence}\n`);
  }
}
