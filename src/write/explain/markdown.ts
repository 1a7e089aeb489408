/** Explanations as Markdown: a title each, and the lines below it as they stand, whose columns are part of what they say. */
import { markdownText } from '../format/markdown.ts';

/**
 * Lines of Markdown.
 *
 * @param lines - explanations as text, parted by empty lines
 */
export function* explainMarkdownLines(lines: Iterable<string>): Generator<string, void, undefined> {
  let isOpen = false;
  let isTitle = true;
  for (const line of [...lines].flatMap((text) => text.split('\n'))) {
    if (line === '') {
      if (isOpen) yield* ['```', ''];
      [isOpen, isTitle] = [false, true];
    } else if (isTitle) {
      yield* [line.startsWith('...') ? markdownText(line) : `**${markdownText(line)}**`, ''];
      isTitle = false;
    } else {
      if (!isOpen) yield '```text';
      isOpen = true;
      yield line;
    }
  }
  if (isOpen) yield '```';
}
