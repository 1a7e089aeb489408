/** From arguments to an exit code. */
import { statSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { nearest } from '../suggest.ts';
import { VERSION } from '../version.ts';
import { shellWord } from '../words.ts';
import { fittedLines } from '../write/format/wrap.ts';
import { aboutText, SUMMARY } from './about.ts';
import { COMMANDS } from './commands.ts';
import { hearingSignals, ifInterrupted } from './interrupt.ts';
import { OUTLINES } from './outline.ts';
import { withOwnColours } from './output/colours.ts';
import { EXIT_BAD_INPUT, EXIT_OK, outcomeOf, UsageError } from './output/exit.ts';
import { lineWidth } from './output/line-width.ts';
import { complain, type ProgressKind, speak } from './output/notes.ts';
import { writeLines } from './output/output.ts';
import { writeError } from './output/streams.ts';

/** Of help that no terminal reads; it says how wide others are. */
const HELP_WIDTH = 80;

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

/** Values of options that are the program's affair rather than a command's. */
interface CommonOptions {
  readonly quiet?: true;
  readonly progress?: ProgressKind;
  readonly output?: string;
}

/** Whether files go into it, one by one. */
function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Has a command speak as its options say, and says of `-o FILE` what a signal leaves of it. */
function begin(program: Command, action: Command, args: readonly string[]): void {
  const { quiet = false, progress = 'auto', output } = action.opts<CommonOptions>();
  const command = spokenName(program, args).split(' ').slice(1).join(' ');
  const line = ['eptsweep', ...args.map(shellWord)].join(' ');
  speak({ command, line, isQuiet: quiet, progress });
  const isFile = action.options.some(({ flags }) => flags === '-o, --output <file>');
  if (isFile && output !== undefined && output !== '-' && !isFolder(output)) {
    ifInterrupted(`nothing was written to ${output}; begin again`);
  }
}

/** A command of the program; what messages and ends do is the program's affair, in commands behind it too. */
function addCommand(parent: Command, command: Command): void {
  parent.addCommand(command.copyInheritedSettings(parent));
  for (const inner of command.commands) inner.copyInheritedSettings(command);
}

/**
 * The program, with one command where it is known which.
 *
 * @param tell - takes what help and the like print: commander would write it to a stream whose errors nobody hears
 */
async function programFor(
  name: string | undefined,
  args: readonly string[],
  tell: (text: string) => void,
): Promise<Command> {
  const program: Command = new Command('eptsweep')
    .description(SUMMARY)
    .option('-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({
      writeOut: tell,
      writeErr: writeError,
      getOutHelpWidth: () => lineWidth() ?? HELP_WIDTH,
      // Help has no colours that would have to be taken out.
      getOutHasColors: () => true,
      outputError: (text) => complain(`${spokenName(program, args)}: ${oneLine(text)}`),
    });
  if (name === undefined) addOutlines(program);
  else addCommand(program, await COMMANDS[name]!());
  program.hook('preAction', (_, action) => begin(program, action, args));
  program.helpCommand('help [command]', 'print the help of a command');
  return name === undefined ? program.addHelpText('after', () => aboutText()) : program;
}

/** Commands as the help lists them: nothing runs them, since a command that was named is loaded. */
function addOutlines(program: Command): void {
  for (const [name, [usage, description]] of Object.entries(OUTLINES)) {
    const outline = new Command(name).description(description);
    const operands = usage.replace(/^\[options\] ?/, '');
    if (operands !== usage) outline.option('--any');
    if (operands !== '') outline.arguments(operands);
    program.addCommand(outline);
  }
}

/** The command that is to be loaded: it runs, or its help is printed. */
function commandIn(args: readonly string[]): string | undefined {
  const [word] = args.filter((one) => one !== '--' && one !== 'help');
  return word !== undefined && Object.hasOwn(COMMANDS, word) ? word : undefined;
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
  if (error instanceof CommanderError) return EXIT_BAD_INPUT;
  const { exitCode, lines } = outcomeOf(error, command);
  complain(...lines);
  return exitCode;
}

/** What commander ends with where it has printed what was asked for. */
function isTold(error: unknown): boolean {
  return error instanceof CommanderError && error.exitCode === 0;
}

/** What a run says beside its command's results. */
interface Said {
  /** Text for standard output: help and the like. */
  told: string;
  /** Name of the command, in front of what is wrong. */
  command: string;
}

/** Finds the command and runs it. */
async function runCommand(args: readonly string[], name: string | undefined, said: Said): Promise<void> {
  const asked = args[0] === 'help' ? args[1] : args[0];
  if (asked !== undefined && !asked.startsWith('-')) requireCommand(asked);
  const program = await programFor(name, args, (text) => {
    said.told += text;
  });
  said.command = spokenName(program, args);
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!isTold(error)) throw error;
  }
}

/**
 * Runs the program.
 *
 * @param args - arguments behind the program's name
 * @returns the exit code; a command may set `process.exitCode` instead
 */
export async function run(args: readonly string[]): Promise<number> {
  const name = commandIn(args);
  return withOwnColours(() =>
    hearingSignals(async () => {
      const said: Said = {
        told: '',
        command: name !== undefined && name === args[0] ? `eptsweep ${name}` : 'eptsweep',
      };
      try {
        if (args[0] === '-V' || args[0] === '--version') said.told = `${VERSION}\n`;
        else await runCommand(args, name, said);
        if (said.told !== '') {
          const lines = said.told.replace(/\n$/, '').split('\n');
          await writeLines(fittedLines(lines, lineWidth()));
        }
        return Number(process.exitCode ?? EXIT_OK);
      } catch (error) {
        return concluded(error, said.command);
      } finally {
        speak(undefined);
      }
    }),
  );
}
