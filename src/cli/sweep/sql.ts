/** `eptsweep sweep sql`: questions to the tables of a folder of results, in SQL. */
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { requireLock } from '../../campaign/lock.ts';
import { optionalPackage } from '../../campaign/optional-package.ts';
import type { Column, JsonValue } from '../../write/format/column.ts';
import { type TextStyle, tableLines } from '../../write/format/table.ts';
import { addExamples, addProgressOptions } from '../options.ts';
import { UsageError } from '../output/exit.ts';
import { lineWidth } from '../output/line-width.ts';
import { writeLines } from '../output/output.ts';

const INSTALL = 'npm install @duckdb/node-api';
/** What tables there can be. */
const TABLES = ['points', 'findings', 'classes', 'spans'] as const;
const FORMATS = ['table', 'csv', 'json', 'ndjson'] as const;
type SqlFormat = (typeof FORMATS)[number];

/** What is used of DuckDB. */
interface DuckDb {
  readonly DuckDBInstance: {
    create(path?: string, options?: object): Promise<{ connect(): Promise<Connection> }>;
  };
}

interface Connection {
  run(sql: string): Promise<unknown>;
  runAndReadAll(sql: string): Promise<{ columnNames(): string[]; getRowsJson(): JsonValue[][] }>;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

function hasFiles(folder: string): boolean {
  try {
    return readdirSync(folder, { recursive: true }).some((name) => String(name).endsWith('.parquet'));
  } catch {
    return false;
  }
}

/** Statements that give the tables their names; a table of which nothing was kept is no view. */
function viewStatements(folder: string): { readonly views: string[]; readonly missing: string[] } {
  const there = TABLES.filter((name) => hasFiles(join(folder, 'data', name)));
  const views = there.map((name) => {
    const files = quoted(join(resolve(folder), 'data', name, '**', '*.parquet'));
    return `create view ${name} as select * from read_parquet(${files}, hive_partitioning = true, hive_types_autocast = false, union_by_name = true)`;
  });
  return { views, missing: TABLES.filter((name) => !there.includes(name)) };
}

/** Pages of 4 KiB in an inclusive range of addresses, and addresses in hexadecimal, as the tables of people have them. */
const MACROS = [
  'create macro pages(first, last) as ((last - first + 1) // 4096)',
  "create macro address(value) as ('0x' || printf('%x', value::ubigint))",
];

function text(value: JsonValue): string {
  return value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const csvCell = (value: JsonValue): string => {
  const cell = text(value);
  return /[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
};

/** The answer's columns, as tables have them. */
function columnsOf(names: readonly string[]): readonly Column<JsonValue[]>[] {
  return names.map((name, at) => ({
    name,
    title: name,
    text: (row) => text(row[at]!),
    value: (row) => row[at],
  }));
}

function* resultLines(
  format: SqlFormat,
  names: readonly string[],
  rows: readonly JsonValue[][],
  style: TextStyle,
): Generator<string> {
  const objects = (): JsonValue[] =>
    rows.map((row) => Object.fromEntries(row.map((cell, at) => [names[at]!, cell])));
  switch (format) {
    case 'table':
      for (const line of tableLines(columnsOf(names), rows, style)) yield line.trimEnd();
      break;
    case 'csv':
      yield names.map(csvCell).join();
      for (const row of rows) yield row.map(csvCell).join();
      break;
    case 'json':
      yield* JSON.stringify(objects(), null, 2).split('\n');
      break;
    case 'ndjson':
      for (const row of objects()) yield JSON.stringify(row);
  }
}

async function runSql(
  folder: string,
  query: string,
  { format, output }: { readonly format: SqlFormat; readonly output?: string },
): Promise<void> {
  requireLock(folder);
  const { DuckDBInstance } = optionalPackage<DuckDb>('@duckdb/node-api', 'sql', INSTALL);
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const { views, missing } = viewStatements(folder);
  for (const statement of [...MACROS, ...views]) await connection.run(statement);
  let reader: Awaited<ReturnType<Connection['runAndReadAll']>>;
  try {
    reader = await connection.runAndReadAll(query);
  } catch (error) {
    const [problem] = (error as Error).message.split('\n');
    const hint = missing.length > 0 ? ` (of ${missing.join(', ')} nothing was kept in ${folder})` : '';
    throw new UsageError(`${problem}${hint}`);
  }
  const style = { lineWidth: lineWidth(output) };
  await writeLines(resultLines(format, reader.columnNames(), reader.getRowsJson(), style), output);
}

/** The sub-command. */
export function sqlCommand(): Command {
  const command = new Command('sql')
    .description('ask the tables of a folder in SQL, of DuckDB: views points, findings, classes and spans')
    .argument('<dir>', 'folder of results')
    .argument('<query>', 'SQL; pages(first, last) counts pages, address(number) writes 0xa0000')
    .addOption(new Option('-f, --format <format>', 'how to print').choices(FORMATS).default('table'))
    .option('-o, --output <file>', 'write to a file; it appears whole or not at all')
    .action(runSql);
  addProgressOptions(command);
  return addExamples(
    command,
    "  eptsweep sweep sql results 'select policy, count(*) from findings group by policy'",
  );
}
