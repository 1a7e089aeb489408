/** The SPEC argument of campaigns: a file, standard input, or a results folder, whose lock file has the spec as it was run. */
import { statSync } from 'node:fs';
import { requireLock } from '../../campaign/lock.ts';
import { parseSweep } from '../../config/sweep/parse.ts';
import { textOf as decoded } from '../../open/input.ts';
import { campaignOf } from '../../open/sweep/campaign.ts';
import { findFiles } from '../../read-file/find-files.ts';
import type { Campaign } from '../../sweep/index.ts';
import { fileChunks, inputName } from '../input/input-file.ts';
import { UsageError } from '../output/exit.ts';

/** What the SPEC argument may be, for the help. */
export const SPEC_HELP = 'a spec (YAML or JSON), - for standard input';

/** Options of other commands that a spec has members for. */
export const SPEC_REFUSALS: Readonly<Record<string, string>> = {
  '--set <path=value>':
    'a spec says it under axes, as in axes: {noncoherentDma: [true, false]} (eptsweep list paths)',
  '--vcpu <list>': 'a spec says it under axes: vcpus: distinct asks one vCPU of each state',
};

/** A spec that was opened. */
export interface OpenedSpec {
  /** As it was given. */
  readonly source: string;
  /** What the spec calls itself. */
  readonly name: string | undefined;
  readonly campaign: Campaign;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** A larger one would fill the memory before the parser says what is wrong with it. */
const MOST_MIB = 16;

async function textOf(argument: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of fileChunks(argument)) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MOST_MIB * 2 ** 20) {
      throw new UsageError(
        `${inputName(argument)}: expected a spec of up to ${MOST_MIB} MiB, got more (a spec names the files of layouts, it does not hold them)`,
      );
    }
  }
  return decoded(Buffer.concat(chunks));
}

/**
 * Reads a spec and looks for its files.
 *
 * @param argument - a file, `-`, or a results folder
 * @throws ConfigError with everything that is wrong; CampaignError for a folder without results; the file system's error
 */
export async function openSpec(argument: string): Promise<OpenedSpec> {
  if (argument !== '-' && isFolder(argument)) {
    return {
      source: argument,
      name: undefined,
      campaign: await campaignOf(requireLock(argument).campaign.spec),
    };
  }
  const file = argument === '-' ? '<stdin>' : argument;
  const { spec, name } = parseSweep(await textOf(argument), { file, find: findFiles });
  return { source: argument, name, campaign: await campaignOf(spec) };
}
