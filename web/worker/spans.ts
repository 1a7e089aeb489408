/** The table of spans, a window at a time: rows are made where they are looked at, and places are kept to begin from. */
import { frameCount, type GfnRange, type PatType, type View, type Want, WB } from '../../src/index.ts';
import { requireWantOn } from '../../src/policy/index.ts';
import { type JsonObject, mapColumns, mapRows, rowObject } from '../../src/write/index.ts';
import type { OpenLane } from './machine.ts';
import { MOST_ROWS, type Questions, type SpanRows } from './protocol.ts';

/** Rows between two places that are kept. */
const STRIDE = 256;

/** Where rows begin, every {@link STRIDE} of them. */
interface RowIndex {
  readonly starts: readonly number[];
  readonly count: number;
  readonly isComplete: boolean;
}

interface Asked {
  readonly wants: readonly Want[];
  readonly pat: PatType;
  readonly range: GfnRange;
}

function indexOf(view: View, { wants, pat, range }: Asked): RowIndex {
  const starts: number[] = [];
  let count = 0;
  for (const { start } of mapRows(view, wants, { range, pat })) {
    if (count === MOST_ROWS) return { starts, count, isComplete: false };
    if (count % STRIDE === 0) starts.push(start);
    count += 1;
  }
  return { starts, count, isComplete: true };
}

/** Row indexes of views, which are kept as long as these are. */
const indexes = new WeakMap<View, Map<string, RowIndex>>();

function keptIndex(view: View, asked: Asked): RowIndex {
  const { wants, pat, range } = asked;
  const key = `${wants.join()} ${pat} ${range.start} ${range.end}`;
  const ofView = indexes.get(view) ?? new Map<string, RowIndex>();
  indexes.set(view, ofView);
  const index = ofView.get(key) ?? indexOf(view, asked);
  ofView.set(key, index);
  return index;
}

/**
 * Rows of the table.
 *
 * @throws InputError where the policy has no answer to a want
 */
export function spanRows({ view, policy, opened }: OpenLane, ask: Questions['spans']['ask']): SpanRows {
  const { wants, pat = WB, first, count } = ask;
  for (const want of wants) requireWantOn(policy, opened.vm.host.vendor, want);
  const range = ask.range ?? { start: 0, end: frameCount(view.vcpu.maxphyaddr) };
  const index = keptIndex(view, { wants, pat, range });
  const from = Math.max(0, Math.min(first, index.count));
  const to = Math.min(from + count, index.count);
  const columns = mapColumns(wants, 'gpa', false);
  const rows: JsonObject[] = [];
  if (from < to) {
    const begun = Math.floor(from / STRIDE);
    let at = begun * STRIDE;
    for (const row of mapRows(view, wants, { range: { ...range, start: index.starts[begun]! }, pat })) {
      if (at >= from) rows.push(rowObject(columns, row));
      at += 1;
      if (at === to) break;
    }
  }
  return { count: index.count, isComplete: index.isComplete, first: from, rows };
}
