/** Answers for people, as wide as what they are read on. */
import type { TextStyle } from '../../write/format/table.ts';
import { fittedLines } from '../../write/format/wrap.ts';
import { type OutputOptions, wantsColour } from '../options.ts';
import { lineWidth } from './line-width.ts';
import { writeLines } from './output.ts';

/** How text for people looks. */
export function textStyle(options: Pick<OutputOptions, 'color' | 'output'>): TextStyle {
  return { colour: wantsColour(options), lineWidth: lineWidth(options.output) };
}

/** What {@link writeAnswer} reads of options. */
interface AnswerOptions {
  readonly format?: string;
  readonly json?: true;
  readonly output?: string;
}

/** Writes an answer where it is to go; of text for people, what is too long of a line goes on below. */
export async function writeAnswer(lines: Iterable<string>, options: AnswerOptions): Promise<void> {
  const { format = 'text', json, output } = options;
  const isText = !json && (format === 'table' || format === 'text');
  await writeLines(isText ? fittedLines(lines, lineWidth(output)) : lines, output);
}
