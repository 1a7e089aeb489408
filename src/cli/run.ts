/** From arguments to an exit code. */
import { Command, CommanderError } from 'commander';
import { nearest } from '../suggest.ts';
import { VERSION } from '../version.ts';
import { aboutText, SUMMARY } from './about.ts';
import { COMMANDS } from './commands.ts';
import { hearingSignals } from './interrupt.ts';
import { EXIT_BAD_INPUT, EXIT_OK, outcomeOf, UsageError } from './output/exit.ts';

/** A message of commander's on one line, without its own prefix. */
function oneLine(text: string): string {
  return text
    .trim()
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ');
}

/** A command's name as messages begin with it, `eptsweep sweep run`; the program's own where there is no such command. */
function spokenName(program: Command, args: readonly string[]): string {
  const words: string[] = [program.name()];
  let command: Command | undefined = program;
  for (const arg of args) {
    command = command.commands.find((one) => one.name() === arg);
    if (!command) break;
    words.push(arg);
  }
  return words.join(' ');
}

/** A command of the program; what messages and ends do is the program's affair, in commands behind it too. */
function addCommand(parent: Command, command: Command): void {
  parent.addCommand(command.copyInheritedSettings(parent));
  for (const inner of command.commands) inner.copyInheritedSettings(command);
}

async function programFor(name: string | undefined, args: readonly string[]): Promise<Command> {
  const program: Command = new Command('eptsweep')
    .description(SUMMARY)
    .option('-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(`${spokenName(program, args)}: ${oneLine(text)}\n`),
    });
  const loaders = name === undefined ? Object.values(COMMANDS) : [COMMANDS[name]!];
  for (const load of loaders) addCommand(program, await load());
  program.helpCommand('help [command]', 'print the help of a command');
  return name === undefined ? program.addHelpText('after', () => aboutText()) : program;
}

/** @throws UsageError for a word that is no command, where `help` would print everything */
function requireCommand(word: string): void {
  const names = [...Object.keys(COMMANDS), 'help'];
  if (names.includes(word)) return;
  const meant = nearest(word, names);
  throw new UsageError(
    `unknown command '${word}' (${meant ? `Did you mean ${meant}?` : 'see eptsweep --help'})`,
  );
}

/** Says the outcome of an error, and gives its exit code. */
function concluded(error: unknown, command: string): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_BAD_INPUT;
  const { exitCode, text } = outcomeOf(error, command);
  if (text !== '') process.stderr.write(`${text}\n`);
  return exitCode;
}

/**
 * Runs the program.
 *
 * @param args - arguments behind the program's name
 * @returns the exit code; a command may set `process.exitCode` instead
 */
export async function run(args: readonly string[]): Promise<number> {
  if (args[0] === '-V' || args[0] === '--version') {
    process.stdout.write(`${VERSION}\n`);
    return EXIT_OK;
  }
  const name = args[0] !== undefined && Object.hasOwn(COMMANDS, args[0]) ? args[0] : undefined;
  return hearingSignals(async () => {
    let spoken = name === undefined ? 'eptsweep' : `eptsweep ${name}`;
    try {
      const asked = args[0] === 'help' ? args[1] : args[0];
      if (asked !== undefined && !asked.startsWith('-')) requireCommand(asked);
      const program = await programFor(name, args);
      spoken = spokenName(program, args);
      await program.parseAsync(args, { from: 'user' });
      return Number(process.exitCode ?? EXIT_OK);
    } catch (error) {
      return concluded(error, spoken);
    }
  });
}
