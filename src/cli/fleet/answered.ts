/** `map` and `explain` over many inputs: lines of an answer each, told for each layout, as text or Markdown, or as one JSON document. */
import type { OpenedConfig } from '../../open/opened-config.ts';
import { fleetJsonLines } from '../../write/fleet/json.ts';
import { fleetMarkdownLines } from '../../write/fleet/markdown.ts';
import type { FleetItem } from '../../write/fleet/report.ts';
import { fleetLines } from '../../write/fleet/text.ts';
import type { JsonValue } from '../../write/format/column.ts';
import type { InputOptions } from '../input/open-config.ts';
import { writeAnswer } from '../output/answer.ts';
import { askedFleet, sayTotal } from './run.ts';

interface FleetOptions extends InputOptions {
  readonly form: 'text' | 'markdown' | 'json';
  readonly output?: string;
}

function linesIn(
  form: FleetOptions['form'],
  name: string,
  items: readonly FleetItem<readonly string[]>[],
): Iterable<string> {
  const documentOf = (lines: readonly string[]) => JSON.parse(lines.join('\n')) as JsonValue;
  if (form === 'json') return fleetJsonLines(name, items, documentOf);
  return form === 'markdown'
    ? fleetMarkdownLines(items, (lines) => lines)
    : fleetLines(items, (lines) => lines);
}

/**
 * Asks, and writes what was answered.
 *
 * @param name - of the command
 * @param linesOf - the command's own lines about one input: text, Markdown, or a JSON document
 */
export async function answeredFleet(
  name: string,
  inputs: readonly string[],
  options: FleetOptions,
  linesOf: (opened: OpenedConfig) => Promise<readonly string[]>,
): Promise<void> {
  const items = await askedFleet(`eptsweep ${name}`, inputs, options, async (opened) => ({
    answer: await linesOf(opened),
  }));
  const { form, ...rest } = options;
  await writeAnswer(linesIn(form, name, items), { ...rest, ...(form === 'json' && { format: 'json' }) });
  sayTotal(items, options.output);
}
