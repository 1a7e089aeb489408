/** `map` and `explain` over many inputs: lines of an answer each, told for each layout or as one JSON document. */
import type { OpenedConfig } from '../../open/opened-config.ts';
import { fleetJsonLines } from '../../write/fleet/json.ts';
import { fleetLines } from '../../write/fleet/text.ts';
import type { JsonValue } from '../../write/format/column.ts';
import type { InputOptions } from '../input/open-config.ts';
import { writeAnswer } from '../output/answer.ts';
import { askedFleet, sayTotal } from './run.ts';

interface FleetOptions extends InputOptions {
  readonly isJson: boolean;
  readonly output?: string;
}

/**
 * Asks, and writes what was answered.
 *
 * @param name - of the command
 * @param linesOf - the command's own lines about one input: text, or a JSON document
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
  const documentOf = (lines: readonly string[]) => JSON.parse(lines.join('\n')) as JsonValue;
  const lines = options.isJson
    ? fleetJsonLines(name, items, documentOf)
    : fleetLines(items, (answer) => answer);
  await writeAnswer(lines, { ...options, ...(options.isJson && { format: 'json' }) });
  sayTotal(items, options.output);
}
