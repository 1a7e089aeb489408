/** `eptsweep verify`: every page, one by one, held against the answers that visit no page. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { createEngine } from '../engine/registry.ts';
import { type OpenedConfig, openConfig, openSafely, vcpuIndex } from '../open/open-config.ts';
import type { Policy } from '../policy/index.ts';
import { type GfnRange, typeName } from '../types.ts';
import {
  MOST_THREADS,
  nothingVerified,
  type SweepJob,
  type Swept,
  threadsOf,
  type Verified,
  verify,
} from '../verify/index.ts';
import { vcpuOf } from '../vm/index.ts';
import { countText, hexText, type JsonValue } from '../write/index.ts';
import {
  addExamples,
  addOutputOptions,
  byOption,
  formatOf,
  type OutputOptions,
  policyOption,
  rangeOf,
} from './options.ts';
import { EXIT_FOUND, UsageError } from './output/exit.ts';
import { writeLines } from './output/output.ts';
import { durationText, Progress, rateText } from './output/progress.ts';
import { VerifyState } from './verify-state.ts';

interface VerifyCliOptions extends OutputOptions {
  readonly vcpu?: string;
  readonly policy?: Policy;
  readonly against?: Policy;
  readonly by: 'gpa' | 'gfn';
  readonly threads?: number;
  readonly resume?: string;
}

/** What came of it. */
interface Report {
  readonly opened: OpenedConfig;
  readonly vcpu: number;
  readonly policy: Policy;
  readonly against: Policy | undefined;
  readonly range: GfnRange;
  readonly threads: number;
  readonly verified: Verified;
  /** Pages that an earlier run had visited. */
  readonly earlier: number;
  readonly seconds: number;
}

const TYPE_OF_COUNTER = [0, 1, 2, 3, 4, 5, 6, -1];

function typeRows({ direct, auto }: Verified): { type: number; direct: number; auto: number }[] {
  return TYPE_OF_COUNTER.map((type, i) => ({ type, direct: direct.pages[i]!, auto: auto.pages[i]! })).filter(
    (row) => row.direct !== 0 || row.auto !== 0,
  );
}

function rateOf({ verified, range, earlier, seconds }: Report): number {
  return (verified.end - range.start - earlier) / Math.max(seconds, 1e-9);
}

/** `0xdeadbeef on both sides`, or both. */
function bothText(direct: string, auto: string): string {
  return direct === auto
    ? `${direct}, equal`
    : `${direct} page by page, ${auto} without visiting pages: DIFFERENT`;
}

function differingText({ differing }: Swept): string {
  if (!differing || differing.first === undefined) return '0';
  return `${countText(differing.pages)}, the first is ${hexText(differing.first)}`;
}

function differingValue({ differing }: Swept): JsonValue {
  const first = differing?.first;
  return { pages: differing?.pages ?? 0, first: first === undefined ? null : hexText(first) };
}

function* tableText(report: Report): Generator<string> {
  const { opened, vcpu, policy, range, threads, verified, earlier, seconds } = report;
  const { vm } = opened;
  const pages = verified.end - range.start;
  yield `${vm.name}: policy ${policy.name}, ${vm.vcpus[vcpu]!.name}, ${vm.maxphyaddr} address bits`;
  yield `visited ${countText(pages)} pages one by one with the engine direct, ${threads === 1 ? '1 thread' : `${threads} threads`}`;
  if (earlier > 0) yield `of these ${countText(earlier)} in an earlier run`;
  yield `digest of all entries: ${bothText(hexText(verified.direct.digest), hexText(verified.auto.digest))}`;
  for (const { type, direct, auto } of typeRows(verified)) {
    yield `pages of type ${typeName(type)}: ${bothText(countText(direct), countText(auto))}`;
  }
  if (report.against) {
    const { direct, auto } = verified;
    yield `pages that differ from ${report.against.name}: ${bothText(differingText(direct), differingText(auto))}`;
  }
  yield `time ${durationText(seconds)}, ${rateText(rateOf(report))} pages/s`;
  yield '';
  const { firstDifference: first, differingChunks } = verified;
  if (differingChunks === 0) {
    yield 'no difference: digest and page counts of the engine auto are those of every page';
    return;
  }
  yield `DIFFERENT in ${countText(differingChunks)} stretches of the range`;
  if (first) {
    yield `first at page ${hexText(first.gfn)}: direct writes ${hexText(first.direct)}, auto ${hexText(first.auto)}`;
  } else yield 'no page differs: a digest or a page count is wrong';
}

