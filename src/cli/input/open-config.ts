/** The CONFIG argument: a preset's name, a config or a dump, a file or `-` for standard input. */
import { isPreset, preset } from '../../config/presets/index.ts';
import type { OpenedConfig } from '../../open/opened-config.ts';
import type { Facts } from '../../read/index.ts';
import { UsageError } from '../output/exit.ts';
import { relay } from '../output/notes.ts';
import type { InputOptions } from './input-options.ts';

export type { InputOptions } from './input-options.ts';

/** What the readers noticed, what contradicts itself, what was assumed. */
export function say(sentences: readonly string[] = []): void {
  for (const sentence of sentences) relay(sentence);
}

/**
 * Opens the CONFIG argument; says on standard error what the readers noticed and what was assumed. A preset needs
 * no parser, so none is loaded for it; a config needs no reader of dumps.
 *
 * @param argument - a preset's name, a file (`./name` for a file that is called like a preset), or `-`: a config
 * or a dump
 * @throws ConfigError, ReadError, UsageError
 */
export async function openConfig(argument: string, options: InputOptions = {}): Promise<OpenedConfig> {
  const result = await openQuietly(argument, options);
  say(result.said);
  return result;
}

/** The same, and what is to be said is left to the caller. */
export async function openQuietly(argument: string, options: InputOptions = {}): Promise<OpenedConfig> {
  const result = isPreset(argument)
    ? await openPreset(argument, options)
    : await (await import('./open-file.ts')).openFile(argument, options);
  if (options.set === undefined) return result;
  return (await import('../../open/settings.ts')).withSettings(result, options.set);
}

async function openPreset(name: string, { from, ram }: InputOptions): Promise<OpenedConfig> {
  if (from !== undefined) {
    throw new UsageError(`--from is for dumps, and ${name} is a preset (./${name} names a file)`);
  }
  const vm = preset(name);
  if (ram === undefined) return { vm };
  const { readRamFiles } = await import('./open-file.ts');
  return { vm, ...(await readRamFiles(ram)) };
}

/** Reads the files of `--ram` alone, and says what was noticed. */
export async function openRamFiles(files: readonly string[]): Promise<Facts> {
  const { readRamFiles } = await import('./open-file.ts');
  const { facts, said } = await readRamFiles(files);
  say(said);
  return facts;
}
