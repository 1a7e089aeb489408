/** Answers about many inputs as JSON: `eptsweep/check-fleet@2` and the like, each answer as the command alone gives it. */
import type { JsonValue } from '../format/column.ts';
import { documentLines } from '../format/json.ts';
import { programJson, schemaName } from '../json/basis.ts';
import { type FleetItem, fleetGroups, unreadOf } from './report.ts';

/**
 * Lines of one JSON object.
 *
 * @param what - the command: `check`
 * @param documentOf - an answer as the command's own document
 */
export function fleetJsonLines<Answer>(
  what: string,
  items: readonly FleetItem<Answer>[],
  documentOf: (answer: Answer) => JsonValue,
): Iterable<string> {
  return documentLines({
    schema: schemaName(`${what}-fleet`),
    provenance: programJson(),
    unread: unreadOf(items).length,
    groups: fleetGroups(items).map(({ files }) => files),
    inputs: items.map((item) =>
      'error' in item
        ? { file: item.file, error: item.error }
        : { file: item.file, answer: documentOf(item.answer) },
    ),
  });
}
