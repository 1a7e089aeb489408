/** `eptsweep replay`: what happens to the one EPT while vCPUs write MTRRs, devices come, and pages are touched. */

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import {
  isReplayFinding,
  type ReplaySteps,
  replayHead,
  replaySteps,
  replaySummaries,
  requireScenarioRegisters,
} from '../answer/replay.ts';
import { parseScenario, type Scenario } from '../config/scenario/scenario.ts';
import { PARAMETER_TEXTS, SCENARIOS, scenarioNamed } from '../config/scenarios/index.ts';
import { createEvaluatorSync } from '../engine/evaluator.ts';
import { messageWithoutPath } from '../errors.ts';
import type { Policy } from '../policy/index.ts';
import { DESIGN_FLAG_VALUES, type DesignRules, designNamed, type ReplaySummary } from '../replay/index.ts';
import { DESIGNS } from '../share/index.ts';
import { type EngineName, frameCount, MAX_VCPUS, vcpuOf } from '../vm/index.ts';
import {
  designLines,
  designsJsonLines,
  designsNdjsonLines,
  designsSvgLines,
  markdownLines,
  replayJsonLines,
  replayLines,
  replayNdjsonLines,
  replaySvgLines,
} from '../write/index.ts';
import type { PictureOptions } from '../write/picture/picture-options.ts';
import { sayAssumed } from './assumed.ts';
import { scenarioInput } from './input/scenario-file.ts';
import {
  addExamples,
  addOutputOptions,
  addProgressOptions,
  addRefusals,
  engineOption,
  formatOf,
  type OutputOptions,
  policyOption,
  widthOption,
} from './options.ts';
import { textStyle, writeAnswer } from './output/answer.ts';
import { EXIT_FOUND, UsageError } from './output/exit.ts';
import { writeLines } from './output/output.ts';
import { Progress } from './output/progress.ts';
import { isTerminal, STDOUT } from './output/streams.ts';
import { PAGE_FORMAT, wantsPage, writePage } from './page/answer-page.ts';
import { followTraceFile, requireFollowable, TRACE_FORMATS } from './replay-trace.ts';

interface ReplayCommandOptions extends OutputOptions, Pick<PictureOptions, 'width'> {
  readonly policy?: Policy;
  readonly design?: readonly DesignRules[];
  readonly vcpus?: number;
  readonly every?: number;
  readonly eagerPageSplit?: 'Y' | 'N';
  readonly engine: EngineName;
  readonly limit?: number;
  readonly trace?: string;
  readonly traceFrom?: string;
  readonly print?: true;
  readonly list?: true;
}

const FORMATS = ['table', 'json', 'ndjson', 'markdown', 'svg', PAGE_FORMAT];
const TABLE_LIMIT = 200;
function linesOf(
  scenario: Scenario,
  design: DesignRules,
  steps: ReplaySteps,
  format: string,
  options: ReplayCommandOptions,
): Iterable<string> {
  const head = replayHead(scenario);
  const summary = () => steps.summary!;
  if (format === 'json') return replayJsonLines(head, steps, summary);
  if (format === 'ndjson') return replayNdjsonLines(head, steps, summary);
  if (format === 'svg') return replaySvgLines(head, steps, scenario.count, options.width);
  const frames = frameCount(scenario.vm.maxphyaddr);
  const shape = { limit: options.limit ?? TABLE_LIMIT, frames, design };
  if (format === 'markdown') {
    return markdownLines(replayLines(head, steps, summary, { ...shape, markdown: true }));
  }
  return replayLines(head, steps, summary, { ...shape, ...textStyle(options) });
}

function linesOfDesigns(
  scenario: Scenario,
  summaries: readonly ReplaySummary[],
  format: string,
  options: ReplayCommandOptions,
): Iterable<string> {
  const head = replayHead(scenario);
  if (format === 'json') return designsJsonLines(head, summaries);
  if (format === 'ndjson') return designsNdjsonLines(head, summaries);
  if (format === 'svg') return designsSvgLines(head, summaries, options.width);
  if (format === 'markdown') return markdownLines(designLines(head, summaries, { markdown: true }));
  return designLines(head, summaries, textStyle(options));
}

