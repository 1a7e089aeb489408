/** `eptsweep diff`: where two answers differ, on how many pages, and why. */

import { Command, InvalidArgumentError, Option } from 'commander';
import { DiffRun, type OracleSide } from '../answer/diff.ts';
import type { DiffBase } from '../answer/diff-sides.ts';
import { type Side, TILE_WANTS } from '../diff/index.ts';
import { createEvaluatorSync, type Evaluator } from '../engine/evaluator.ts';
import { chosenVcpus, namesSeveral, onVcpus } from '../open/chosen-vcpus.ts';
import type { Policy } from '../policy/index.ts';
import { type GfnRange, type PatType, WANTS, type Want } from '../types.ts';
import { ENGINE_NAMES, type EngineName } from '../vm/index.ts';
import type { DiffOutput } from '../write/diff/output.ts';
import { type Format, MAP_FORMATS } from '../write/format/formats.ts';
import type { PictureOptions } from '../write/picture/picture-options.ts';
import { severalLines, severalParquet } from '../write/vcpus/several.ts';
import { sayAssumed, sayResting } from './assumed.ts';
import { askOracle } from './input/diff-oracle.ts';
import { type InputOptions, openConfig } from './input/open-config.ts';
import {
  addExamples,
  addInputOptions,
  addOutputOptions,
  addPictureOptions,
  addProgressOptions,
  byOption,
  CONFIG_HELP,
  engineOption,
  formatOf,
  isRange,
  limitNumber,
  type OutputOptions,
  patOption,
  policyOption,
  RANGE_HELP,
  rangeOf,
  vcpuOption,
} from './options.ts';
import { textStyle, writeAnswer } from './output/answer.ts';
import { EXIT_FOUND, UsageError } from './output/exit.ts';
import { remark } from './output/notes.ts';
import { writeLines } from './output/output.ts';
import { requireParquetTarget, writeParquet } from './output/parquet.ts';
import { openAnswered, PAGE_FORMAT, wantsPage, writePage } from './page/answer-page.ts';
import type { PageInput } from './page/page-input.ts';

interface DiffOptions extends OutputOptions, InputOptions, PictureOptions {
  readonly against?: string;
  readonly oracle?: string;
  readonly across?: string;
  readonly want: Want;
  readonly vcpu?: string;
  readonly policy?: Policy;
  readonly engine: EngineName;
  readonly pat: PatType;
  readonly by: 'gpa' | 'gfn';
  readonly byPage?: true;
  readonly restore?: boolean;
  readonly timeout: number;
  readonly limit?: number;
}

/** An AMD host has no EPT: what an access gets is what both vendors answer. */
function withDefaults(options: DiffOptions, command: Command): DiffOptions {
  const isOfVendors = options.across === 'vendors' || options.against?.startsWith('vendor:') === true;
  const isOpen = command.getOptionValueSource('want') === 'default';
  return isOfVendors && isOpen ? { ...options, want: 'effective' } : options;
}

/** Asks the program of `--oracle`; says where its answer is cut short. */
async function askedOracle(
  { oracle = '', timeout }: DiffOptions,
  side: Side,
  want: Want,
  query: { readonly range: GfnRange; readonly pat: PatType },
): Promise<OracleSide> {
  const answered = await askOracle(oracle, timeout * 1000, side, want, query, remark);
  if (answered.end < query.range.end) {
    remark("the oracle's answer is cut short, it has too many spans: compared as far as it goes");
  }
  return answered;
}

/** What stands behind the config: another one, a range, or both. */
function operands(first: string | undefined, second: string | undefined) {
  if (first === undefined || !isRange(first)) return { other: first, range: second };
  if (second === undefined) return { other: undefined, range: first };
  throw new UsageError(`"${first}" is a range, and "${second}" stands behind it (./${first} names a file)`);
}

/** What is said of one state of vCPUs. */
interface StateDiff {
  readonly ids: readonly number[];
  readonly output: DiffOutput;
}

/** Formats whose reader sees rows, and nothing behind them. */
const ROW_FORMATS: readonly Format[] = ['csv', 'ndjson', 'parquet'];

