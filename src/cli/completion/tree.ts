/** The commands as completion scripts need them, from the same commander tree that prints the help. */
import type { Command, Option } from 'commander';
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

/** Those that the help shows: the others are refused with a reason. */
function shownOptions({ options }: Command): readonly Option[] {
  return options.filter(({ hidden }) => !hidden);
}

function optionNode(command: string, { short, long, description, flags, argChoices }: Option): OptionNode {
  const placeholder = /[<[](.+)[>\]]/.exec(flags)?.[1];
  const known = argChoices ? { words: argChoices } : possibleValue(command, placeholder ?? '', long);
  return {
    ...(short !== undefined && { short }),
    long: long ?? flags,
    description,
    ...(placeholder !== undefined && { value: known ?? ANYTHING }),
  };
}

function argumentValues(command: Command): Value[] {
  return command.registeredArguments.flatMap((argument): Value[] => {
    const { argChoices: choices, variadic } = argument;
    const value = choices ? { words: choices } : possibleValue(command.name(), argument.name());
    return Array(variadic ? MOST_ARGUMENTS : 1).fill(value ?? ANYTHING);
  });
}

/** A command that others stand behind: their names, then what any of them takes. */
function familyNode(command: Command): Pick<CommandNode, 'options' | 'args'> {
  const { commands } = command;
  const options = new Map<string, OptionNode>();
  for (const node of commands.flatMap((one) =>
    shownOptions(one).map((option) => optionNode(one.name(), option)),
  )) {
    if (!options.has(node.long)) options.set(node.long, node);
  }
  const behind = Array<Value>(MOST_ARGUMENTS - 1).fill({ words: [], files: 'files' });
  return {
    options: [...options.values()],
    args: [{ words: commands.map((one) => one.name()) }, ...behind],
  };
}

function nodeOf(command: Command): CommandNode {
  const name = command.name();
  const { options, args } =
    command.commands.length > 0
      ? familyNode(command)
      : {
          options: shownOptions(command).map((option) => optionNode(name, option)),
          args: argumentValues(command),
        };
  return {
    name,
    description: command.description(),
    options: [...options, { short: '-h', long: '--help', description: 'display help for command' }],
    args,
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