/** A line for each, and what those that are written for parameters take. */
function readyScenarios(): readonly string[] {
  const width = Math.max(...SCENARIOS.map(({ name }) => name.length));
  const lines = SCENARIOS.map(({ name, description }) => `${name.padEnd(width)}  ${description}`);
  const takers = Object.entries(PARAMETER_TEXTS).map(([key, text]) => {
    const names = SCENARIOS.filter(({ takes }) => takes?.includes(key as keyof typeof PARAMETER_TEXTS));
    return `  ${key}=  ${text}: ${names.map(({ name }) => name).join(', ')}`;
  });
  return [...lines, '', 'behind a name, as in ovmf-boot,vcpus=64,linux=5.15:', ...takers];
}

/** Takes the steps of a replay for its summary alone. */
function takeAll(steps: ReplaySteps): void {
  const run = steps[Symbol.iterator]();
  while (!run.next().done);
}

/** `-f html`: the scenario's text, which the page replays; a ready one by its name. */
async function writeReplayPage(
  argument: string,
  text: string | (() => Iterable<string>),
  { vm }: Scenario,
  { vcpus, design, output }: ReplayCommandOptions,
): Promise<void> {
  const { replayPage } = await import('./page/views.ts');
  if (typeof text !== 'string') throw new UsageError('-f html: a page holds no scenario of JSON lines');
  const isReady = scenarioNamed(argument) !== undefined;
  const designs = design?.map(({ name }) => name);
  const shown = { ...(vcpus !== undefined && { vcpus }), ...(designs && { designs }) };
  await writePage(replayPage({ name: argument, ...(!isReady && { text }) }, vm, shown), output);
}

async function runReplay(argument: string | undefined, options: ReplayCommandOptions): Promise<void> {
  if (options.list) {
    await writeAnswer(readyScenarios(), options);
    return;
  }
  if (argument === undefined)
    throw new UsageError('which scenario? (eptsweep replay --list names ready ones)');
  const { trace } = options;
  if (trace !== undefined) requireFollowable(argument, { ...options, trace });
  const { text, file, folder } = await scenarioInput(argument, options.vcpus);
  if (options.print) {
    await writeLines(
      typeof text === 'function' ? text() : text.replace(/\n$/, '').split('\n'),
      options.output,
    );
    return;
  }
  const scenario = parseScenario(text, {
    file,
    read: (path) => readFileSync(resolve(folder, path), 'utf8'),
    ...(options.vcpus !== undefined && { vcpus: options.vcpus }),
    ...(options.policy && { policy: options.policy }),
  });
  const engine = createEvaluatorSync({ engine: options.engine });
  try {
    requireScenarioRegisters(scenario, engine);
    sayAssumed('replay', [{ vcpu: vcpuOf(scenario.vm, 0), policy: scenario.vm.policy }]);
    const [design, ...others] = options.design ?? [designNamed('first-fault')];
    const format = formatOf(options);
    const progress = new Progress({
      unit: 'events',
      total: scenario.count,
      isInSight: options.output === undefined && isTerminal(STDOUT),
    });
    const events = progress.counting(scenario.events());
    if (trace !== undefined) {
      await followTraceFile(scenario, engine, events, { ...options, trace });
      progress.end();
      return;
    }
    const eagerSplit = options.eagerPageSplit && options.eagerPageSplit === 'Y';
    const question = { every: options.every, eagerSplit, events };
    if (others.length > 0) {
      const summaries = replaySummaries(scenario, engine, [design!, ...others], question);
      progress.end();
      if (wantsPage(options)) await writeReplayPage(argument, text, scenario, options);
      else await writeAnswer(linesOfDesigns(scenario, summaries, format, options), options);
      if (summaries.some(isReplayFinding)) process.exitCode = EXIT_FOUND;
      return;
    }
    const steps = replaySteps(scenario, engine, design!, question);
    if (wantsPage(options)) {
      takeAll(steps);
      await writeReplayPage(argument, text, scenario, options);
    } else await writeAnswer(linesOf(scenario, design!, steps, format, options), options);
    progress.end();
    if (isReplayFinding(steps.summary!)) process.exitCode = EXIT_FOUND;
  } finally {
    engine.dispose();
  }
}

function numberOption(low: number, high: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d{1,15}$/.test(text) || number < low || number > high) {
      throw new InvalidArgumentError(`expected a number ${low}..${high}`);
    }
    return number;
  };
}

