/** Ready VMs: firmware and VMMs, and the MTRR layouts of real machines. No parser is needed to use one. */
import { requireText } from '../../arguments.ts';
import { InputRangeError } from '../../errors.ts';
import { didYouMean } from '../../suggest.ts';
import type { Vm } from '../../vm/index.ts';
import { pathText } from '../path.ts';
import { compileConfig } from '../vm/compile.ts';
import { CONFIDENTIAL_GUESTS } from './confidential.ts';
import { DESKTOPS } from './desktops.ts';
import { FIRMWARE } from './firmware.ts';
import { LAPTOPS } from './laptops.ts';
import type { Preset } from './preset.ts';
import { SERVERS } from './servers.ts';

export type { Preset } from './preset.ts';

/** All presets: firmware and VMMs first, then real machines. */
export const PRESETS: readonly Preset[] = [
  ...FIRMWARE,
  ...CONFIDENTIAL_GUESTS,
  ...LAPTOPS,
  ...DESKTOPS,
  ...SERVERS,
];

/**
 * Whether there is a preset of this name.
 *
 * @param name - as it was typed
 * @returns whether {@link preset} takes it
 * @example
 * isPreset('ovmf-q35'); // true
 */
export function isPreset(name: string): boolean {
  return PRESETS.some((preset) => preset.name === name);
}

/**
 * A preset as a VM.
 *
 * @param name - as `eptsweep list presets` prints it
 * @returns the VM, 8 vCPUs
 * @throws InputError where there is none of that name
 * @example
 * preset('ovmf-q35').vcpus.length; // 8
 */
export function preset(name: string): Vm {
  requireText('preset', name, 'the name of a preset');
  const found = PRESETS.find((one) => one.name === name);
  if (!found) {
    const hint = didYouMean(
      name,
      PRESETS.map((one) => one.name),
    );
    throw new InputRangeError(
      'preset',
      `no preset "${name}" (${hint ?? 'eptsweep list presets prints them'})`,
    );
  }
  const { vm } = compileConfig(found, name, (path, message) => {
    throw new InputRangeError(pathText(path), `preset ${name}: ${message}`);
  });
  return vm!;
}
