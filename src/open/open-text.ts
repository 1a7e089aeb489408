/** A text becomes a machine: a preset's name, a config, or a dump. */
import { isPreset, preset } from '../config/presets/index.ts';
import { InputRangeError } from '../errors.ts';
// Straight from their files: the index brings every reader.
import { utf8Bytes } from '../read/bytes.ts';
import type { Chunks } from '../read/chunks.ts';
import { looksLikeConfig } from '../read/looks-like-config.ts';
import { headText, Input } from './input.ts';
import type { OpenedConfig, OpenOptions } from './opened-config.ts';

/** What messages call a text that has no name. */
const NAMELESS = '-';

/**
 * Opens an input that has begun. A config needs no reader of dumps, so none is loaded for it, and the other way round.
 *
 * @param input - a config or a dump
 * @param options - how it is read; its name is the input's
 * @throws ConfigError, ReadError
 */
export async function openInput(input: Input, options: OpenOptions): Promise<OpenedConfig> {
  if (options.from === undefined && looksLikeConfig(headText(input))) {
    const { parseConfig } = await import('../config/vm/load.ts');
    return withRam(parseConfig(await input.text(), input.name), options);
  }
  const { openDump } = await import('./open-dump.ts');
  return openDump(input, options);
}

async function withRam(opened: OpenedConfig, { ram }: OpenOptions): Promise<OpenedConfig> {
  if (ram === undefined) return opened;
  const { openRam } = await import('./open-dump.ts');
  const more = await openRam(ram);
  return { ...opened, ...more, said: [...(opened.said ?? []), ...more.said] };
}

/**
 * Opens a config or a dump that comes in pieces, of any size: a dump is read in constant memory, gzip unpacked.
 *
 * @param chunks - UTF-8 or UTF-16, or gzip of such
 * @param options - its name, and how it is read
 * @returns the VM, what the dump says, and what had to be assumed
 * @throws ConfigError where it is a config with errors, ReadError where it is a dump that says nothing of use
 * @example
 * const log = ['reg00: base=0x000000000 (    0MB), size= 2048MB, count=1: write-back\n'];
 * const { vm } = await openChunks(log.map((line) => new TextEncoder().encode(line)));
 * vm.vcpus[0].state.msrs[0].value; // 6n
 */
export async function openChunks(chunks: Chunks, options: OpenOptions = {}): Promise<OpenedConfig> {
  return openInput(await Input.begin(options.name ?? NAMELESS, chunks), options);
}

/**
 * Opens a config (YAML or JSON) or a dump (dmesg, /proc/mtrr, rdmsr, ...); which of them it is, its content says.
 *
 * @param text - the whole text, as it was pasted
 * @param options - its name, and how it is read
 * @returns the VM, what the dump says, and what had to be assumed
 * @throws ConfigError where it is a config with errors, ReadError where it is a dump that says nothing of use
 * @example
 * const { vm, assumptions } = await openText('0x200,0x6\n0x201,0xf80000800\n0x2ff,0x800\n');
 * vm.maxphyaddr; // 36
 * assumptions[0].startsWith('inferred: phys-bits 36'); // true
 */
export async function openText(text: string, options: OpenOptions = {}): Promise<OpenedConfig> {
  return openChunks([utf8Bytes(text)], options);
}

/**
 * Opens what somebody typed or pasted: a preset's name, or a text as {@link openText} takes it.
 *
 * @param text - `ovmf-q35`, or a config or dump
 * @param options - its name, and how it is read
 * @returns as {@link openText}
 * @throws as {@link openText}; InputRangeError for `from` with a preset
 * @example
 * (await presetOrConfig('ovmf-q35')).vm.vcpus.length; // 8
 */
export async function presetOrConfig(text: string, options: OpenOptions = {}): Promise<OpenedConfig> {
  const name = text.trim();
  if (!isPreset(name)) return openText(text, options);
  if (options.from !== undefined)
    throw new InputRangeError('from', `a format is for dumps, and ${name} is a preset`);
  return withRam({ vm: preset(name) }, options);
}