async function writeDiff(
  states: readonly StateDiff[],
  isOfSeveral: boolean,
  options: DiffOptions,
): Promise<void> {
  const format = formatOf(options);
  const outputs = states.map(({ output }) => output);
  const pictures = outputs.flatMap((output) => (output.kind === 'svg' ? [output.picture] : []));
  const files = states.flatMap(({ ids, output }) =>
    output.kind === 'parquet' ? [{ ids, parquet: output.parquet }] : [],
  );
  if (pictures.length > 1) throw new UsageError('-f svg draws one state of vCPUs: --vcpu takes one of each');
  if (pictures.length === 1) {
    const { diffSvg } = await import('../write/diff/svg.ts');
    return writeLines(diffSvg(pictures[0]!, options), options.output);
  }
  if (files.length > 0) {
    const { diffParquet } = await import('../write/diff/parquet.ts');
    const parquets = files.map(({ ids, parquet }) => ({ ids, file: diffParquet(parquet) }));
    if (isOfSeveral) await writeParquet(severalParquet(parquets), options.output);
    else await writeParquet(parquets[0]!.file, options.output);
  } else {
    const lines = outputs.map((output) => (output.kind === 'lines' ? output.lines : []));
    await writeAnswer(isOfSeveral ? severalLines('diff', format, lines) : lines[0]!, options);
  }
  if (ROW_FORMATS.includes(format) && outputs.some((output) => output.isTruncated())) {
    remark('there are more spans than were written; --limit writes more');
  }
}

/** `-f html`: the sides as lanes of a map. */
async function writeDiffPage(
  source: PageInput,
  { policy, opened }: Omit<DiffBase, 'index'>,
  range: GfnRange,
  options: DiffOptions,
): Promise<void> {
  const [{ openForPage }, { diffPage }] = await Promise.all([
    import('./page/page-input.ts'),
    import('./page/views.ts'),
  ]);
  const { against, want, pat } = options;
  const config = /^config:(.+)$/s.exec(against ?? '')?.[1];
  const other = config === undefined ? undefined : await openForPage(config, {});
  const [vcpu] = chosenVcpus(opened.vm, options.vcpu).map(({ indexes }) => opened.vm.vcpus[indexes[0]!]!.id);
  const shown = { policy, range, want, pat, ...(options.vcpu !== undefined && { vcpu }) };
  await writePage(diffPage(source, shown, options, other), options.output);
}

async function runDiff(
  argument: string,
  first: string | undefined,
  second: string | undefined,
  given: DiffOptions,
  command: Command,
): Promise<void> {
  const { other, range } = operands(first, second);
  const against = given.against ?? (other === undefined ? undefined : `config:${other}`);
  const options = withDefaults({ ...given, ...(against !== undefined && { against }) }, command);
  const ways = [given.against, options.oracle, options.across, other].filter((way) => way !== undefined);
  if (ways.length !== 1) {
    throw new UsageError('expected another config, or one of --against, --oracle and --across');
  }
  if (formatOf(options) === 'parquet') requireParquetTarget(options.output);
  if (options.restore && !against?.startsWith('config:')) {
    throw new UsageError('--restore takes two states: eptsweep diff BEFORE AFTER');
  }
  if (options.byPage && !TILE_WANTS.includes(options.want)) {
    throw new UsageError(`--by-page compares ${TILE_WANTS.join(' or ')}, not ${options.want}`);
  }
  const { vcpu } = options;
  const source = await openAnswered(argument, options);
  const read = source.opened;
  const isOfColumns = options.across === 'vcpus';
  const opened = isOfColumns ? onVcpus(read, vcpu) : read;
  const frames = rangeOf(range, opened.vm, options.by);
  const engines: Evaluator[] = [];
  const otherEngine = (name: string): Evaluator => {
    if (!(ENGINE_NAMES as readonly string[]).includes(name)) {
      throw new UsageError(`no engine "${name}": expected ${ENGINE_NAMES.join(', ')}`);
    }
    engines.push(createEvaluatorSync({ engine: name as EngineName }));
    return engines.at(-1)!;
  };
  try {
    const base: Omit<DiffBase, 'index'> = {
      opened,
      policy: options.policy ?? opened.vm.policy,
      isPolicyGiven: options.policy !== undefined,
      engine: otherEngine(options.engine),
      open: (name) => openConfig(name),
      reopen: (change) => {
        if (argument !== '-') return openConfig(argument, { ...options, ...change });
        throw new UsageError(
          'standard input is read once: give the text as a file to compare its states or boots',
        );
      },
      otherEngine,
    };
    const { want, strict, pat, by, limit, byPage } = options;
    // Of vCPUs that are named, the pages are asked: what was lost is said of all.
    const restore = options.restore ?? (vcpu === undefined ? undefined : false);
    const isOfSeveral = namesSeveral(vcpu) && !isOfColumns;
    const states: StateDiff[] = [];
    const asked: Side[] = [];
    const known = new Set<string>();
    for (const { indexes } of chosenVcpus(opened.vm, isOfColumns ? undefined : vcpu)) {
      const ids = indexes.map((index) => opened.vm.vcpus[index]!.id);
      const run = new DiffRun(
        { ...base, index: indexes[0]!, ...(isOfSeveral && { ids }) },
        {
          ...{ want, pat, by, limit, byPage, restore, range: frames },
          format: wantsPage(options) ? 'json' : formatOf(options),
          style: textStyle(options),
          rest: (input, policies) => sayResting('diff', input, policies, [want], { strict, known }),
        },
      );
      const output = await (options.against !== undefined
        ? run.against(options.against)
        : options.oracle !== undefined
          ? run.oracle(options.oracle, (...query) => askedOracle(options, ...query))
          : run.across(options.across!));
      states.push({ ids, output });
      asked.push(...run.asked);
    }
    sayAssumed('diff', asked, [want]);
    if (source.embedded) await writeDiffPage(source as PageInput, base, frames, options);
    else await writeDiff(states, isOfSeveral, options);
    if (states.some(({ output }) => output.differs)) process.exitCode = EXIT_FOUND;
  } finally {
    for (const engine of engines) engine.dispose();
  }
}

