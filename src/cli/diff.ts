/** `eptsweep diff`: where two answers differ, on how many pages, and why. */

import { Command, InvalidArgumentError, Option } from 'commander';
import { type OpenedSide, openSide, type Side, TILE_WANTS } from '../diff/index.ts';
import { createEvaluatorSync, type Evaluator } from '../engine/evaluator.ts';
import { compareEngines, type Disagreement, emptyTally } from '../fuzz/index.ts';
import { stating, withHostEvidence } from '../open/host-evidence.ts';
import { vcpuIndex } from '../open/open-view.ts';
import type { OpenedConfig } from '../open/opened-config.ts';
import { type Policy, requireWantOn } from '../policy/index.ts';
import { type GfnRange, type PatType, WANTS, type Want } from '../types.ts';
import {
  confidentialAssumptions,
  ENGINE_NAMES,
  type EngineName,
  frameCount,
  hostAssumptions,
  type Subject,
} from '../vm/index.ts';
import { acrossOutput } from '../write/diff/across.ts';
import type { DiffOutput } from '../write/diff/output.ts';
import { twoSidedOutput } from '../write/diff/two.ts';
import { type Format, MAP_FORMATS } from '../write/format/formats.ts';
import { type Basis, basisOf } from '../write/json/basis.ts';
import type { PictureOptions } from '../write/picture/picture-options.ts';
import { hostText, vcpusText } from '../write/vcpu-words.ts';
import { sayAssumed, sayResting } from './assumed.ts';
import { askOracle } from './input/diff-oracle.ts';
import { baseSide, type DiffBase, requireSide, sidesAcross, sidesAgainst } from './input/diff-sides.ts';
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
} from './options.ts';
import { textStyle, writeAnswer } from './output/answer.ts';
import { EXIT_FOUND, UsageError } from './output/exit.ts';
import { remark } from './output/notes.ts';
import { writeLines } from './output/output.ts';
import { requireParquetTarget, writeParquet } from './output/parquet.ts';

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
  readonly timeout: number;
  readonly limit?: number;
}

/** Spans that are listed where no limit is given; each is given its cause, which is evaluated. */
const DEFAULT_LIMITS: Readonly<Record<Format, number>> = {
  table: 200,
  json: 10_000,
  ndjson: 100_000,
  csv: 100_000,
  markdown: 100,
  parquet: 1_000_000,
  svg: 1,
};

/** Frames of which two engines are asked more than their spans, and those that they are asked one by one. */
const JUDGED_FRAMES = 4096;
const JUDGED_SINGLES = 16;

/** What the columns of `--across` state, one value each. */
const ACROSS_STATES: Readonly<Record<string, readonly Subject[]>> = {
  ncdma: ['noncoherent-dma'],
  quirks: ['quirks'],
};

/** One comparison, all options resolved. */
class DiffRun {
  readonly #base: DiffBase;
  readonly #options: DiffOptions;
  readonly #frames: GfnRange;
  readonly #format: Format;
  /** Policies of the sides that were opened. */
  readonly asked: Side[] = [];
  /** The config, with what all sides rest on as soon as they are known. */
  #opened: OpenedConfig;

  constructor(base: DiffBase, options: DiffOptions, frames: GfnRange) {
    this.#base = base;
    this.#opened = base.opened;
    this.#options = options;
    this.#frames = frames;
    this.#format = formatOf(options);
  }

  get #common() {
    const { want, pat, by, limit } = this.#options;
    const { index, policy } = this.#base;
    const { vm, assumptions, evidence } = this.#opened;
    return {
      basis: basisOf(vm, policy, { vcpus: [vm.vcpus[index]!.id], assumptions, evidence }),
      want,
      by,
      query: { range: this.#frames, pat },
      limit: limit ?? DEFAULT_LIMITS[this.#format],
    };
  }

  #title(what: string, isOfOne = true): string {
    const { opened, index, policy } = this.#base;
    const { vm } = opened;
    const one = isOfOne ? `${vm.vcpus[index]!.name} of ` : '';
    const which = vm.vcpus.length === 1 ? '' : `, ${one}${vcpusText(vm)}`;
    return `${vm.name}${which}${hostText(vm)}, policy ${policy.name}: ${this.#options.want} ${what}`;
  }

