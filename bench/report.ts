/** Rows as text. */
import { type Bar, isMet, type Row } from './row.ts';

/** A ratio with as many digits as mean something. */
export function ratioText(ratio: number | null): string {
  if (ratio === null) return 'absent';
  if (ratio >= 1000) return Math.round(ratio).toLocaleString('en');
  return Number(ratio.toPrecision(3)).toString();
}

/** `>= 0.75`. */
export function barText({ atLeast, atMost }: Bar): string {
  return atLeast === undefined ? `<= ${ratioText(atMost!)}` : `>= ${ratioText(atLeast)}`;
}

/** Millions of units a second. */
function speedText(nanoseconds: number): string {
  return nanoseconds > 1e5
    ? `${(nanoseconds / 1e6).toFixed(2)} ms`
    : `${(1000 / nanoseconds).toFixed(1)} M/s`;
}

/** A row, its ratios against their bars, and its speeds. */
export function* rowLines(row: Row): Generator<string> {
  yield `\n${row.id}: ${row.what}`;
  for (const [name, ratio] of Object.entries(row.ratios)) {
    const bar = row.bars[name];
    const met = isMet(row, name);
    const verdict = met === undefined ? '' : met ? 'met' : 'MISSED';
    yield `  ${name.padEnd(18)} ${ratioText(ratio).padStart(10)}  ${(bar ? barText(bar) : '').padEnd(10)} ${verdict}`.trimEnd();
  }
  if (row.nanoseconds) {
    const speeds = Object.entries(row.nanoseconds).map(([name, each]) => `${name} ${speedText(each)}`);
    yield `  ${speeds.join(', ')}`;
  }
  if (row.isNoisy) yield `  noisy: the quartiles are ${Math.round(row.spread * 100)} % of the median apart`;
  if (row.note !== undefined) yield `  ${row.note}`;
}
