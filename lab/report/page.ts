/** The table of docs/lab.md: a row a run, written by the runs themselves. */
import { countText } from '../../src/words.ts';
import { LabError } from '../fail.ts';
import type { Agreement } from '../hold/finding.ts';
import type { LabReport } from './report.ts';

const BEGIN = '<!-- written by npm run lab -- --page: begin -->';
const END = '<!-- end -->';
const HEAD = [
  '| kernel | rules | guests | WRMSR verdicts | leaf entries | steps | apart |',
  '|---|---|---|---|---|---|---|',
];

function share({ compared, agreed }: Agreement): string {
  if (compared === 0) return '-';
  return `${countText(agreed)} of ${countText(compared)}`;
}

function rowOf(report: LabReport): string {
  const { version, row, processor, seed, scenario, guests, verdicts, leaves, steps, replacements } = report;
  const from = scenario === undefined ? `${guests}, seed ${seed}` : scenario;
  const cells = [
    processor === 'AMD' ? `${version}, AMD` : version,
    row,
    from,
    share(verdicts),
    share(leaves),
    share(steps),
    countText(replacements.length),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** What tells a row: kernel, rules and guests. */
function keyOf(row: string): string {
  return row.split(' | ').slice(0, 3).join();
}

/**
 * The page with the row of a run, in the place of an earlier one of the same kernel and guests.
 *
 * @param page - Markdown with the two comments between which the table stands
 */
export function pageWith(page: string, report: LabReport): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin)
    throw new LabError(`the page has no place for the table: ${BEGIN} and ${END}`);
  const table = page.slice(begin + BEGIN.length, end);
  const row = rowOf(report);
  const rows = table.split('\n').filter((line) => line.startsWith('| ') && !HEAD.includes(line));
  const all = [...rows.filter((one) => keyOf(one) !== keyOf(row)), row].sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  );
  return `${page.slice(0, begin + BEGIN.length)}\n\n${[...HEAD, ...all].join('\n')}\n\n${page.slice(end)}`;
}
