/** `eptsweep map`: what every page of a range gets, as spans, with totals. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { createEngine } from '../engine/registry.ts';
import { type Policy, requireWant, wantsOf } from '../policy/index.ts';
import { type PatType, type Total, typeName, WANTS, type Want } from '../types.ts';
import type { Engine, EngineName, EngineView, Query } from '../vm/index.ts';
// Straight from their files: the index brings every writer, and each module costs a quarter of a millisecond.
import type { Column, JsonValue } from '../write/column.ts';
import { csvLines } from '../write/csv.ts';
import { jsonLines } from '../write/json.ts';
import { ndjsonLines } from '../write/ndjson.ts';
import { tableLines } from '../write/table.ts';
import { countText, eptText, hexText, levelText, pagesText } from '../write/words.ts';
import { type MapRow, mapColumns, mapRows } from './map-rows.ts';
import {
  type InputOptions,
  type OpenedConfig,
  openConfig,
  openView,
  vcpuIndex,
  vcpusText,
} from './open-config.ts';
import {
  addExamples,
  addInputOptions,
  addOutputOptions,
  byOption,
  CONFIG_HELP,
  engineOption,
  type Format,
  formatOf,
  type OutputOptions,
  patOption,
  policyOption,
  rangeOf,
  wantsColour,
} from './options.ts';
import { writeLines } from './output.ts';

interface MapOptions extends OutputOptions, InputOptions {
  readonly want?: readonly Want[];
  readonly vcpu?: string;
  readonly policy?: Policy;
  readonly engine: EngineName;
  readonly pat: PatType;
  readonly by: 'gpa' | 'gfn';
  readonly limit?: number;
}

/** What is printed, resolved. */
interface MapJob {
  readonly opened: OpenedConfig;
  readonly view: EngineView;
  readonly vcpu: number;
  readonly engine: EngineName;
  readonly wants: readonly Want[];
  readonly query: Query;
  readonly by: 'gpa' | 'gfn';
  readonly limit: number;
}

/** Spans that are listed where no limit is given: masks with holes can make 2^39 of them. */
const DEFAULT_LIMITS: Readonly<Record<Format, number>> = {
  table: 1000,
  json: 65536,
  ndjson: Number.POSITIVE_INFINITY,
  csv: Number.POSITIVE_INFINITY,
};

/** Rows up to a limit; says afterwards whether there were more. */
class LimitedRows<Row> implements Iterable<Row> {
  truncated = false;
  readonly #rows: Iterable<Row>;
  readonly #limit: number;

  constructor(rows: Iterable<Row>, limit: number) {
    this.#rows = rows;
    this.#limit = limit;
  }

  *[Symbol.iterator](): Generator<Row, void, undefined> {
    let listed = 0;
    for (const row of this.#rows) {
      if (listed === this.#limit) {
        this.truncated = true;
        return;
      }
      listed += 1;
      yield row;
    }
  }
}

const TOTAL_TITLES: Readonly<Record<Want, string>> = {
  mtrr: 'MTRR type',
  ept: 'EPT type',
  effective: 'effective',
  levels: 'level',
  leaf: 'leaf entry',
};

function totalText(want: Want, total: Total): string {
  if (want === 'levels') return total.level === 0 ? 'not mapped' : levelText(total.level!);
  if (want === 'ept') return eptText(total.type!, total.ipat!);
  if (want !== 'leaf') return typeName(total.type!);
  const entry = total.entry === null ? 'undefined' : hexText(total.entry ?? 0n);
  return total.level === 0 ? 'not mapped' : `${levelText(total.level!)} ${entry}`;
}

function totalValue(want: Want, total: Total): JsonValue {
  const pages = Number(total.pages);
  if (want === 'levels') return { level: total.level!, pages };
  if (want === 'ept') return { type: typeName(total.type!), ipat: total.ipat === 1, pages };
  if (want !== 'leaf') return { type: typeName(total.type!), pages };
  return { level: total.level!, entry: total.entry === null ? null : hexText(total.entry ?? 0n), pages };
}

interface TotalRow {
  readonly title: string;
  readonly text: string;
  readonly pages: bigint;
}

const TOTAL_COLUMNS: readonly Column<TotalRow>[] = [
  { name: 'of', title: 'total by', text: (row) => row.title, value: (row) => row.title },
  { name: 'value', title: '', text: (row) => row.text, value: (row) => row.text },
  {
    name: 'size',
    title: 'size',
    align: 'right',
    text: (row) => pagesText(row.pages),
    value: (row) => pagesText(row.pages),
  },
  {
    name: 'pages',
    title: 'pages',
    align: 'right',
    text: (row) => countText(row.pages),
    value: (row) => Number(row.pages),
  },
];

function* totalRows({ view, wants, query }: MapJob): Generator<TotalRow> {
  for (const want of wants) {
    let title = TOTAL_TITLES[want];
    for (const total of view.totals(want, query)) {
      yield { title, text: totalText(want, total), pages: total.pages };
      title = '';
    }
  }
}

function headline({ opened: { vm }, view, vcpu, engine }: MapJob): string {
  const which = vm.vcpus.length === 1 ? '' : `, this is ${vm.vcpus[vcpu]!.name}`;
  return `${vm.name}: policy ${view.policy.name}, ${vcpusText(vm)}${which}, ${vm.maxphyaddr} address bits, engine ${engine}`;
}

