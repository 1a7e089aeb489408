/** The commands as completion scripts need them, from the same commander tree that prints the help. */
import type { Command } from 'commander';
import { possibleValue, type Value } from './values.ts';

/** An option of a command. */
export interface OptionNode {
  /** `-o`, if it has a short form. */
  readonly short?: string;
  /** `--output`. */
  readonly long: string;
  readonly description: string;
  /** There if it takes a value. */
  readonly value?: Value;
}

/** Loads a command. */
export type LoadCommand = () => Promise<Command>;

/** A command. */
export interface CommandNode {
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionNode[];
  /** What can stand in its arguments, in their order. */
  readonly args: readonly Value[];
}

const ANYTHING: Value = { words: [] };
/** Of those that may be repeated, as many are completed. */
const MOST_ARGUMENTS = 9;

function nodeOf(command: Command): CommandNode {
  const name = command.name();
  const options = command.options.map(({ short, long, description, flags, argChoices }): OptionNode => {
    const placeholder = /[<[](.+)[>\]]/.exec(flags)?.[1];
    const known = argChoices ? { words: argChoices } : possibleValue(name, placeholder ?? '', long);
    return {
      ...(short !== undefined && { short }),
      long: long ?? flags,
      description,
      ...(placeholder !== undefined && { value: known ?? ANYTHING }),
    };
  });
  return {
    name,
    description: command.description(),
    options: [...options, { short: '-h', long: '--help', description: 'display help for command' }],
    args: command.registeredArguments.flatMap((argument): Value[] => {
      const { argChoices: choices, variadic } = argument;
      const value = choices ? { words: choices } : possibleValue(name, argument.name());
      return Array(variadic ? MOST_ARGUMENTS : 1).fill(value ?? ANYTHING);
    }),
  };
}

/**
 * All commands, `help` among them.
 *
 * @param loaders - by name, in the order of the help
 * @returns in the order of the help
 */
export async function commandTree(
  loaders: Readonly<Record<string, LoadCommand>>,
): Promise<readonly CommandNode[]> {
  const commands = await Promise.all(Object.values(loaders).map((load) => load()));
  const nodes = commands.map(nodeOf);
  const help: CommandNode = {
    name: 'help',
    description: 'print the help of a command',
    options: [],
    args: [{ words: nodes.map(({ name }) => name) }],
  };
  return [...nodes, help];
}
