/** Answers about many inputs for people: one for each layout, under the names of the inputs that have it. */
import { type FleetItem, fleetGroups, fleetTotal, groupTitle } from './report.ts';

/**
 * Lines for people.
 *
 * @param linesOf - of one answer
 */
export function* fleetLines<Answer>(
  items: readonly FleetItem<Answer>[],
  linesOf: (answer: Answer) => Iterable<string>,
): Generator<string, void, undefined> {
  for (const group of fleetGroups(items)) {
    yield `== ${groupTitle(group)}`;
    yield* linesOf(group.answer);
    yield '';
  }
  yield fleetTotal(items);
}
