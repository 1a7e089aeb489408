/** Golden tables as JSON lines: a head, then a layout, a WRMSR or a pair of types each. */
import { requestLine } from '../../oracle/write-request.ts';
import { typeName } from '../../types.ts';
import { type PageRow, type PageTable, RULES, type VerdictRow } from '../../vectors/index.ts';
import { hexText } from '../../words.ts';
import type { JsonValue } from '../format/column.ts';
import { programJson, schemaName } from '../json/basis.ts';
import { entryJson, exactJson, type JsonObject, policyJson } from '../json/vocabulary.ts';
import type { GoldenTables } from './tables.ts';

function headJson({ seed, policy, engines, command }: GoldenTables): JsonObject {
  return {
    schema: schemaName('vectors-lines'),
    provenance: programJson(policy.assumptions),
    seed: exactJson(seed),
    policy: policyJson(policy),
    engines,
    command,
    rules: Object.fromEntries(Object.entries(RULES).map(([id, { says, source }]) => [id, { says, source }])),
  };
}

function pageJson({ gfn, mtrr, type, ipat, leaf, mtrrRule, rule }: PageRow): JsonObject {
  return {
    gfn: hexText(gfn),
    ...(mtrr !== undefined && { mtrr: typeName(mtrr) }),
    type: typeName(type),
    ipat: ipat === 1,
    ...(leaf && { level: leaf.level, entry: entryJson(leaf.entry) }),
    rules: mtrrRule === undefined ? [rule] : [mtrrRule, rule],
  };
}

/** The layout as a request of the oracle protocol, without what is asked: a program that speaks it is asked at once. */
function layoutJson({ index, vcpu }: PageTable, { policy }: GoldenTables): JsonObject {
  const {
    id: _,
    want: _want,
    range: _range,
    ...layout
  } = JSON.parse(requestLine(index, { want: 'ept', policy, vcpu })) as Record<string, JsonValue>;
  return layout;
}

function verdictJson({ maxphyaddr, ranges, msr, value, faults, rule }: VerdictRow): JsonObject {
  return { table: 'wrmsr', maxphyaddr, ranges, msr: hexText(msr), value: hexText(value), faults, rule };
}

/**
 * The lines.
 *
 * @param tables - what to write; they are made as they are written
 */
export function* vectorLines(tables: GoldenTables): Generator<string, void, undefined> {
  yield JSON.stringify(headJson(tables));
  for (const one of tables.pages ?? []) {
    const { index, kind, rows } = one;
    const line = {
      table: 'pages',
      id: index,
      kind,
      layout: layoutJson(one, tables),
      rows: rows.map(pageJson),
    };
    yield JSON.stringify(line);
  }
  for (const row of tables.wrmsr ?? []) yield JSON.stringify(verdictJson(row));
  for (const { mtrr, pat, effective } of tables.pat ?? []) {
    const names = { mtrr: typeName(mtrr), pat: typeName(pat), effective: typeName(effective) };
    yield JSON.stringify({ table: 'pat', ...names, rule: 'pat.combined' });
  }
}
