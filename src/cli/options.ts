/** Options that several commands have, and their values. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { framesTouched, parseRangeOrOne, RANGE_FORMS } from '../config/range-text.ts';
import { parsePatType } from '../config/values.ts';
import { messageWithoutPath } from '../errors.ts';
import { type Policy, policyFromText } from '../policy/index.ts';
import type { GfnRange, PatType } from '../types.ts';
import { ENGINE_NAMES, frameCount, type Vm } from '../vm/index.ts';
import { FORMATS, type Format } from '../write/format/formats.ts';
import { PICTURE_WIDTHS } from '../write/format/svg-width.ts';
import { UsageError } from './output/exit.ts';
import { PROGRESS_KINDS } from './output/notes.ts';
import { isTerminal, STDOUT } from './output/streams.ts';

/** Other names of formats. */
const FORMAT_ALIASES: Readonly<Record<string, string>> = { md: 'markdown' };

/** Values of the options that {@link addOutputOptions} adds. */
export interface OutputOptions {
  readonly format: Format;
  readonly json?: true;
  readonly output?: string;
  /** Undefined: where standard output is a terminal. */
  readonly color?: boolean;
}

/** `-f`: one of `formats`, or another name of it. */
function formatOption(formats: readonly string[]): Option {
  const option = new Option('-f, --format <format>', 'how to print').choices(formats).default(formats[0]);
  return option.argParser((text) => {
    // What people read is a table elsewhere.
    const isText = text === 'table' && formats[0] === 'text';
    const format = isText ? 'text' : (FORMAT_ALIASES[text] ?? text);
    if (!formats.includes(format)) {
      throw new InvalidArgumentError(`Allowed choices are ${formats.join(', ')}.`);
    }
    return format;
  });
}

/**
 * Adds `-f`, `--json`, `-o`, `--color`.
 *
 * @param formats - what `-f` takes, the default first
 */
export function addOutputOptions(command: Command, formats: readonly string[] = FORMATS): Command {
  return command
    .addOption(formatOption(formats))
    .option('--json', 'the same as -f json')
    .option('-o, --output <file>', 'write to a file; it appears whole or not at all')
    .option('--color', 'colours even where the output is no terminal')
    .option('--no-color', 'no colours');
}

/** Adds `--quiet` and `--progress`, which the program itself heeds (`run.ts`). */
export function addProgressOptions(command: Command): Command {
  return command
    .option('-q, --quiet', 'errors alone on standard error: no warning, no assumption, no progress')
    .addOption(
      new Option(
        '--progress <how>',
        'on standard error: a line on a terminal, nothing, or a line of JSON each second',
      )
        .choices(PROGRESS_KINDS)
        .default('auto'),
    );
}

/** The format that was asked for. */
export function formatOf(options: OutputOptions): Format {
  return options.json ? 'json' : options.format;
}

/** Whether a variable is set that forces colours. */
function isForced(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0';
}

/** Whether to use colours: `--color`, then NO_COLOR, FORCE_COLOR and CLICOLOR_FORCE, and whether a terminal reads that knows them. */
export function wantsColour(options: Pick<OutputOptions, 'color' | 'output'>): boolean {
  if (options.color !== undefined) return options.color;
  const { NO_COLOR: no, FORCE_COLOR, CLICOLOR_FORCE, TERM } = process.env;
  if (no) return false;
  if (options.output !== undefined) return false;
  if (isForced(FORCE_COLOR) || isForced(CLICOLOR_FORCE)) return true;
  return TERM !== 'dumb' && isTerminal(STDOUT);
}

function pictureWidth(text: string): number {
  const { least, most } = PICTURE_WIDTHS;
  const width = Number(text);
  if (!/^\d{1,5}$/.test(text) || width < least || width > most) {
    throw new InvalidArgumentError(`expected a number ${least}..${most}`);
  }
  return width;
}

/** `--width`, which `-f svg` heeds. */
export function widthOption(): Option {
  return new Option('--width <units>', 'that a picture is laid out for: 400 for narrow columns')
    .argParser(pictureWidth)
    .default(PICTURE_WIDTHS.default);
}

/** Adds `--scale` and `--width`, which `-f svg` heeds. */
export function addPictureOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--scale <scale>', 'of a picture: by the logarithm of sizes, or true to scale')
        .choices(['log', 'linear'])
        .default('log'),
    )
    .addOption(widthOption());
}

