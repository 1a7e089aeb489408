/** `eptsweep verify`: every page, one by one, held against the answers that visit no page. */

import { Command, InvalidArgumentError, Option } from 'commander';
import { createEvaluatorSync, type Evaluator } from '../engine/evaluator.ts';
import { chosenVcpus, namesSeveral } from '../open/chosen-vcpus.ts';
import { openSafely } from '../open/open-view.ts';
import type { OpenedConfig } from '../open/opened-config.ts';
import type { Policy } from '../policy/index.ts';
import type { GfnRange } from '../types.ts';
import { MOST_THREADS, nothingVerified, threadsOf, type VerifyJob, verify } from '../verify/index.ts';
import { vcpuOf } from '../vm/index.ts';
import { documentLines } from '../write/format/json.ts';
import { severalLines } from '../write/vcpus/several.ts';
import { verifyJson } from '../write/verify/json.ts';
import type { VerifyReport } from '../write/verify/report.ts';
import { verifyLines } from '../write/verify/text.ts';
import { sayAssumed, sayResting } from './assumed.ts';
import { type InputOptions, openConfig } from './input/open-config.ts';
import { VerifyState } from './input/verify-state.ts';
import { ifInterrupted } from './interrupt.ts';
import {
  addExamples,
  addInputOptions,
  addOutputOptions,
  addProgressOptions,
  byOption,
  CONFIG_HELP,
  formatOf,
  type OutputOptions,
  policyOption,
  RANGE_HELP,
  rangeOf,
  vcpuOption,
} from './options.ts';
import { writeAnswer } from './output/answer.ts';
import { EXIT_FOUND, UsageError } from './output/exit.ts';
import { remark, spoken } from './output/notes.ts';
import { Progress } from './output/progress.ts';

interface VerifyCliOptions extends OutputOptions, InputOptions {
  readonly vcpu?: string;
  readonly policy?: Policy;
  readonly against?: Policy;
  readonly by: 'gpa' | 'gfn';
  readonly threads?: number;
  readonly resume?: string;
}

/** What a signal leaves. */
function interruption({ resume, output }: VerifyCliOptions): string {
  const written = output === undefined ? '' : `nothing was written to ${output}; `;
  const kept =
    resume === undefined
      ? '--resume FILE would have kept how far it came'
      : `${resume} has how far it came, to go on: ${spoken().line}`;
  return written + kept;
}

/** What is verified alike of every state of vCPUs. */
interface Verification {
  readonly opened: OpenedConfig;
  readonly policy: Policy;
  readonly range: GfnRange;
  readonly engine: Evaluator;
}

/** Visits the pages of one state; `ids`: of all that were asked about and are in it. */
async function verified(
  { opened, policy, range, engine }: Verification,
  index: number,
  ids: readonly number[],
  options: VerifyCliOptions,
): Promise<VerifyReport> {
  const { against } = options;
  const job: VerifyJob = { vcpu: vcpuOf(opened.vm, index), policy, ...(against && { against }) };
  const state = options.resume === undefined ? undefined : new VerifyState(options.resume, job, range);
  const before = state?.read(range) ?? nothingVerified(range.start);
  ifInterrupted(interruption(options));
  const threads = threadsOf(range.end - before.end, options.threads);
  const progress = new Progress({
    unit: 'pages',
    total: range.end - range.start,
    before: before.end - range.start,
  });
  let done = before;
  try {
    for await (done of verify(job, range, before, { threads, onNotice: remark, engine })) {
      state?.write(done);
      progress.show(done.end - range.start);
    }
    progress.end();
  } finally {
    progress.clear();
  }
  if (options.resume !== undefined) {
    remark(`${options.resume} says that all is done; remove it to visit the pages anew`);
  }
  return {
    vm: opened.vm,
    assumptions: opened.assumptions,
    evidence: opened.evidence,
    ids,
    policy,
    against,
    range,
    threads,
    verified: done,
    earlier: before.end - range.start,
    seconds: progress.seconds,
  };
}

async function runVerify(
  argument: string,
  text: string | undefined,
  options: VerifyCliOptions,
): Promise<void> {
  if (options.resume === '-') throw new UsageError('--resume takes a file that can be read again, not -');
  const input = await openConfig(argument, options);
  const groups = chosenVcpus(input.vm, options.vcpu);
  if (options.resume !== undefined && groups.length > 1) {
    throw new UsageError('--resume keeps how far one state of vCPUs came: --vcpu takes one of each');
  }
  const policy = options.policy ?? input.vm.policy;
  const range = rangeOf(text, input.vm, options.by);
  const { against } = options;
  if (against?.name === policy.name) {
    throw new UsageError(
      `--against ${against.name}: the policy is that anyway, so that nothing would be compared`,
    );
  }
  const policies = against ? [policy, against] : [policy];
  const opened = sayResting('verify', input, policies, ['ept'], options);
  const engine = createEvaluatorSync({ engine: 'auto' });
  const isOfSeveral = namesSeveral(options.vcpu);
  const reports: VerifyReport[] = [];
  try {
    // Opened here first: a refused register write is reported at its line.
    for (const { indexes } of groups) {
      openSafely(opened, indexes[0]!, policy, (vcpu) => engine.view(vcpu, policy)).dispose();
    }
    sayAssumed(
      'verify',
      policies.map((one) => ({ vcpu: vcpuOf(opened.vm, groups[0]!.indexes[0]!), policy: one })),
    );
    for (const { indexes } of groups) {
      const ids = indexes.map((index) => opened.vm.vcpus[index]!.id);
      reports.push(await verified({ opened, policy, range, engine }, indexes[0]!, ids, options));
    }
  } finally {
    engine.dispose();
  }
  const isJson = formatOf(options) === 'json';
  const answers = reports.map((report) => (isJson ? documentLines(verifyJson(report)) : verifyLines(report)));
  const lines = isOfSeveral ? severalLines('verify', formatOf(options), answers) : answers[0]!;
  await writeAnswer(lines, options);
  if (reports.some((report) => report.verified.differingChunks > 0)) process.exitCode = EXIT_FOUND;
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
    .argument('<config>', CONFIG_HELP)
    .argument('[range]', RANGE_HELP)
    .addOption(vcpuOption())
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
  addInputOptions(command);
  addOutputOptions(command, ['table', 'json']).action(runVerify);
  addProgressOptions(command);
  return addExamples(
    command,
    '$ eptsweep verify ovmf-q35 0-4G',
    '$ eptsweep verify thinkpad-t400 0+8G --policy kvm-5.16 --against sdm',
    '$ eptsweep verify surface-pro7 3G-4G --json',
  );
}
