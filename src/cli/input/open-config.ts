/** The CONFIG argument: a preset's name, a config or a dump, a file or `-` for standard input. */
import { isPreset, PRESETS, preset } from '../../config/presets/index.ts';
import type { Input } from '../../open/input.ts';
import { openInput as opened } from '../../open/open-text.ts';
import type { OpenedConfig, OpenOptions } from '../../open/opened-config.ts';
import type { Facts } from '../../read/index.ts';
import { didYouMean } from '../../suggest.ts';
import { UsageError } from '../output/exit.ts';
import { fileChunks, inputName, openInput } from './input-file.ts';

/** How the argument is read where it is a dump. */
export interface InputOptions extends Omit<OpenOptions, 'name' | 'ram'> {
  /** Further files that say what is RAM. */
  readonly ram?: readonly string[];
}

async function openedInput(argument: string): Promise<Input> {
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

/** What the readers noticed, what contradicts itself, what was assumed. */
function say(sentences: readonly string[] = []): void {
  for (const sentence of sentences) process.stderr.write(`${sentence}\n`);
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
  const result = await openedConfig(argument, options);
  say(result.said);
  return result;
}

async function openedConfig(argument: string, options: InputOptions): Promise<OpenedConfig> {
  if (!isPreset(argument)) return opened(await openedInput(argument), withSources(options));
  if (options.from !== undefined) {
    throw new UsageError(`--from is for dumps, and ${argument} is a preset (./${argument} names a file)`);
  }
  const vm = preset(argument);
  return options.ram ? { vm, ...(await readRamFiles(options.ram)) } : { vm };
}

async function readRamFiles(files: readonly string[]) {
  const { openRam } = await import('../../open/open-dump.ts');
  return openRam(ramSources(files));
}

/** Reads the files of `--ram` alone, and says what was noticed. */
export async function openRamFiles(files: readonly string[]): Promise<Facts> {
  const { facts, said } = await readRamFiles(files);
  say(said);
  return facts;
}
