/** `map` as JSON and as JSON lines: `eptsweep/map@2`, and `eptsweep/map-lines@2` a line. */
import { type TotalOf, typeName, type Want } from '../../types.ts';
import type { JsonValue } from '../format/column.ts';
import { jsonLines } from '../format/json.ts';
import { LimitedRows } from '../format/limited-rows.ts';
import { ndjsonLines } from '../format/ndjson.ts';
import { hostFactsJson } from '../host-facts.ts';
import { headJson } from '../json/basis.ts';
import { entryJson, exactJson, rangeJson } from '../json/vocabulary.ts';
import { type MapJob, mapBasis } from './job.ts';
import { linuxJson } from './machine.ts';
import { type MapRow, mapColumns, mapRows } from './rows.ts';

function totalJson(total: TotalOf<Want>): JsonValue {
  const pages = exactJson(total.pages);
  if (total.level === undefined) {
    return { type: typeName(total.type), ...(total.ipat !== undefined && { ipat: total.ipat === 1 }), pages };
  }
  if (total.entry === undefined) return { level: total.level, pages };
  return { level: total.level, entry: entryJson(total.entry), pages };
}

function head(what: string, job: MapJob): Record<string, JsonValue> {
  const { wants, query, by, engine, host } = job;
  return {
    ...headJson(what, mapBasis(job)),
    engine,
    wants,
    ...(wants.includes('effective') && { pat: typeName(query.pat!) }),
    by,
    range: rangeJson(query.range!, by),
    ...(host && { host: hostFactsJson(host, by) }),
  };
}

/** Lines of one JSON object, its spans written as they come. */
export function mapJsonLines(job: MapJob): Iterable<string> {
  const { view, wants, query, by, limit } = job;
  const rows = new LimitedRows<MapRow>(mapRows(view, wants, query), limit);
  const tail = () => ({
    ...(rows.truncated && { truncated: true }),
    totals: Object.fromEntries(
      wants.map((want) => [want, view.totals(want, query).map((total) => totalJson(total))]),
    ),
    linux: linuxJson(job),
  });
  return jsonLines({
    head: head('map', job),
    list: 'spans',
    columns: mapColumns(wants, by, false),
    rows,
    tail,
  });
}

/** A line that says what of, and one a span. */
export function mapNdjsonLines(job: MapJob): Iterable<string> {
  const { view, wants, query, by, limit } = job;
  const rows = new LimitedRows<MapRow>(mapRows(view, wants, query), limit);
  return ndjsonLines(head('map-lines', job), mapColumns(wants, by, false), rows, {
    ...(job.ids && { trailing: { vcpus: job.ids } }),
    isTruncated: () => rows.truncated,
  });
}
