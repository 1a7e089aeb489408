/** The table of docs/performance.md and the plots beside it, from one run. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type Machine, machineText } from './machine.ts';
import { barPlot, linePlot } from './plot.ts';
import type { Growth } from './questions/growth.ts';
import { barText, ratioText } from './report.ts';
import { isMet, type Row } from './row.ts';

const BEGIN = '<!-- bench: begin -->';
const END = '<!-- bench: end -->';

const docs = new URL('../docs/', import.meta.url);
const page = new URL('performance.md', docs);

function* tableLines(machine: Machine, rows: readonly Row[]): Generator<string> {
  yield BEGIN;
  yield `${machineText(machine)}. Medians of paired rounds; a bar that was missed is marked,
and so is a row whose rounds lie far apart because something else ran.`;
  yield '';
  yield '| id | what | ratio | measured | bar |';
  yield '|---|---|---|---|---|';
  for (const row of rows) {
    let [id, what] = [`\`${row.id}\`${row.isNoisy ? ' (noisy)' : ''}`, row.what];
    for (const [name, ratio] of Object.entries(row.ratios)) {
      const bar = row.bars[name];
      const missed = isMet(row, name) === false ? ', missed' : '';
      yield `| ${id} | ${what} | \`${name}\` | ${ratioText(ratio)} | ${bar ? barText(bar) + missed : ''} |`;
      [id, what] = ['', ''];
    }
  }
  yield END;
}

/** The page with another table between its markers. */
export function withTable(text: string, table: string): string {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`docs/performance.md has no ${BEGIN} ... ${END}`);
  return text.slice(0, begin) + table + text.slice(end + END.length);
}

/** Millions of pages a second, from the rows that have speeds by page. */
function throughput(rows: readonly Row[]): (readonly [string, number])[] {
  return ['overview-types', 'overview-entries'].flatMap((id) => {
    const row = rows.find((each) => each.id === id);
    return Object.entries(row?.nanoseconds ?? {}).map(
      ([name, nanoseconds]) => [`${id.slice(9)}, ${name}`, 1000 / nanoseconds] as const,
    );
  });
}

/** Regenerates the table and the plots. */
export function writeDocuments(machine: Machine, rows: readonly Row[], growth: Growth | undefined): void {
  const table = [...tableLines(machine, rows)].join('\n');
  writeFileSync(page, withTable(readFileSync(page, 'utf8'), table));
  const speeds = throughput(rows);
  if (speeds.length > 0) {
    const title = 'Millions of pages a second, one thread (logarithmic)';
    writeFileSync(new URL('bench-throughput.svg', docs), barPlot(title, 'M/s', speeds));
  }
  if (!growth) return;
  writeFileSync(
    new URL('bench-growth-range.svg', docs),
    linePlot('Pages by type and digest: time by length of the range', 'log2 of pages', 'microseconds', [
      { name: '8 contiguous masks', points: growth.byOrder },
    ]),
  );
  writeFileSync(
    new URL('bench-growth-registers.svg', docs),
    linePlot('The same over 2^40 pages: time by number of ranges', 'variable ranges', 'microseconds', [
      { name: 'contiguous masks', points: growth.contiguousByRegisters },
      { name: 'masks with holes', points: growth.holesByRegisters },
    ]),
  );
}
