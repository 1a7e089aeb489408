/** What policies take on trust, a sentence each: what the program says on standard error. */
import type { Policy } from '../policy/index.ts';
import type { Want } from '../types.ts';
import { confidentialAssumptions } from '../vm/confidential.ts';
import { hostAssumptions } from '../vm/host.ts';
import type { Vcpu } from '../vm/index.ts';

/** A vCPU under a policy. */
export interface Asked {
  readonly vcpu: Vcpu;
  readonly policy: Policy;
}

function* sentencesOf(asked: Policy | Asked | undefined, wants: readonly Want[]): Generator<string> {
  if (!asked) return;
  if (!('vcpu' in asked)) return yield* asked.assumptions;
  yield* asked.policy.assumptions;
  yield* confidentialAssumptions(asked.vcpu.confidential, asked.policy);
  yield* hostAssumptions(asked.vcpu, asked.policy, wants);
}

/**
 * What answers take on trust beside the input.
 *
 * @param asked - policies that were asked, or a vCPU under each, of whose guest and host something may have to be trusted too
 * @param wants - what they were asked
 * @returns sentences that begin with `assumed:`, each once
 * @example
 * assumedSentences([policy('sdm')]); // []
 */
export function assumedSentences(
  asked: readonly (Policy | Asked | undefined)[],
  wants: readonly Want[] = [],
): readonly string[] {
  const sentences = new Set(asked.flatMap((one) => [...sentencesOf(one, wants)]));
  return [...sentences].map((sentence) => `assumed: ${sentence}`);
}
