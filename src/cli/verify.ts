/** `eptsweep verify`: every page, one by one, held against the answers that visit no page. */

import { Command, InvalidArgumentError, Option } from 'commander';
import { createEvaluatorSync } from '../engine/evaluator.ts';
import { openSafely, vcpuIndex } from '../open/open-view.ts';
import type { Policy } from '../policy/index.ts';
import { MOST_THREADS, nothingVerified, threadsOf, type VerifyJob, verify } from '../verify/index.ts';
import { vcpuOf } from '../vm/index.ts';
import { documentLines } from '../write/format/json.ts';
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

async function runVerify(
  argument: string,
  text: string | undefined,
  options: VerifyCliOptions,
): Promise<void> {
  if (options.resume === '-') throw new UsageError('--resume takes a file that can be read again, not -');
  const input = await openConfig(argument, options);
  const index = vcpuIndex(input.vm, options.vcpu);
  const policy = options.policy ?? input.vm.policy;
  const range = rangeOf(text, input.vm, options.by);
  const { against } = options;
  const policies = against ? [policy, against] : [policy];
  const opened = sayResting('verify', input, policies, ['ept'], options);
  const job: VerifyJob = { vcpu: vcpuOf(opened.vm, index), policy, ...(against && { against }) };
  const state = options.resume === undefined ? undefined : new VerifyState(options.resume, job, range);
  const before = state?.read(range) ?? nothingVerified(range.start);
  // Opened here first: a refused register write is reported at its line.
  const engine = createEvaluatorSync({ engine: 'auto' });
  openSafely(opened, index, policy, (vcpu) => engine.view(vcpu, policy)).dispose();
  sayAssumed(
    'verify',
    policies.map((one) => ({ vcpu: job.vcpu, policy: one })),
  );
  ifInterrupted(interruption(options));
  const threads = threadsOf(range.end - before.end, options.threads);
  const progress = new Progress({
    unit: 'pages',
    total: range.end - range.start,
    before: before.end - range.start,
  });
  let verified = before;
  try {
    for await (verified of verify(job, range, before, { threads, onNotice: remark, engine })) {
      state?.write(verified);
      progress.show(verified.end - range.start);
    }
    progress.end();
  } finally {
    progress.clear();
    engine.dispose();
  }
  if (options.resume !== undefined) {
    remark(`${options.resume} says that all is done; remove it to visit the pages anew`);
  }
  const report: VerifyReport = {
    vm: opened.vm,
    assumptions: opened.assumptions,
    evidence: opened.evidence,
    vcpu: index,
    policy,
    against,
    range,
    threads,
    verified,
    earlier: before.end - range.start,
    seconds: progress.seconds,
  };
  const lines = formatOf(options) === 'json' ? documentLines(verifyJson(report)) : verifyLines(report);
  await writeAnswer(lines, options);
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
    .argument('<config>', CONFIG_HELP)
    .argument('[range]', RANGE_HELP)
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