/** `--engine`. */
export function engineOption(): Option {
  return new Option('--engine <name>', 'who evaluates').choices(ENGINE_NAMES).default('auto');
}

/**
 * {@link policyFromText} for commander.
 *
 * @throws InvalidArgumentError with the name that may have been meant
 */
export function policyArgument(text: string): Policy {
  try {
    return policyFromText(text);
  } catch (error) {
    throw new InvalidArgumentError(messageWithoutPath(error as Error));
  }
}

/** `--policy`: a policy's name. */
export function policyOption(): Option {
  return new Option(
    '--policy <name>',
    'sdm or kvm-X.Y; +COMMIT and +FLAG=VALUE change it; default: what the config says, else sdm',
  ).argParser(policyArgument);
}

/** `--vcpu`, where it chooses whose registers answer. */
export function vcpuOption(otherwise = 'the first'): Option {
  return new Option(
    '--vcpu <list>',
    `whose registers: an id, 0-3,7, distinct (one of each state) or all; default: ${otherwise}`,
  );
}

/** A parser of names with commas between them, each once. */
export function listOf<Name extends string>(names: readonly Name[]) {
  return (text: string): readonly Name[] => {
    const given = text.split(',').map((name) => name.trim());
    for (const name of given) {
      if (!(names as readonly string[]).includes(name)) {
        throw new InvalidArgumentError(`"${name}" is none of ${names.join(', ')}`);
      }
    }
    return [...new Set(given)] as Name[];
  };
}

/** `--pat`: the PAT type of the guest's page-table entry. */
export function patOption(): Option {
  return new Option('--pat <type>', "PAT type of the guest's page-table entry, for effective")
    .default(6, 'WB')
    .argParser((text): PatType => {
      const type = parsePatType(/^\d$/.test(text) ? Number(text) : text);
      if (type === undefined) throw new InvalidArgumentError('expected UC, UC-, WC, WT, WP or WB');
      return type;
    });
}

/** What a range may be, for the help. */
export const RANGE_HELP =
  '0xa0000-0xbffff, 3G-4G (ends before 4G), 0xc0000000+1G, or one address; default: all';

/** `--by`: in what a range is given and printed. */
export function byOption(): Option {
  return new Option('--by <unit>', 'give and print addresses (gpa) or frame numbers (gfn, FIRST-LAST)')
    .choices(['gpa', 'gfn'])
    .default('gpa');
}

/** Hex digits without `0x`, as dumps print them: read as hex if any part has a letter, or in WinDbg's form. */
function withPrefixes(text: string): string {
  // WinDbg's `hi:lo` and hi`lo.
  const joined = text.replace(/\b(?:0x)?([0-9a-f]{1,8})[:`]([0-9a-f]{8})\b/gi, '0x$1$2');
  const parts = joined.split(/([-+])/);
  const isBare = (part: string) => /^[0-9a-f]+$/i.test(part);
  const asHex = parts.some((part) => isBare(part) && /[a-f]/i.test(part));
  return asHex ? parts.map((part) => (isBare(part) ? `0x${part}` : part)).join('') : joined;
}

/**
 * Whether an argument is a range, and not the name of a file or a preset; `./3G-4G` is a file.
 *
 * @param text - as it was typed
 */
export function isRange(text: string): boolean {
  const written = withPrefixes(text.trim());
  return parseRangeOrOne(written) !== 'malformed';
}

/**
 * Reads a range that was given on the command line.
 *
 * @param text - `0xa0000-0xbffff`, `3G-4G`, `start+size`, or one address; undefined: all of it
 * @param vm - whose space it lies in
 * @param by - whether these are addresses or frame numbers
 * @returns whole frames; a range that starts or ends inside a page covers it
 * @throws UsageError where it is malformed or leaves the space
 */
export function rangeOf(text: string | undefined, vm: Vm, by: 'gpa' | 'gfn'): GfnRange {
  const frames = frameCount(vm.maxphyaddr);
  if (text === undefined) return { start: 0, end: frames };
  const written = withPrefixes(text.trim());
  const range = parseRangeOrOne(written, by);
  if (typeof range === 'string') {
    throw new UsageError(
      `range "${text}" ${range === 'malformed' ? `is malformed: expected ${RANGE_FORMS}, or one address` : range}`,
    );
  }
  const asked = by === 'gfn' ? { start: Number(range.start), end: Number(range.end) } : framesTouched(range);
  if (asked.end > frames) {
    const last = by === 'gfn' ? BigInt(frames) - 1n : (1n << BigInt(vm.maxphyaddr)) - 1n;
    const given = `0x${(range.end - 1n).toString(16)}`;
    throw new UsageError(
      `range "${text}": ${given} lies beyond the guest's space, which ends at 0x${last.toString(16)} (maxphyaddr ${vm.maxphyaddr})`,
    );
  }
  return asked;
}