function positiveNumber(text: string): number {
  const number = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || number <= 0) throw new InvalidArgumentError('expected a number above 0');
  return number;
}

/**
 * The sub-command.
 *
 * @returns a command to add to the program
 */
export function diffCommand(): Command {
  const command = new Command('diff')
    .description(
      'print where two answers differ, on how many pages, and which register or commit is to blame',
    )
    .argument('<config>', CONFIG_HELP)
    .argument('[other]', 'what to hold it against: another config, dump or preset')
    .argument('[range]', RANGE_HELP)
    .option(
      '--against <what>',
      'policy:NAME, vcpu:N, config:FILE, stage:NAME, boot:N, set:PATH=VALUE, vendor:intel|amd or engine:NAME',
    )
    .option('--oracle <command>', 'a program that speaks the oracle protocol, run by the shell')
    .option('--across <what>', 'kernels=5.16,6.8,..., vcpus, vendors, peers, ncdma or quirks, as columns')
    .addOption(
      new Option('--want <want>', 'what to compare; of vendors: effective').choices(WANTS).default('ept'),
    )
    .addOption(vcpuOption())
    .addOption(policyOption())
    .addOption(engineOption())
    .addOption(patOption())
    .addOption(byOption())
    .option('--by-page', 'compare what is written page by page (ept: type bytes, leaf: 4K entries)')
    .option('--restore', 'say which registers did not come back; default: of two saved states of a VM')
    .option('--no-restore', 'do not')
    .addOption(
      new Option('--timeout <seconds>', 'how long the oracle may be silent')
        .argParser(positiveNumber)
        .default(30),
    )
    .addOption(
      new Option(
        '--limit <n>',
        'list at most n spans, 0: all; default: table 200, markdown 100, json 10000',
      ).argParser(limitNumber),
    );
  addInputOptions(command);
  addOutputOptions(command, [...MAP_FORMATS, PAGE_FORMAT]);
  addPictureOptions(command).action(runDiff);
  addProgressOptions(command);
  return addExamples(
    command,
    '$ eptsweep diff seabios-pc ovmf-q35 0-4G',
    '$ eptsweep diff surface-pro7 --against policy:kvm-5.16',
    '$ eptsweep diff ovmf-gpu --against set:noncoherentDma=false --policy kvm-6.8 --limit 4',
    '$ eptsweep diff ovmf-gpu --across kernels=5.16,6.8,6.11,6.16',
    '$ eptsweep diff ovmf-gpu 0x800000000+1G --across quirks --policy kvm-6.16 --want effective --pat WC',
    '$ eptsweep diff precision-t3600 --across kernels=sdm,5.16 -f svg | wc -l',
    '$ eptsweep diff seabios-pc --across vcpus --json',
    '$ eptsweep diff seabios-pc 0+1M --against engine:reference --want leaf --policy kvm-5.16',
  );
}
