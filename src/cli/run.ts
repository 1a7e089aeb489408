/** From arguments to an exit code. */
import { Command, CommanderError } from 'commander';
import { nearest } from '../suggest.ts';
import { VERSION } from '../version.ts';
import { aboutText, SUMMARY } from './about.ts';
import { COMMANDS } from './commands.ts';
import {
  EXIT_BAD_INPUT,
  EXIT_INTERRUPTED,
  EXIT_OK,
  EXIT_TERMINATED,
  outcomeOf,
  UsageError,
} from './output/exit.ts';

/** A message of commander's on one line, without its own prefix. */
function oneLine(text: string): string {
  return text
    .trim()
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ');
}

async function programFor(name: string | undefined): Promise<Command> {
  const program = new Command('eptsweep')
    .description(SUMMARY)
    .option('-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(`eptsweep${name ? ` ${name}` : ''}: ${oneLine(text)}\n`),
    });
  const loaders = name === undefined ? Object.values(COMMANDS) : [COMMANDS[name]!];
  for (const load of loaders) program.addCommand((await load()).copyInheritedSettings(program));
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
  // Not left to the signals themselves: what is half-written goes when the process exits.
  const onInterrupt = () => process.exit(EXIT_INTERRUPTED);
  const onTerminate = () => process.exit(EXIT_TERMINATED);
  process.once('SIGINT', onInterrupt);
  process.once('SIGTERM', onTerminate);
  if (args[0] === '-V' || args[0] === '--version') {
    process.stdout.write(`${VERSION}\n`);
    return EXIT_OK;
  }
  const name = args[0] !== undefined && Object.hasOwn(COMMANDS, args[0]) ? args[0] : undefined;
  try {
    const asked = args[0] === 'help' ? args[1] : args[0];
    if (asked !== undefined && !asked.startsWith('-')) requireCommand(asked);
    const program = await programFor(name);
    await program.parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? EXIT_OK);
  } catch (error) {
    return concluded(error, name === undefined ? 'eptsweep' : `eptsweep ${name}`);
  } finally {
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onTerminate);
  }
}
