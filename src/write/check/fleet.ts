/** Findings of many inputs, in each format of `check`. */
import { fleetJsonLines } from '../fleet/json.ts';
import { fleetMarkdownLines } from '../fleet/markdown.ts';
import type { FleetItem } from '../fleet/report.ts';
import { fleetLines } from '../fleet/text.ts';
import type { JunitSuite } from '../format/junit.ts';
import { type CheckReport, checkJson } from './json.ts';
import { junitLines, junitSuite } from './junit.ts';
import { checkMarkdownLines } from './markdown.ts';
import { sarifLines } from './sarif.ts';
import { checkLines } from './text.ts';

type Items = readonly FleetItem<CheckReport>[];

function suiteOf(item: FleetItem<CheckReport>): JunitSuite {
  if ('answer' in item) return junitSuite(item.answer, item.file);
  const problem = { kind: 'error', type: 'input', message: item.error, lines: [] } as const;
  return { name: item.file, cases: [{ name: 'read', problem, out: [] }] };
}

/**
 * Lines of a format.
 *
 * @param items - an item an input
 * @param format - `table`, `json`, `sarif`, `junit`, `markdown`
 */
export function checkFleetLines(items: Items, format: string, colour: boolean): Iterable<string> {
  switch (format) {
    case 'json':
      return fleetJsonLines('check', items, checkJson);
    case 'sarif':
      return sarifLines(items.flatMap((item) => ('answer' in item ? [item.answer] : [])));
    case 'junit':
      return junitLines(items.map(suiteOf));
    case 'markdown':
      return fleetMarkdownLines(items, checkMarkdownLines);
    default:
      return fleetLines(items, (report) => checkLines(report, colour));
  }
}
