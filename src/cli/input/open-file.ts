/** A file or standard input as the CONFIG argument, and the files of `--ram`: loaded where something is read at all. */
import { PRESETS } from '../../config/presets/index.ts';
import type { Input } from '../../open/input.ts';
import { openInput as opened } from '../../open/open-text.ts';
import type { OpenedConfig, OpenOptions } from '../../open/opened-config.ts';
import { didYouMean } from '../../suggest.ts';
import { UsageError } from '../output/exit.ts';
import { fileChunks, inputName, openInput } from './input-file.ts';
import type { InputOptions } from './input-options.ts';

async function begun(argument: string): Promise<Input> {
  try {
    return await openInput(argument);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || /[/\\.]/.test(argument)) throw error;
    const hint = didYouMean(
      argument,
      PRESETS.map(({ name }) => name),
    );
    throw new UsageError(
      `${argument}: no such file, and no preset of that name${hint ? ` (${hint})` : ' (see eptsweep list presets)'}`,
    );
  }
}

function ramSources(files: readonly string[]) {
  return files.map((file) => ({ name: inputName(file), chunks: fileChunks(file) }));
}

function withSources({ ram, ...options }: InputOptions): OpenOptions {
  return { ...options, ...(ram && { ram: ramSources(ram) }) };
}

/**
 * Opens a config or a dump.
 *
 * @param argument - a path, or `-` for standard input
 * @throws ConfigError, ReadError, UsageError
 */
export async function openFile(argument: string, options: InputOptions): Promise<OpenedConfig> {
  return opened(await begun(argument), withSources(options));
}

/** Reads the files of `--ram` alone: what they say, and what the readers noticed. */
export async function readRamFiles(files: readonly string[]) {
  const { openRam } = await import('../../open/open-dump.ts');
  return openRam(ramSources(files));
}
