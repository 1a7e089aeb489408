/** `eptsweep fit`: the fewest variable MTRRs that give a wanted map. */

import { Command, InvalidArgumentError, Option } from 'commander';
import { PRESETS } from '../config/presets/index.ts';
import { parseMemoryType } from '../config/values.ts';
import { createEvaluatorSync } from '../engine/evaluator.ts';
import type { AcceptedTypes, Discipline } from '../fit/index.ts';
import { onlyState } from '../open/chosen-vcpus.ts';
import { type Policy, wantsOf } from '../policy/index.ts';
import type { Facts } from '../read/index.ts';
import type { MemoryType } from '../types.ts';
import { vcpuGroups } from '../vm/index.ts';
import { FIT_TARGETS, type FitTarget, fitRegisterLines } from '../write/fit/registers.ts';
import type { FitReport } from '../write/fit/report.ts';
import { vcpusText } from '../write/vcpu-words.ts';
import { sayAssumed } from './assumed.ts';
import { type FitMachine, type FitRequest, fitJob, machineOf, parseAccepted } from './input/fit-job.ts';
import { type InputOptions, openConfig, openRamFiles } from './input/open-config.ts';
import {
  addExamples,
  addInputOptions,
  addOutputOptions,
  addProgressOptions,
  CONFIG_HELP,
  policyArgument,
  vcpuOption,
} from './options.ts';
import { textStyle, writeAnswer } from './output/answer.ts';
import { EXIT_BAD_INPUT, EXIT_FOUND, outcomeOf, UsageError } from './output/exit.ts';
import { complain, remark } from './output/notes.ts';
import { writeLines } from './output/output.ts';
import { Progress } from './output/progress.ts';

const FORMATS = ['table', 'json'] as const;

interface FitCommandOptions extends InputOptions {
  readonly format: (typeof FORMATS)[number];
  readonly json?: true;
  readonly output?: string;
  readonly color?: boolean;
  readonly want?: string;
  readonly rest?: AcceptedTypes;
  readonly vcnt?: number;
  readonly vcpu?: string;
  readonly for?: Policy;
  /** False with `--no-overlap`. */
  readonly overlap: boolean;
  /** False with `--no-fixed`. */
  readonly fixed: boolean;
  readonly holes?: true;
  readonly default?: readonly MemoryType[];
  readonly to?: FitTarget;
  readonly presets?: true;
}

function disciplineOf({ for: policy, overlap }: FitCommandOptions): Discipline {
  if (!overlap) return 'disjoint';
  if (policy?.flags.mtrr === 'kvm') return 'kvm';
  if (!policy || wantsOf(policy).includes('mtrr')) return 'manual';
  remark(`${policy.name} looks at no guest MTRR: the plan is by the manual`);
  return 'manual';
}

function requestOf(options: FitCommandOptions): FitRequest {
  const discipline = disciplineOf(options);
  if (options.holes && discipline !== 'manual') {
    const other = discipline === 'kvm' ? '--for' : '--no-overlap';
    throw new UsageError(
      `--holes does not go with ${other}: KVM and others take a mask with holes for one range, only the manual's rules read it as it is meant`,
    );
  }
  const { vcnt } = options;
  const most = options.for?.traits.variableRanges ?? 'vcnt';
  if (most !== 'vcnt' && vcnt !== undefined && vcnt > most) {
    throw new UsageError(`a KVM guest has ${most} variable ranges: --vcnt is 0..${most} with --for`);
  }
  return {
    want: options.want ?? (options.ram ? 'ram' : 'own'),
    rest: options.rest,
    vcnt: vcnt ?? (most === 'vcnt' ? undefined : most),
    physBits: options.physBits,
    discipline,
    holes: options.holes === true,
    fixed: options.fixed ? 'needed' : 'never',
    defaultTypes: options.default,
    strict: options.strict === true,
  };
}

/** A wanted map of its own needs no machine. */
async function ramFacts(options: FitCommandOptions): Promise<Facts | undefined> {
  if (!options.ram) return undefined;
  return openRamFiles(options.ram);
}

async function runOne(argument: string | undefined, options: FitCommandOptions): Promise<void> {
  const request = requestOf(options);
  const opened = argument === undefined ? undefined : await openConfig(argument, options);
  const machine: FitMachine | undefined = opened && machineOf(opened, onlyState(opened.vm, options.vcpu));
  if (opened && options.vcpu === undefined && vcpuGroups(opened.vm).length > 1) {
    remark(`${vcpusText(opened.vm)}: this is ${opened.vm.vcpus[0]!.name}; --vcpu chooses another`);
  }
  const facts = opened ? opened.facts : await ramFacts(options);
  const engine = createEvaluatorSync({ engine: 'auto' });
  try {
    const { report, said } = await fitJob(engine, request, machine, facts);
    for (const sentence of said) remark(sentence);
    if (!report.fit.fits) process.exitCode = EXIT_FOUND;
    await writeReport(report, machine, options);
  } finally {
    engine.dispose();
  }
}

async function writeReport(
  report: FitReport,
  machine: FitMachine | undefined,
  options: FitCommandOptions,
): Promise<void> {
  sayAssumed('fit', [options.for]);
  if (options.to !== undefined) {
    const { needed, vcnt, fits, lostPages } = report.fit;
    if (!fits)
      remark(
        `${needed} variable ranges are needed, there are ${vcnt}: ${lostPages} pages stay UC in this plan`,
      );
    if (options.to === 'proc-mtrr')
      remark('proc-mtrr does not hold the default type, the enables and the fixed ranges');
    await writeLines(
      fitRegisterLines(options.to, report, machine && { vm: machine.opened.vm, index: machine.index }),
      options.output,
    );
  } else if (options.json || options.format === 'json') {
    const { fitJsonLines } = await import('../write/fit/json.ts');
    await writeLines(fitJsonLines(report), options.output);
  } else {
    const { fitLines } = await import('../write/fit/text.ts');
    await writeAnswer(fitLines(report, textStyle(options)), options);
  }
}

