/**
 * From text to a VM: YAML or JSON is read, held against the schema, compiled. Whatever is wrong is reported at
 * its line and column, all of it at once.
 */
import { requireText } from '../../arguments.ts';
import { ConfigError, type ConfigProblem } from '../../errors.ts';
import type { Vm } from '../../vm/index.ts';
import { type Path, pathText } from '../path.ts';
import { inOrder, schemaProblems } from '../placed.ts';
import { readSource, type Source } from '../source.ts';
import { compileConfig } from './compile.ts';
import type { ConfigInput } from './input.ts';
import { configSchema } from './schema.ts';

/** A VM with the places of its register writes. */
export interface LoadedConfig {
  readonly vm: Vm;
  /** What is probably not meant, but has a meaning: a line each. */
  readonly said?: readonly string[];
  /**
   * The problem of a register write that an engine refused, at the place where the config gives it.
   *
   * @param index - position of the vCPU in `vm.vcpus`
   * @param write - which of its writes, as in `WrmsrFault.index`
   * @param message - what to say of it
   */
  readonly faultAt: (index: number, write: number, message: string, hint?: string) => ConfigProblem;
}

/**
 * Reads a VM config.
 *
 * @param text - YAML or JSON
 * @param file - its name, for messages and as the VM's name where the config gives none
 * @returns the VM; register values are judged by the engine that opens it
 * @throws ConfigError with line, column and path of everything that is wrong
 * @example
 * parseConfig('maxphyaddr: 46\nvcpus: 8\nmtrr: {default: WB}\n', 'guest.yaml').vm.vcpus.length; // 8
 */
export function parseConfig(text: string, file = 'config'): LoadedConfig {
  requireText('text', text, 'a VM config as text');
  requireText('file', file, 'the name of a file');
  return configOf(readSource(text, file));
}

/**
 * A VM config that has been read, or a part of a text that holds one.
 *
 * @throws ConfigError with line, column and path of everything that is wrong
 */
export function configOf(source: Source): LoadedConfig {
  const { file } = source;
  const wrong = schemaProblems(configSchema, source);
  if (wrong.length > 0) throw new ConfigError(wrong);
  const problems: ConfigProblem[] = [];
  const at = (path: Path, message: string, hint?: string): ConfigProblem => ({
    file,
    ...source.locate(path),
    path: pathText(path),
    message,
    ...(hint !== undefined && { hint }),
  });
  const name = file.replace(/^.*[/\\]/, '').replace(/\.(ya?ml|json)$/i, '');
  const said: string[] = [];
  const { vm, origin } = compileConfig(
    source.value as ConfigInput,
    name,
    (...problem) => {
      problems.push(at(...problem));
    },
    (path, message) => {
      const { line } = source.locate(path);
      said.push(`${file}:${line}: ${pathText(path)}: ${message}`);
    },
  );
  if (!vm) throw new ConfigError(inOrder(problems));
  return {
    vm,
    ...(said.length > 0 && { said }),
    faultAt: (index, write, message, hint) => at(origin(index, write) ?? [], message, hint),
  };
}