function bitsNumber(text: string): number {
  if (!/^\d{2}$/.test(text) || Number(text) < 32 || Number(text) > 52) {
    throw new InvalidArgumentError('expected a number 32..52');
  }
  return Number(text);
}

function bootNumber(text: string): number | 'last' {
  if (text === 'last') return text;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('expected a number from 1, or last');
  return Number(text);
}

function changeText(text: string, before: readonly string[] | undefined): readonly string[] {
  if (!/^\s*[^=\s]/.test(text) || !text.includes('=')) {
    throw new InvalidArgumentError('expected PATH=VALUE such as noncoherentDma=true (eptsweep list paths)');
  }
  return [...(before ?? []), text];
}

/** `--set`, which may be repeated. */
export function setOption(): Option {
  return new Option(
    '--set <path=value>',
    'what if CONFIG said that: noncoherentDma=true, msrs.0x2ff=0xc06, ... (eptsweep list paths); repeatable',
  ).argParser(changeText);
}

/**
 * Adds what a CONFIG argument can need: `--set`; and where it is a dump `--from`, `--ram`, `--phys-bits`, `--boot`,
 * `--host`, `--stage`, `--strict`.
 */
export function addInputOptions(command: Command): Command {
  return command
    .addOption(setOption())
    .option('--from <format>', "the dump's format; default: found from the content (eptsweep list formats)")
    .addOption(
      new Option(
        '--ram <file>',
        'a further file that says what is RAM: dmesg, /proc/iomem, info mtree -f',
      ).argParser((file: string, before: readonly string[] | undefined) => [...(before ?? []), file]),
    )
    .addOption(
      new Option('--phys-bits <n>', 'physical address bits of the machine that a dump is of').argParser(
        bitsNumber,
      ),
    )
    .addOption(
      new Option('--boot <n>', 'which boot of a log that holds several; default: the last').argParser(
        bootNumber,
      ),
    )
    .option(
      '--host <host>',
      'which host of a log whose lines name several; default: the last that tells registers',
    )
    .option(
      '--stage <name>',
      'which state of a log that shows several: firmware or after-cleanup (Linux), permanent or temporary (coreboot)',
    )
    .option('--strict', 'end with 2 rather than assume what a dump does not say, or where it is torn');
}

/**
 * Refuses options that other commands have and that have no meaning here, each with the reason and what does the same;
 * commander would call them unknown. Help, man page and completion leave them out.
 *
 * @param reasons - by flags, as `--set <path=value>`
 */
export function addRefusals(command: Command, reasons: Readonly<Record<string, string>>): Command {
  for (const [flags, reason] of Object.entries(reasons)) {
    const refuse = () => {
      throw new UsageError(`${flags.split(' ', 1)[0]}: ${reason}`);
    };
    command.addOption(new Option(flags).hideHelp().argParser(refuse));
  }
  return command;
}

/** What the CONFIG argument may be, for the help. */
export const CONFIG_HELP =
  'a config or a dump (dmesg, /proc/mtrr, rdmsr, ...), - for standard input, or a preset (eptsweep list presets)';

/** What the arguments may be of a command that takes many, for the help. */
export const FLEET_HELP = `one or more of: ${CONFIG_HELP}; or a folder of them`;

/** Adds examples to the end of a command's help; the tests run each line that starts with `$`. */
export function addExamples(command: Command, ...lines: readonly string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`);
}

/** How many rows are listed, for `--limit`; 0 lists all. */
export function limitNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('expected a number; 0 lists all');
  return text === '0' ? Number.POSITIVE_INFINITY : Number(text);
}
