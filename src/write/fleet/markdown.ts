/** Answers about many inputs as Markdown: a heading for each layout, with the names of the inputs that have it. */
import { markdownText } from '../format/markdown.ts';
import { type FleetItem, fleetGroups, fleetTotal, groupTitle, unreadOf } from './report.ts';

/**
 * Lines of Markdown, how many are alike first; inputs that could not be read are last, each with the reason.
 *
 * @param linesOf - of one answer, as Markdown
 */
export function* fleetMarkdownLines<Answer>(
  items: readonly FleetItem<Answer>[],
  linesOf: (answer: Answer) => Iterable<string>,
): Generator<string, void, undefined> {
  yield `**${markdownText(fleetTotal(items))}**`;
  for (const group of fleetGroups(items)) {
    yield* ['', `### ${markdownText(groupTitle(group))}`, ''];
    yield* linesOf(group.answer);
  }
  for (const { file, error } of unreadOf(items))
    yield* ['', `### ${markdownText(file)}`, '', markdownText(error)];
}
