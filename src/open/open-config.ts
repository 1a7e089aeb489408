/** The CONFIG argument: a preset's name, a config or a dump, a file or `-` for standard input; and a view of one of its vCPUs. */
import { isPreset, PRESETS, preset } from '../config/presets/index.ts';
import { didYouMean } from '../config/suggest.ts';
import { ConfigError, InputError, WrmsrFault } from '../errors.ts';
import type { Policy } from '../policy/index.ts';
// Straight from its file: the index brings every reader.
import { looksLikeConfig } from '../read/looks-like-config.ts';
import { type Engine, type EngineView, type Vcpu, type Vm, vcpuOf } from '../vm/index.ts';
import { faultReason } from './fault.ts';
import { InputFile } from './input-file.ts';
import type { InputOptions, OpenedConfig } from './opened-config.ts';

export type { InputOptions, OpenedConfig } from './opened-config.ts';

async function openedInput(argument: string): Promise<InputFile> {
  try {
    return await InputFile.open(argument);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || /[/\\.]/.test(argument)) {
      throw Object.assign(error as NodeJS.ErrnoException, { path: argument });
    }
    const hint = didYouMean(
      argument,
      PRESETS.map(({ name }) => name),
    );
    throw new InputError(
      '',
      `${argument}: no such file, and no preset of that name${hint ? ` (${hint})` : ' (see eptsweep list presets)'}`,
    );
  }
}

/**
 * Opens the CONFIG argument. A preset needs no parser, so none is loaded for it; a config needs no reader of dumps.
 *
 * @param argument - a preset's name, a file (`./name` for a file that is called like a preset), or `-`: a config
 * or a dump
 * @throws ConfigError, InputError, ReadError
 */
export async function openConfig(argument: string, options: InputOptions = {}): Promise<OpenedConfig> {
  if (isPreset(argument)) {
    if (options.from !== undefined) {
      throw new InputError(
        '',
        `--from is for dumps, and ${argument} is a preset (./${argument} names a file)`,
      );
    }
    return withRam({ vm: preset(argument) }, options);
  }
  const input = await openedInput(argument);
  if (options.from === undefined && looksLikeConfig(input.head.toString('latin1'))) {
    const { parseConfig } = await import('../config/vm/load.ts');
    return withRam(parseConfig(await input.text(), input.name), options);
  }
  const { openDump } = await import('./open-dump.ts');
  return openDump(input, options);
}

async function withRam(opened: OpenedConfig, options: InputOptions): Promise<OpenedConfig> {
  if (options.ram === undefined) return opened;
  const { openRam } = await import('./open-dump.ts');
  return { ...opened, facts: await openRam(options.ram) };
}

/**
 * Position of a vCPU.
 *
 * @param vm - the VM
 * @param id - as `--vcpu` gave it: an id, `vcpu3`, or a name; undefined: the first
 */
export function vcpuIndex(vm: Vm, id: string | undefined): number {
  if (id === undefined) return 0;
  const number = /^(?:v?cpu ?)?(\d+)$/i.exec(id)?.[1];
  const index = vm.vcpus.findIndex(
    (one) => one.name === id || (number !== undefined && one.id === Number(number)),
  );
  if (index >= 0) return index;
  const ids = vm.vcpus.map((one) => one.id);
  const known =
    ids.length === ids.at(-1)! + 1 - ids[0]! ? `${ids[0]}-${ids.at(-1)}` : ids.slice(0, 20).join(', ');
  throw new InputError('', `no vCPU "${id}": ${vm.name} has ${known}`);
}

/**
 * Opens a vCPU under a policy with an engine.
 *
 * @throws ConfigError where the VM comes from a file, else InputError
 */
export function openView(engine: Engine, opened: OpenedConfig, index: number, policy: Policy): EngineView {
  return openSafely(opened, index, policy, (vcpu) => engine.open(vcpu, policy));
}

/**
 * Opens a vCPU in whatever way; a register write that is refused is reported at its line.
 *
 * @param open - opens it under the policy
 * @throws ConfigError where the VM comes from a file, else InputError
 */
export function openSafely<Opened>(
  opened: OpenedConfig,
  index: number,
  policy: Policy,
  open: (vcpu: Vcpu) => Opened,
): Opened {
  try {
    return open(vcpuOf(opened.vm, index));
  } catch (error) {
    if (!(error instanceof WrmsrFault)) throw error;
    const { message, hint } = faultReason(error, vcpuOf(opened.vm, index), policy);
    if (!opened.faultAt) throw new InputError('', `${opened.vm.name}: ${message} (${hint})`);
    throw new ConfigError([opened.faultAt(index, error.index, message, hint)]);
  }
}