function* tableText(job: MapJob, colour: boolean): Generator<string> {
  yield headline(job);
  yield '';
  const rows = new LimitedRows<MapRow>(mapRows(job.view, job.wants, job.query), job.limit);
  yield* tableLines(mapColumns(job.wants, job.by, true), rows, { colour });
  if (rows.truncated)
    yield `... more than ${countText(job.limit)} spans; --limit lists more, the totals are of all`;
  yield '';
  yield* tableLines(TOTAL_COLUMNS, totalRows(job), { colour });
}

function jsonText(job: MapJob): Iterable<string> {
  const { opened, view, vcpu, wants, query, by, engine, limit } = job;
  const columns = mapColumns(wants, by, false);
  const rows = new LimitedRows<MapRow>(mapRows(view, wants, query), limit);
  const { start, end } = query.range!;
  const head = {
    schema: 'eptsweep/map@1',
    config: opened.vm.name,
    policy: view.policy.name,
    engine,
    vcpu: opened.vm.vcpus[vcpu]!.id,
    maxphyaddr: opened.vm.maxphyaddr,
    wants,
    ...(wants.includes('effective') && { pat: typeName(query.pat!) }),
    by,
    range: { firstGfn: hexText(start), pages: end - start },
  };
  const tail = () => ({
    ...(rows.truncated && { truncated: true }),
    totals: Object.fromEntries(
      wants.map((want) => [want, view.totals(want, query).map((total) => totalValue(want, total))]),
    ),
  });
  return jsonLines({ head, list: 'spans', columns, rows, tail });
}

function linesOf(job: MapJob, format: Format, colour: boolean): Iterable<string> {
  if (format === 'table') return tableText(job, colour);
  if (format === 'json') return jsonText(job);
  const columns = mapColumns(job.wants, job.by, false);
  const rows = new LimitedRows<MapRow>(mapRows(job.view, job.wants, job.query), job.limit);
  return format === 'csv' ? csvLines(columns, rows) : ndjsonLines(columns, rows);
}

async function runMap(argument: string, range: string | undefined, options: MapOptions): Promise<void> {
  const opened = await openConfig(argument, options);
  const index = vcpuIndex(opened.vm, options.vcpu);
  const policy = options.policy ?? opened.vm.policy;
  const wants =
    options.want ?? (['mtrr', 'ept', 'levels'] as const).filter((want) => wantsOf(policy).includes(want));
  for (const want of wants) requireWant(policy, want);
  const frames = rangeOf(range, opened.vm, options.by);
  const format = formatOf(options);
  const engine: Engine = createEngine(options.engine);
  try {
    const view = openView(engine, opened, index, policy);
    if (wants.includes('leaf')) {
      for (const one of policy.assumptions) process.stderr.write(`eptsweep map: assumed: ${one}\n`);
    }
    const job: MapJob = {
      opened,
      view,
      vcpu: index,
      engine: options.engine,
      wants,
      query: { range: frames, pat: options.pat },
      by: options.by,
      limit: options.limit ?? DEFAULT_LIMITS[format],
    };
    await writeLines(linesOf(job, format, wantsColour(options)), options.output);
  } finally {
    engine.dispose();
  }
}

function wantList(text: string): readonly Want[] {
  const names = text.split(',').map((name) => name.trim());
  for (const name of names) {
    if (!(WANTS as readonly string[]).includes(name)) {
      throw new InvalidArgumentError(`"${name}" is none of ${WANTS.join(', ')}`);
    }
  }
  return [...new Set(names)] as Want[];
}

function limitNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('expected a number; 0 lists all');
  return text === '0' ? Number.POSITIVE_INFINITY : Number(text);
}

/** The sub-command. */
export function mapCommand(): Command {
  const command = new Command('map')
    .description('print what every page of a VM gets: MTRR type, EPT type and IPAT, mapping level')
    .argument('<config>', CONFIG_HELP)
    .argument('[range]', '0xa0000-0xbffff (inclusive), 0xc0000000+1G, or one address; default: all')
    .addOption(
      new Option('--want <list>', `${WANTS.join(', ')}; default: mtrr,ept,levels`).argParser(wantList),
    )
    .option('--vcpu <id>', 'whose registers to use; default: the first')
    .addOption(policyOption())
    .addOption(engineOption())
    .addOption(patOption())
    .addOption(byOption())
    .addOption(
      new Option('--limit <n>', 'list at most n spans, 0: all; default: table 1000, json 65536').argParser(
        limitNumber,
      ),
    );
  addInputOptions(command);
  addOutputOptions(command).action(runMap);
  return addExamples(
    command,
    '$ eptsweep map ovmf-q35',
    '$ eptsweep map surface-pro7 3G-4G --policy kvm-5.16',
    '$ eptsweep map thinkpad-t400 0xbcc00000+16M --want ept,effective --pat WC --policy kvm-6.8',
    '$ eptsweep map ovmf-gpu 0x800000 --by gfn --want leaf --policy kvm-6.16 --json',
    "$ echo '{maxphyaddr: 36, msrs: {MTRRdefType: 0x806}}' | eptsweep map - -f csv",
  );
}