function jsonValue(report: Report): JsonValue {
  const { opened, vcpu, policy, range, threads, verified, earlier, seconds } = report;
  const { firstDifference: first } = verified;
  return {
    schema: 'eptsweep/verify@1',
    config: opened.vm.name,
    policy: policy.name,
    vcpu: opened.vm.vcpus[vcpu]!.id,
    maxphyaddr: opened.vm.maxphyaddr,
    range: { firstGfn: hexText(range.start), pages: range.end - range.start },
    verified: verified.differingChunks === 0,
    pages: verified.end - range.start,
    earlierPages: earlier,
    threads,
    digest: { direct: hexText(verified.direct.digest), auto: hexText(verified.auto.digest) },
    types: typeRows(verified).map(({ type, direct, auto }) => ({ type: typeName(type), direct, auto })),
    ...(report.against && {
      against: {
        policy: report.against.name,
        direct: differingValue(verified.direct),
        auto: differingValue(verified.auto),
      },
    }),
    differingChunks: verified.differingChunks,
    firstDifference: first
      ? { gfn: hexText(first.gfn), direct: hexText(first.direct), auto: hexText(first.auto) }
      : null,
    seconds: Number(seconds.toFixed(3)),
    pagesPerSecond: Math.round(rateOf(report)),
  };
}

async function runVerify(
  argument: string,
  text: string | undefined,
  options: VerifyCliOptions,
): Promise<void> {
  if (options.resume === '-') throw new UsageError('--resume takes a file that can be read again, not -');
  const opened = await openConfig(argument);
  const index = vcpuIndex(opened.vm, options.vcpu);
  const policy = options.policy ?? opened.vm.policy;
  const range = rangeOf(text, opened.vm, options.by);
  const { against } = options;
  const job: SweepJob = { vcpu: vcpuOf(opened.vm, index), policy, ...(against && { against }) };
  const state = options.resume === undefined ? undefined : new VerifyState(options.resume, job, range);
  const before = state?.read(range) ?? nothingVerified(range.start);
  // Opened here first: a refused register write is reported at its line.
  const engine = createEngine('auto');
  openSafely(opened, index, policy, (vcpu) => engine.open(vcpu, policy)).dispose();
  const threads = threadsOf(range.end - before.end, options.threads);
  const progress = new Progress(range.end - range.start, before.end - range.start);
  let verified = before;
  try {
    const onNotice = (notice: string): void => {
      progress.clear();
      process.stderr.write(`eptsweep verify: ${notice}\n`);
    };
    for await (verified of verify(job, range, before, { threads, onNotice, engine })) {
      state?.write(verified);
      progress.show(verified.end - range.start);
    }
  } finally {
    progress.clear();
    engine.dispose();
  }
  if (options.resume !== undefined) {
    process.stderr.write(
      `eptsweep verify: ${options.resume} says that all is done; remove it to visit the pages anew\n`,
    );
  }
  const report: Report = {
    opened,
    vcpu: index,
    policy,
    against,
    range,
    threads,
    verified,
    earlier: before.end - range.start,
    seconds: progress.seconds,
  };
  const lines =
    formatOf(options) === 'json' ? [JSON.stringify(jsonValue(report), null, 2)] : tableText(report);
  await writeLines(lines, options.output);
  if (verified.differingChunks > 0) process.exitCode = EXIT_FOUND;
}

function threadCount(text: string): number {
  const count = Number(text);
  if (!/^\d{1,3}$/.test(text) || count < 1 || count > MOST_THREADS) {
    throw new InvalidArgumentError(`expected 1..${MOST_THREADS}`);
  }
  return count;
}

/** `--against`: as `--policy`, of the other side. */
function againstOption(): Option {
  const { parseArg } = policyOption();
  const option = new Option(
    '--against <name>',
    'also hold the pages that differ from this policy, and the first of them, against the comparison',
  );
  return parseArg ? option.argParser((text: string) => parseArg(text, undefined)) : option;
}

/** The sub-command. */
export function verifyCommand(): Command {
  const command = new Command('verify')
    .description('visit every page, one by one, and hold digest and page counts against the fast answers')
    .argument('<config>', 'a file, - for standard input, or the name of a preset (eptsweep list presets)')
    .argument('[range]', '0xa0000-0xbffff (inclusive), 0xc0000000+1G, or one address; default: all')
    .option('--vcpu <id>', 'whose registers to use; default: the first')
    .addOption(policyOption())
    .addOption(againstOption())
    .addOption(byOption())
    .addOption(
      new Option('--threads <n>', 'at the most; default: as many as the machine runs at once').argParser(
        threadCount,
      ),
    )
    .option(
      '--resume <file>',
      'keep in this file how far it came, and go on from there; it stays when all is done',
    );
  addOutputOptions(command, ['table', 'json']).action(runVerify);
  return addExamples(
    command,
    '$ eptsweep verify ovmf-q35 0-4G',
    '$ eptsweep verify thinkpad-t400 0+8G --policy kvm-5.16 --against sdm',
    '$ eptsweep verify surface-pro7 3G-4G --json',
  );
}