/** Many machines, a line each; one that cannot be answered does not stop the others. */
async function runMany(inputs: readonly string[], options: FitCommandOptions): Promise<void> {
  if (options.to !== undefined) throw new UsageError('--to writes one plan: give one config');
  const request = requestOf(options);
  const engine = createEvaluatorSync({ engine: 'auto' });
  const reports: FitReport[] = [];
  try {
    const progress = new Progress({ unit: 'inputs', total: inputs.length });
    for (const argument of progress.counting(inputs)) {
      try {
        const opened = await openConfig(argument, options);
        const machine = machineOf(opened, onlyState(opened.vm, options.vcpu));
        reports.push((await fitJob(engine, request, machine, opened.facts)).report);
      } catch (error) {
        const { exitCode, lines } = outcomeOf(error, 'eptsweep fit');
        if (exitCode !== EXIT_BAD_INPUT) throw error;
        complain(...lines);
        process.exitCode = EXIT_BAD_INPUT;
      }
    }
    progress.end();
  } finally {
    engine.dispose();
  }
  if (reports.some(({ fit }) => !fit.fits)) process.exitCode ??= EXIT_FOUND;
  const { surveyJsonLines, surveyLines } = await import('../write/fit/survey.ts');
  const isJson = options.json || options.format === 'json';
  const lines = isJson ? surveyJsonLines(reports) : surveyLines(reports, textStyle(options));
  await writeAnswer(lines, options);
}

async function runFit(inputs: readonly string[], options: FitCommandOptions): Promise<void> {
  // Confidential guests have no MTRRs to plan.
  const layouts = PRESETS.filter(({ confidential }) => confidential === undefined);
  const all = options.presets ? [...layouts.map(({ name }) => name), ...inputs] : inputs;
  if (all.length > 1) return runMany(all, options);
  if (all.length === 0 && options.want === undefined && !options.ram) {
    throw new UsageError('expected a config, --want MAP, or --ram FILE');
  }
  if (all.length === 0 && options.want === 'own') {
    throw new UsageError('--want own is the map of a config: give one');
  }
  return runOne(all[0], options);
}

function countNumber(text: string): number {
  if (!/^\d{1,2}$/.test(text) || Number(text) > 40) throw new InvalidArgumentError('expected a number 0..40');
  return Number(text);
}

function restTypes(text: string): AcceptedTypes {
  const accepted = parseAccepted(text);
  if (accepted === undefined)
    throw new InvalidArgumentError('expected UC, WC, WT, WP, WB, several such as UC/WP, or any');
  return accepted;
}

function typeList(text: string): readonly MemoryType[] {
  return text.split(',').map((word) => {
    const type = parseMemoryType(word);
    if (type === undefined) throw new InvalidArgumentError(`"${word}" is none of UC, WC, WT, WP, WB`);
    return type;
  });
}

function policyOf(text: string): Policy {
  const found = policyArgument(text);
  if (found.peer) throw new InvalidArgumentError('expected sdm or a KVM release such as kvm-5.16');
  return found;
}

/** The sub-command. */
export function fitCommand(): Command {
  const command = new Command('fit')
    .description(
      'find the fewest variable MTRRs that give a wanted map, or the best that there are registers for',
    )
    .argument('[configs...]', `${CONFIG_HELP}; several give a table`)
    .option(
      '--want <map>',
      "own (the config's own map, default), ram (RAM is WB), a text such as 'WB 0-3G, UC 3G-4G', a YAML file, or coreboot's or EDK2's log",
    )
    .addOption(
      new Option(
        '--rest <types>',
        'what pages may have that the wanted map does not name; default: any, with ram UC',
      ).argParser(restTypes),
    )
    .addOption(
      new Option('--vcnt <n>', "variable ranges that there are; default: the machine's, else 8").argParser(
        countNumber,
      ),
    )
    .addOption(
      new Option('--for <policy>', 'the plan has to be right in this KVM too, such as kvm-5.16').argParser(
        policyOf,
      ),
    )
    .option('--no-overlap', 'no two variable ranges may overlap')
    .option(
      '--holes',
      'masks may have holes where that saves ranges; by the manual alone: KVM up to 6.10 takes each for one range',
    )
    .option('--no-fixed', 'hold the map below 1 MiB in variable ranges too')
    .addOption(new Option('--default <types>', 'default types that may be chosen: UC,WB').argParser(typeList))
    .addOption(vcpuOption())
    .addOption(new Option('-t, --to <format>', 'write the registers instead').choices(FIT_TARGETS))
    .option('--presets', 'every preset, a line each');
  addInputOptions(command);
  addOutputOptions(command, FORMATS).action(runFit);
  command.addHelpText('after', '\nExits with 1 where the variable ranges that there are do not suffice.');
  addProgressOptions(command);
  return addExamples(
    command,
    '$ eptsweep fit thinkpad-t400',
    "$ eptsweep fit --want 'WB 0-3G, UC 3G-4G, WB 4G+12G, UC rest' --phys-bits 39",
    '$ eptsweep fit asus-2012 --for kvm-5.16 --json',
    '$ eptsweep fit thinkbook-20vh --to wrmsr',
    '$ eptsweep fit poweredge-r815 --vcnt 3 || test $? = 1',
    '$ eptsweep fit --presets || test $? = 1',
    'eptsweep fit dmesg.txt --want ram --vcnt 8',
    'eptsweep fit /proc/mtrr --ram /proc/iomem --to proc-mtrr',
  );
}
