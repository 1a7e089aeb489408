/** `--set PATH=VALUE`: what if the config said something else. */
import { type Changes, withChanges } from '../config/change/with-changes.ts';
import { pathText } from '../config/path.ts';
import { parsePath, parseValue } from '../config/paths.ts';
import { InputError, InputRangeError } from '../errors.ts';
import { HOST, type MsrWrite, type Subject, type Vm } from '../vm/index.ts';
import { stating } from './host-evidence.ts';
import type { OpenedConfig } from './opened-config.ts';

/** Runs what reads a change; its errors say which one it was. */
function reading<T>(text: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputRangeError('set', `--set ${text}: ${error.message}`);
  }
}

/** `noncoherentDma=true` as a value by its path. */
function changeOf(text: string): Changes {
  const at = text.indexOf('=');
  const path = parsePath(text.slice(0, at).trim());
  return { [pathText(path)]: parseValue(path, text.slice(at + 1).trim()) };
}

/** The writes of a vCPU, or of the host's processor. */
function writesOf(vm: Vm, index: number) {
  return index === HOST ? vm.host.msrs : vm.vcpus[index]?.state.msrs;
}

/**
 * Where a write stands: at its line as long as it is the file's own, else behind `--set`.
 *
 * @param opened - as the file says
 * @param changed - the VM with changes
 */
function faultAtOf({ vm, faultAt }: OpenedConfig, changed: Vm): NonNullable<OpenedConfig['faultAt']> {
  return (index, position, message, hint) => {
    const write = writesOf(changed, index)?.[position];
    const isSame = (one: MsrWrite) => one.msr === write?.msr && one.value === write.value;
    const before = writesOf(vm, index)?.findIndex(isSame) ?? -1;
    if (faultAt && before >= 0) return faultAt(index, before, message, hint);
    return { file: '--set', line: 0, column: 0, path: '', message, ...(hint !== undefined && { hint }) };
  };
}

/** One change: its path, and the VM before and after it. */
interface Step {
  readonly path: string;
  readonly before: Vm;
  readonly after: Vm;
}

function valueIn(vm: Vm, index: number, msr: number): bigint | undefined {
  return writesOf(vm, index)?.findLast((write) => write.msr === msr)?.value;
}

/** The last change that gave a register another value. */
function settingIn(steps: readonly Step[], { settingOf }: OpenedConfig) {
  return (index: number, msr: number): string | undefined =>
    steps.findLast(({ before, after }) => valueIn(before, index, msr) !== valueIn(after, index, msr))?.path ??
    settingOf?.(index, msr);
}

/** What a change states that a dump leaves open. */
const STATES: readonly (readonly [Subject, RegExp])[] = [
  ['noncoherent-dma', /^\s*noncoherentDma\b/],
  ['quirks', /^\s*quirks\b/],
  ['self-snoop', /^\s*host\.selfSnoop\b/],
];

/**
 * What was opened, with values changed one after the other; the VM's name says so, and with it every answer.
 *
 * @param opened - a config, a dump or a preset
 * @param texts - `noncoherentDma=true`, `msrs.0x2ff=0xc06`, `vcpus[0].cr0cd=true`
 * @returns the same opened input under another name; a dump's evidence about what is stated now is gone
 * @throws InputRangeError for an unknown path and a value that cannot be, with the one that may have been meant
 * @example
 * const opened = await presetOrConfig('ovmf-q35');
 * withSettings(opened, ['noncoherentDma=true']).vm.name; // 'ovmf-q35 with noncoherentDma=true'
 */
export function withSettings(opened: OpenedConfig, texts: readonly string[]): OpenedConfig {
  let { vm } = opened;
  const steps: Step[] = [];
  for (const text of texts) {
    const before = vm;
    vm = reading(text, () => withChanges(vm, changeOf(text)));
    steps.push({ path: text.slice(0, text.indexOf('=')).trim(), before, after: vm });
  }
  if (vm.name === opened.vm.name) vm = withChanges(vm, { name: `${vm.name} with ${texts.join(', ')}` });
  const stated = STATES.filter(([, path]) => texts.some((text) => path.test(text))).map(
    ([subject]) => subject,
  );
  return {
    ...stating(opened, stated),
    vm,
    faultAt: faultAtOf(opened, vm),
    settingOf: settingIn(steps, opened),
  };
}
