/** One command's answers about several vCPUs: one a state, under the ids of those that are in it. */
import { idsText } from '../../words.ts';
import type { JsonValue } from '../format/column.ts';
import type { Format } from '../format/formats.ts';
import { documentLines } from '../format/json.ts';
import type { ParquetFile } from '../format/parquet.ts';
import { programJson, schemaName } from '../json/basis.ts';

/** Lines of one state's answer, as the command alone writes them. */
type Answer = Iterable<string>;

function* tables(answers: Iterable<Answer>): Generator<string, void, undefined> {
  let isFirst = true;
  for (const lines of answers) {
    if (!isFirst) yield '';
    yield* lines;
    isFirst = false;
  }
}

/** Rows say in a column of their own whose they are, so that one heading will do. */
function* underOneHeading(answers: Iterable<Answer>): Generator<string, void, undefined> {
  let isHeading = true;
  for (const lines of answers) {
    let line = 0;
    for (const text of lines) if (line++ > 0 || isHeading) yield text;
    isHeading = false;
  }
}

/**
 * The answers about all states in one text.
 *
 * @param what - the command, for the schema of its JSON: `map`
 * @param format - of the answers and of the whole
 */
export function severalLines(what: string, format: Format, answers: Iterable<Answer>): Iterable<string> {
  if (format === 'csv') return underOneHeading(answers);
  if (format !== 'json') return format === 'ndjson' ? concatenated(answers) : tables(answers);
  return documentLines({
    schema: schemaName(`${what}-vcpus`),
    provenance: programJson(),
    states: Array.from(answers, (lines) => JSON.parse([...lines].join('\n')) as JsonValue),
  });
}

function* concatenated(answers: Iterable<Answer>): Generator<string, void, undefined> {
  for (const lines of answers) yield* lines;
}

/** One state's rows as a Parquet file. */
export interface StateFile<Row> {
  readonly ids: readonly number[];
  readonly file: ParquetFile<Row>;
}

function* rowsOf<Row>(states: readonly StateFile<Row>[]) {
  for (const { ids, file } of states) for (const row of file.rows) yield { row, vcpus: idsText(ids) };
}

/** The rows of all states in one file, whose last column is the list of vCPUs. */
export function severalParquet<Row>(
  states: readonly StateFile<Row>[],
): ParquetFile<{ readonly row: Row; readonly vcpus: string }> {
  const [first] = states;
  return {
    columns: [
      ...first!.file.columns.map((column) => ({
        ...column,
        value: ({ row }: { readonly row: Row }) => column.value(row),
      })),
      { name: 'vcpus', kind: 'string', value: ({ vcpus }) => vcpus },
    ],
    rows: rowsOf(states),
    metadata: () => {
      const all = states.map(({ file }) => file.metadata());
      const truncated = all.find((one) => one.truncated !== undefined)?.truncated;
      return {
        ...all[0],
        vcpus: idsText(states.flatMap(({ ids }) => ids)),
        ...(truncated !== undefined && { truncated }),
      };
    },
  };
}
