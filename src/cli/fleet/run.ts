/** A command over many inputs: each is answered by itself, a bad one says why, and the others go on. */
import type { OpenedConfig } from '../../open/opened-config.ts';
import { layoutText } from '../../vm/layout.ts';
import { type FleetItem, fleetTotal } from '../../write/fleet/report.ts';
import { inputName, requireOneStdin } from '../input/input-file.ts';
import { type InputOptions, openQuietly } from '../input/open-config.ts';
import { EXIT_BAD_INPUT, outcomeOf } from '../output/exit.ts';
import { complain, note, relay } from '../output/notes.ts';
import { Progress } from '../output/progress.ts';
import { fleetInputs } from './inputs.ts';

/** An answer, and what of it makes inputs of one layout different. */
interface Answered<Answer> {
  readonly answer: Answer;
  /** Beside the layout: where answers rest on more than the registers. */
  readonly key?: string;
}

/** Says what the readers of an input noticed, with its name, each sentence once for all inputs that are alike. */
function sayOf(file: string, { said = [] }: OpenedConfig, known: Set<string>): void {
  for (const sentence of said) {
    const text = sentence.replaceAll(file, '');
    if (known.has(text)) continue;
    known.add(text);
    relay(sentence, file);
  }
}

/**
 * Asks a command about each input.
 *
 * @param command - `eptsweep check`, for messages
 * @param inputs - as they were given: files, presets, folders, `-`
 * @param answer - answers about one
 * @returns an item for each, in order; sets the exit code where one could not be read
 * @throws what is no fault of an input
 */
export async function askedFleet<Answer>(
  command: string,
  inputs: readonly string[],
  options: InputOptions,
  answer: (opened: OpenedConfig, file: string) => Promise<Answered<Answer>>,
): Promise<readonly FleetItem<Answer>[]> {
  requireOneStdin([...inputs, ...(options.ram ?? [])]);
  const items: FleetItem<Answer>[] = [];
  const known = new Set<string>();
  const all = fleetInputs(inputs);
  const progress = new Progress({ unit: 'inputs', total: all.length });
  for (const input of progress.counting(all)) {
    const file = inputName(input);
    try {
      const opened = await openQuietly(input, options);
      sayOf(file, opened, known);
      const found = await answer(opened, file);
      items.push({ file, key: `${found.key ?? ''}\n${layoutText(opened.vm)}`, answer: found.answer });
    } catch (error) {
      const { exitCode, lines } = outcomeOf(error, command);
      if (exitCode !== EXIT_BAD_INPUT) throw error;
      complain(...lines);
      process.exitCode = EXIT_BAD_INPUT;
      items.push({ file, error: lines.join('\n').replace(`${command}: `, '') });
    }
  }
  progress.end();
  return items;
}

/** Says how many were alike, where the answers themselves went to a file. */
export function sayTotal(items: readonly FleetItem<unknown>[], output: string | undefined): void {
  if (output !== undefined) note(`${fleetTotal(items)} (${output})`);
}