/** `first-fault,role`: names, each a design; `type=vcpu0,zap=fine`: the flags of one. */
function designList(text: string, before: readonly DesignRules[] = []): readonly DesignRules[] {
  const designs: string[] = [];
  let wasFlag = false;
  for (const part of text.split(',').map((one) => one.trim())) {
    const isFlag = part.includes('=');
    if (isFlag && wasFlag) designs.push(`${designs.pop()},${part}`);
    else designs.push(part);
    wasFlag = isFlag;
  }
  try {
    return [...before, ...designs.map(designNamed)];
  } catch (error) {
    throw new InvalidArgumentError(messageWithoutPath(error as Error));
  }
}

function designOption(): Option {
  const flags = Object.entries(DESIGN_FLAG_VALUES).map(([flag, values]) => `${flag}=${values.join('|')}`);
  return new Option(
    '--design <list>',
    `${DESIGNS.join(', ')}, or flags: ${flags.join(',')}; several, or again: side by side; default: first-fault`,
  ).argParser(designList);
}

/** The sub-command. */
export function replayCommand(): Command {
  const command = new Command('replay')
    .description(
      'let register writes, faults, devices and slots happen to a VM, and follow the EPT that its vCPUs share',
    )
    .argument('[scenario]', 'a file, - for standard input, or the name of a ready scenario (--list)')
    .addOption(policyOption())
    .addOption(new Option('--vcpus <n>', 'another number of vCPUs').argParser(numberOption(1, MAX_VCPUS)))
    .addOption(
      new Option(
        '--every <n>',
        'report after every n events; default: 1 up to 2000 events, else at the end',
      ).argParser(numberOption(0, Number.MAX_SAFE_INTEGER)),
    )
    .addOption(designOption())
    .addOption(
      new Option(
        '--eager-page-split <switch>',
        'whether dirty logging splits large entries as it begins, as the module parameter says; default: what the scenario says, else as the release has it',
      ).choices(['Y', 'N']),
    )
    .option(
      '--trace <file>',
      'hold the trace of a running KVM, marked step by step, against the scenario; - for standard input',
    )
    .addOption(
      new Option('--trace-from <format>', "the trace's format; default: found from the content").choices(
        TRACE_FORMATS,
      ),
    )
    .addOption(engineOption())
    .addOption(
      new Option('--limit <n>', 'list at most n events; default 200, of a trace 40').argParser(
        numberOption(0, Number.MAX_SAFE_INTEGER),
      ),
    )
    .option('--list', 'list the ready scenarios')
    .option('--print', "print the scenario's text, to start one's own from");
  addOutputOptions(command, FORMATS);
  command.addOption(widthOption()).action(runReplay);
  command.addHelpText(
    'after',
    '\nExits with 1 where stale entries are left, a page was accessed through a foreign entry, or a refused write stopped it.\nWith --trace: with 1 where the kernel departs from the model, with 3 where the trace does not reach the end of the\nscenario: events were lost, marks are missing or out of order, it was cut, or another kernel ran.\nCR0.NW is taken and ignored, as KVM and hardware do: no type depends on it.',
  );
  addProgressOptions(command);
  addRefusals(command, {
    '--set <path=value>':
      'a scenario says its VM itself, under vm (--print shows it), and takes parameters behind its name: ovmf-boot,vcpus=64',
    '--vcpu <list>': 'a replay follows all vCPUs of its scenario; --vcpus N has another number of them',
  });
  return addExamples(
    command,
    '$ eptsweep replay --list',
    '$ eptsweep replay live-range-moved || test $? = 1',
    '$ eptsweep replay ovmf-boot --design first-fault,vcpu0,role,zap-on-cd || test $? = 1',
    '$ eptsweep replay seabios-boot --design role --design type=vcpu0,zap=fine || test $? = 1',
    '$ eptsweep replay seabios-boot --vcpus 64 --policy kvm-5.16 -f ndjson || test $? = 1',
    '$ eptsweep replay ovmf-boot,linux=5.15,bsp=3 -f markdown || test $? = 1',
    '$ eptsweep replay gpu-hotplug-6.8 -f svg -o /dev/null || test $? = 1',
    '$ eptsweep replay examples/trace/live.yaml --trace examples/trace/live.ftrace || test $? = 1',
    '$ eptsweep replay base-before-mask --print | eptsweep replay - --json || test $? = 1',
  );
}