  #checked(side: OpenedSide): OpenedSide {
    requireWantOn(side.policy, side.vcpu.vendor, this.#options.want);
    this.asked.push(side);
    return side;
  }

  /** Says what the answers of all sides rest on. */
  #sayResting(input = this.#base.opened): void {
    const { want, strict } = this.#options;
    const policies = this.asked.map(({ policy }) => policy);
    this.#opened = sayResting('diff', input, policies, [want], { strict });
  }

  async against(text: string): Promise<DiffOutput> {
    const { opened } = this.#base;
    const byPage = this.#options.byPage === true;
    const {
      sides: [left, right],
      other,
    } = await sidesAgainst(text, this.#base);
    const what = text.split(':', 1)[0]!;
    const b = this.#checked(openSide(right, byPage));
    // Where neither takes the writes, it is the config that is wrong, not one of the sides.
    const a = this.#checked(b.fault ? requireSide(left, opened, byPage) : openSide(left, byPage));
    this.#sayResting(withHostEvidence(opened, other));
    const ends = [a, b].map((side) => frameCount(side.vcpu.maxphyaddr));
    const common = this.#common;
    const isWhole = this.#frames.start === 0 && this.#frames.end === ends[0];
    const end = Math.min(this.#frames.end, ...ends);
    const range = { start: Math.min(this.#frames.start, end), end };
    const job = {
      ...common,
      basis: this.#basisWith([a, b]),
      query: { ...common.query, range },
      title: this.#title(`against ${text}`),
      sides: [a, b] as const,
      hasCauses: what !== 'engine' && ends[0] === ends[1],
      hasRaw: what === 'vcpu' || what === 'config' || what === 'set',
      disagreements: what === 'engine' ? this.#disagreements(a, b, range) : [],
      beyond: (isWhole ? Math.max(...ends) : this.#frames.end) - end,
    };
    return twoSidedOutput(job, this.#format, textStyle(this.#options));
  }

  /** What two engines answer differently beside the spans that are compared anyway. */
  #disagreements(a: OpenedSide, b: OpenedSide, { start, end }: GfnRange): readonly Disagreement[] {
    if (start === end || a.engine === b.engine || a.engine.engine === b.engine.engine) return [];
    const probe = {
      windows: [{ start, end: Math.min(end, start + JUDGED_FRAMES) }],
      frames: Array.from({ length: Math.min(end - start, JUDGED_SINGLES) }, (_, index) => start + index),
    };
    const subject = { vcpu: a.vcpu, policy: a.policy, pat: this.#options.pat };
    const { disagreements } = compareEngines([a.engine, b.engine], subject, probe, emptyTally());
    return disagreements.filter(({ question }) => question.what !== 'spans' && question.what !== 'wrmsr');
  }

  async oracle(command: string): Promise<DiffOutput> {
    const { opened, engine } = this.#base;
    const { want, timeout, byPage } = this.#options;
    const side = baseSide(this.#base, engine.engine);
    requireWantOn(side.policy, side.vcpu.vendor, want);
    this.asked.push(side);
    this.#sayResting();
    const common = this.#common;
    const answered = await askOracle(command, timeout * 1000, side, want, common.query, remark);
    const other = answered.side;
    const a = other.fault ? openSide(side, byPage === true) : requireSide(side, opened, byPage === true);
    if (a.fault && other.fault && a.fault.msr === other.fault.msr && a.fault.value === other.fault.value) {
      requireSide(side, opened, false);
    }
    if (answered.end < this.#frames.end) {
      remark("the oracle's answer is cut short, it has too many spans: compared as far as it goes");
    }
    const job = {
      ...common,
      query: { ...common.query, range: { start: this.#frames.start, end: answered.end } },
      title: this.#title(`of ${engine.engine} against ${command}`),
      sides: [a, other] as const,
      hasCauses: false,
      hasRaw: false,
      disagreements: [],
      beyond: 0,
    };
    return twoSidedOutput(job, this.#format, textStyle(this.#options));
  }

  /** A basis with what the guests and the hosts of the sides leave to trust: theirs need not be the config's. */
  #basisWith(sides: readonly OpenedSide[], basis = this.#common.basis): Basis {
    const { want } = this.#options;
    const ofSides = sides.flatMap(({ vcpu, policy }) => [
      ...confidentialAssumptions(vcpu.confidential, policy),
      ...hostAssumptions(vcpu, policy, [want]),
    ]);
    return { ...basis, assumptions: [...(basis.assumptions ?? []), ...ofSides] };
  }

  async across(text: string): Promise<DiffOutput> {
    const { opened, policy } = this.#base;
    const sides = sidesAcross(text, this.#base);
    const opening = sides.map((side) =>
      this.#checked(requireSide(side, opened, this.#options.byPage === true)),
    );
    this.#sayResting(stating(opened, ACROSS_STATES[text] ?? []));
    const { vm, assumptions, evidence } = this.#opened;
    const job = {
      ...this.#common,
      basis: this.#basisWith(
        opening,
        text === 'vcpus' ? basisOf(vm, policy, { assumptions, evidence }) : this.#common.basis,
      ),
      title: this.#title(`across ${text}`, text !== 'vcpus'),
      sides: opening,
      hasRaw: text === 'vcpus',
    };
    return acrossOutput(job, this.#format, textStyle(this.#options));
  }
}

/** An AMD host has no EPT: what an access gets is what both vendors answer. */
function withDefaults(options: DiffOptions, command: Command): DiffOptions {
  const isOfVendors = options.across === 'vendors' || options.against?.startsWith('vendor:') === true;
  const isOpen = command.getOptionValueSource('want') === 'default';
  return isOfVendors && isOpen ? { ...options, want: 'effective' } : options;
}

/** What stands behind the config: another one, a range, or both. */
function operands(first: string | undefined, second: string | undefined) {
  if (first === undefined || !isRange(first)) return { other: first, range: second };
  if (second === undefined) return { other: undefined, range: first };
  throw new UsageError(`"${first}" is a range, and "${second}" stands behind it (./${first} names a file)`);
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
  if (options.byPage && !TILE_WANTS.includes(options.want)) {
    throw new UsageError(`--by-page compares ${TILE_WANTS.join(' or ')}, not ${options.want}`);
  }
  const opened = await openConfig(argument, options);
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
    const base: DiffBase = {
      opened,
      index: vcpuIndex(opened.vm, options.vcpu),
      policy: options.policy ?? opened.vm.policy,
      isPolicyGiven: options.policy !== undefined,
      engine: otherEngine(options.engine),
      reopen: (change) => {
        if (argument !== '-') return openConfig(argument, { ...options, ...change });
        throw new UsageError(
          'standard input is read once: give the text as a file to compare its states or boots',
        );
      },
      otherEngine,
    };
    const run = new DiffRun(base, options, frames);
    const output = await (options.against !== undefined
      ? run.against(options.against)
      : options.oracle !== undefined
        ? run.oracle(options.oracle)
        : run.across(options.across!));
    sayAssumed('diff', run.asked, [options.want]);
    switch (output.kind) {
      case 'lines':
        await writeAnswer(output.lines, options);
        break;
      case 'parquet': {
        const { diffParquet } = await import('../write/diff/parquet.ts');
        await writeParquet(diffParquet(output.parquet), options.output);
        if (output.parquet.metadata().truncated) {
          remark('there are more spans than were written; --limit writes more');
        }
        break;
      }
      case 'svg': {
        const { diffSvg } = await import('../write/diff/svg.ts');
        await writeLines(diffSvg(output.picture, options), options.output);
      }
    }
    if (output.differs) process.exitCode = EXIT_FOUND;
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
    .option('--vcpu <id>', 'whose registers to use; default: the first')
    .addOption(policyOption())
    .addOption(engineOption())
    .addOption(patOption())
    .addOption(byOption())
    .option('--by-page', 'compare what is written page by page (ept: type bytes, leaf: 4K entries)')
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
  addOutputOptions(command, MAP_FORMATS);
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
