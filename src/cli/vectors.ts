/** `eptsweep vectors`: golden tables that other programs are held against, each row with its rule. */
import { Command, Option } from 'commander';
import { createEvaluatorSync } from '../engine/evaluator.ts';
import { policy as namedPolicy, type Policy } from '../policy/index.ts';
import { combinationRows, pageTables, type TableOptions, verdictRows } from '../vectors/index.ts';
import { ENGINE_NAMES } from '../vm/index.ts';
import { shellWord } from '../words.ts';
import { cLines } from '../write/vectors/c.ts';
import { vectorLines } from '../write/vectors/ndjson.ts';
import { rustLines } from '../write/vectors/rust.ts';
import { type GoldenTables, VECTOR_TABLES, type VectorTable } from '../write/vectors/tables.ts';
import { addExamples, addProgressOptions, listOf, policyArgument } from './options.ts';
import { singleLines, writeLines } from './output/output.ts';
import { Progress } from './output/progress.ts';
import { seedOption, wholeNumber } from './random-options.ts';

/** Languages that tables are written in. */
const WRITERS = { ndjson: vectorLines, c: cLines, rust: rustLines } as const;
type VectorFormat = keyof typeof WRITERS;

interface VectorsOptions {
  readonly tables: readonly VectorTable[];
  readonly policy: Policy;
  readonly seed: bigint;
  readonly count: number;
  readonly pages: number;
  readonly writes?: number;
  readonly format: VectorFormat;
  readonly output?: string;
}

/** A million layouts of 100 rows are some gigabytes. */
const MOST_LAYOUTS = 1_000_000;
const MOST_PAGES = 100;
/** WRMSRs beside each layout, where nobody says how many. */
const WRITES_A_LAYOUT = 4;

/** The command that makes the same file again. */
function commandOf({ tables, policy, seed, count, pages, writes, format }: VectorsOptions): string {
  const chosen =
    tables.length === VECTOR_TABLES.length
      ? ''
      : ` --tables ${VECTOR_TABLES.filter((one) => tables.includes(one)).join(',')}`;
  const wrmsr = writes === undefined ? '' : ` --writes ${writes}`;
  return `eptsweep vectors --policy ${shellWord(policy.name)} --seed ${seed} --count ${count} --pages ${pages}${wrmsr}${chosen} -f ${format}`;
}

/** The rows, counted as they are made. */
function* counted<Row>(rows: Iterable<Row>, onRow: () => void): Generator<Row> {
  for (const row of rows) {
    onRow();
    yield row;
  }
}

async function runVectors(options: VectorsOptions): Promise<void> {
  const { tables, seed, policy, count, pages, writes = count * WRITES_A_LAYOUT, output } = options;
  const evaluators = ENGINE_NAMES.map((engine) => createEvaluatorSync({ engine }));
  const progress = new Progress({ unit: 'layouts', total: count, isInSight: output === undefined });
  let done = 0;
  const onLayout = () => progress.show(++done);
  const from: TableOptions = { seed, policy, evaluators };
  const golden: GoldenTables = {
    seed,
    policy,
    engines: ENGINE_NAMES,
    command: commandOf(options),
    ...(tables.includes('pages') && { pages: counted(pageTables(from, count, pages), onLayout) }),
    ...(tables.includes('wrmsr') && { wrmsr: verdictRows(from, writes) }),
    ...(tables.includes('pat') && { pat: combinationRows(from) }),
  };
  try {
    await writeLines(singleLines(WRITERS[options.format](golden)), output);
    progress.end(done);
  } finally {
    progress.clear();
    for (const evaluator of evaluators) evaluator.dispose();
  }
}

/**
 * The sub-command.
 *
 * @returns a command to add to the program
 */
export function vectorsCommand(): Command {
  const command = new Command('vectors')
    .description(
      'write golden tables that other programs can be tested with, each row with its rule and source',
    )
    .addOption(
      new Option('--tables <list>', `of ${VECTOR_TABLES.join(', ')}`)
        .argParser(listOf(VECTOR_TABLES))
        .default(VECTOR_TABLES, VECTOR_TABLES.join(',')),
    )
    .addOption(
      new Option('--policy <name>', 'whose answers: sdm, kvm-X.Y, a peer')
        .argParser(policyArgument)
        .default(namedPolicy('sdm'), 'sdm'),
    )
    .addOption(seedOption('tables'))
    .addOption(
      new Option('--count <n>', 'how many layouts').argParser(wholeNumber(MOST_LAYOUTS, 1)).default(64),
    )
    .addOption(
      new Option('--pages <n>', 'rows of a layout at most').argParser(wholeNumber(MOST_PAGES, 1)).default(12),
    )
    .addOption(
      new Option('--writes <n>', `how many WRMSRs; default: ${WRITES_A_LAYOUT} a layout`).argParser(
        wholeNumber(MOST_LAYOUTS * WRITES_A_LAYOUT, 1),
      ),
    )
    .addOption(
      new Option('-f, --format <format>', 'how to write').choices(Object.keys(WRITERS)).default('ndjson'),
    )
    .option('-o, --output <file>', 'write to a file; it appears whole or not at all')
    .action(runVectors);
  addProgressOptions(command);
  return addExamples(
    command,
    '$ eptsweep vectors --count 2 --pages 3 --writes 2',
    '$ eptsweep vectors -f c -o mtrr-vectors.h',
    '$ eptsweep vectors --policy kvm-6.8 --tables pages --count 500 -f rust -o vectors.rs',
    '$ eptsweep vectors --policy peer-xen --tables pages --seed 7',
    'How to test with them, and what the rows mean: docs/vectors.md.',
  );
}
