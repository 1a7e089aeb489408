/** What policies take on trust, said on standard error, where answers of any format are not mixed up with it. */
import { type Asked, assumedSentences } from '../answer/assumed.ts';
import { restingOn } from '../open/host-evidence.ts';
import type { OpenedConfig } from '../open/opened-config.ts';
import type { Policy } from '../policy/index.ts';
import type { Want } from '../types.ts';
import { UsageError } from './output/exit.ts';
import { note } from './output/notes.ts';

/**
 * Says each sentence once.
 *
 * @param command - whose answers rest on it
 * @param asked - policies that were asked, or a vCPU under each, of whose guest and host something may have to be trusted too
 * @param wants - what they were asked
 */
export function sayAssumed(
  command: string,
  asked: readonly (Policy | Asked | undefined)[],
  wants: readonly Want[] = [],
): void {
  for (const sentence of assumedSentences(asked, wants)) note(`eptsweep ${command}: ${sentence}`);
}

/**
 * Says what answers of some policies rest on that no dump of registers knows.
 *
 * @param command - whose answers
 * @param input - as it was opened
 * @param policies - that are asked
 * @param wants - what they are asked
 * @param options - `strict`: refuse what is assumed; `known`: sentences that were said already, of other inputs
 * @returns the input with that evidence
 * @throws UsageError where something is assumed and that is refused
 */
export function sayResting(
  command: string,
  input: OpenedConfig,
  policies: readonly Policy[],
  wants: readonly Want[],
  {
    strict = false,
    known = new Set(),
  }: { readonly strict?: boolean | undefined; readonly known?: Set<string> } = {},
): OpenedConfig {
  const { opened, said, isFirm } = restingOn(input, policies, wants);
  const assumed = said.find((sentence) => sentence.startsWith('assumed: '));
  if (strict && !isFirm) throw new UsageError(`strict: ${assumed}`);
  for (const sentence of said) {
    if (known.has(sentence)) continue;
    known.add(sentence);
    note(`eptsweep ${command}: ${sentence}`);
  }
  return opened;
}
