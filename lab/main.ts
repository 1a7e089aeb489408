/** `npm run lab`: a kernel in an emulated machine, held against the model. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CommanderError } from 'commander';
import { createEvaluatorSync, type Evaluator } from '../src/engine/index.ts';
import { InputError } from '../src/errors.ts';
import { type Policy, policyFromText } from '../src/policy/index.ts';
import { EXIT, LabError, textOfFile } from './fail.ts';
import { suspectsOf } from './hold/hold-run.ts';
import { builtKernel, givenKernel, type Kernel } from './kernel/kernel.ts';
import { packagedKernel } from './kernel/packages.ts';
import { releaseIn, versionText } from './kernel/version.ts';
import { asFtrace } from './log/ftrace.ts';
import { readSerialLog, type SerialLog } from './log/serial-log.ts';
import { LAST_LINE } from './machine/image.ts';
import { LabMachine } from './machine/lab-machine.ts';
import { type MachineRun, panicIn } from './machine/watch.ts';
import { command, type LabOptions } from './options.ts';
import { held, heldOnAmd } from './report/held.ts';
import { pageWith } from './report/page.ts';
import { type LabReport, totals } from './report/report.ts';
import { markdownLines, textLines } from './report/text.ts';
import { requirePrograms } from './run-program.ts';
import { asAmd } from './scenario/amd.ts';
import type { Abilities, LabCase } from './scenario/lab-case.ts';
import { loadCase } from './scenario/load.ts';
import { randomCase } from './scenario/random.ts';
import { scenarioText } from './scenario/text.ts';
import { shrunk } from './shrink.ts';

/** Seconds without a line after which Bochs counts as stopped: a boot says nothing for a minute on a slow machine. */
const SILENCE = 600;

function say(text: string): void {
  process.stderr.write(`lab: ${text}\n`);
}

function kernelOf(options: LabOptions, work: string): Kernel {
  if (options.build !== undefined) return builtKernel(options.build);
  if (options.vmlinuz === undefined && options.modules === undefined) {
    return packagedKernel(options.kernel, work, say);
  }
  if (options.vmlinuz === undefined || options.modules === undefined) {
    throw new LabError('--vmlinuz FILE and --modules DIR go together');
  }
  return givenKernel(options.vmlinuz, options.modules);
}

/** The model that a kernel is held against, without a planted fault. */
function policyOf(text: string, options: LabOptions): Policy {
  const release = releaseIn(text);
  if (options.policy === undefined && release === undefined) {
    throw new LabError(`"${text}" names no release: --policy kvm-X.Y says which rules it has`);
  }
  const policy = policyFromText(options.policy ?? `kvm-${release}`);
  if (!policy.zaps) throw new LabError(`--policy ${policy.name}: expected rules of a KVM`);
  return policy;
}

function planted(policy: Policy, plant: string | undefined): Policy {
  if (plant === undefined) return policy;
  if (!/^\w+=[\w.-]+(\+\w+=[\w.-]+)*$/.test(plant))
    throw new LabError(`--plant ${plant}: expected FLAG=VALUE`);
  return policyFromText(`${policy.name}+${plant}`);
}

/** What was run, or read. */
interface Ran {
  readonly kernel: string;
  readonly version: string;
  readonly policy: Policy;
  readonly cases: readonly LabCase[];
  readonly run: MachineRun;
  readonly machine: LabMachine | undefined;
  readonly abilities: Abilities;
  readonly isAmd: boolean;
  readonly folder: string;
}

function casesOf(options: LabOptions, policy: Policy, abilities: Abilities): readonly LabCase[] {
  const cases =
    options.scenario === undefined
      ? Array.from({ length: options.count }, (_, index) =>
          randomCase(options.seed, index, policy, abilities),
        )
      : [loadCase(options.scenario, policy, 'scenario', abilities)];
  return options.amd ? cases.map(asAmd) : cases;
}

function needsDma({ vm, events }: LabCase): boolean {
  return vm.noncoherentDma || events.some(({ kind }) => kind === 'dma');
}

/** A log that was recorded before; whether there was a module for it, the log says. */
function recorded(options: LabOptions, file: string): Ran {
  const log = textOfFile(file, 'latin1');
  const { version, devices } = readSerialLog(log);
  if (version === undefined) throw new LabError(`${file}: no serial log of the lab: it names no kernel`);
  const policy = policyOf(version, options);
  const isAmd = devices.includes('amd');
  if (isAmd !== (options.amd ?? false)) {
    throw new LabError(
      `${file}: ${isAmd ? 'an AMD processor ran: --amd' : 'no AMD processor ran: without --amd'}`,
    );
  }
  const abilities = { dma: !devices.includes('none'), largeMmio: devices.includes('large-mmio') };
  const cases = casesOf(options, policy, abilities);
  const run = { log, broken: log.includes(`\n${LAST_LINE}`) ? undefined : panicIn(log), seconds: 0 };
  return {
    kernel: releaseIn(version) ?? '?',
    version,
    policy,
    cases,
    run,
    machine: undefined,
    abilities,
    isAmd,
    folder: '',
  };
}

async function booted(options: LabOptions, work: string): Promise<Ran> {
  const vendor = options.amd ? 'amd' : 'intel';
  requirePrograms(vendor);
  const kernel = kernelOf(options, work);
  const version = versionText(kernel.image);
  const policy = policyOf(version, options);
  const name =
    options.scenario === undefined ? `${kernel.name}-seed-${options.seed}` : `${kernel.name}-scenario`;
  const folder = join(work, options.amd ? `${name}-amd` : name);
  mkdirSync(folder, { recursive: true });
  const machine = new LabMachine(kernel, folder, { silence: SILENCE, total: 60 * options.timeout }, vendor);
  const { abilities } = machine;
  const cases = casesOf(options, policy, abilities);
  if (!abilities.dma && cases.some(needsDma)) {
    throw new LabError(
      'the scenario has non-coherent DMA, which needs a module, and this kernel has no headers',
    );
  }
  say(`booting ${version.replace(/ .*/, '')} with ${cases.length} guests, ${folder}/serial.log`);
  const run = await machine.run(cases, policy, folder, (done) => say(`${done} of ${cases.length} guests`));
  const isAmd = options.amd ?? false;
  return { kernel: kernel.name, version, policy, cases, run, machine, abilities, isAmd, folder };
}

/** What was left out for want of a module, or of what one can do with this kernel. */
function leftOut({ abilities, isAmd }: Ran): readonly string[] {
  if (isAmd) return ['verdicts, and what becomes of entries step by step: the model follows none on AMD'];
  if (!abilities.dma) {
    return [
      'non-coherent DMA, and with it guest MTRRs: this kernel has no headers to build the module against',
      'host MMIO by 2M: it needs the module too',
    ];
  }
  return abilities.largeMmio ? [] : ['host MMIO by 2M: KVM finds no large page of a device before 6.12'];
}

/** Why a log is less than a run; undefined: it is whole. */
function brokenOf({ run, cases }: Ran, log: SerialLog): string | undefined {
  if (run.broken) return run.broken;
  if (log.errors.length > 0) return `the lab's program: ${log.errors[0]}`;
  if (!log.done) return 'the serial log is cut off';
  if (log.pool && log.pool.huge < log.pool.size) return 'the host has too few large pages for its guests';
  const wrong = log.guests.find((guest) => guest.lost > 0);
  if (wrong) return `the trace buffer overflowed in ${wrong.name}: ${wrong.lost} lines are lost`;
  const failed = log.guests.find((guest) => guest.errors.length > 0);
  if (failed) return `${failed.name} step ${failed.errors[0]}`;
  return log.guests.length < cases.length ? 'guests are missing in the log' : undefined;
}

function writeFiles({ folder, cases, policy }: Ran, log: SerialLog): void {
  if (folder === '') return;
  const place = join(folder, 'guests');
  mkdirSync(place, { recursive: true });
  for (const one of cases) writeFileSync(join(place, `${one.name}.ndjson`), scenarioText(one, policy.name));
  for (const guest of log.guests) writeFileSync(join(place, `${guest.name}.ftrace`), asFtrace(guest));
}

async function reportOf(ran: Ran, options: LabOptions, evaluator: Evaluator): Promise<LabReport> {
  const log = readSerialLog(ran.run.log);
  writeFiles(ran, log);
  const model = planted(ran.policy, options.plant);
  const { cases, policy, version, abilities } = ran;
  const job = { cases, log, evaluator, model, kernel: policy, version, abilities };
  const { findings, reached, vectors } = ran.isAmd ? heldOnAmd(job) : held(job);
  if (options.vectors !== undefined) writeFileSync(options.vectors, vectors);
  const suspects = ran.isAmd ? [] : suspectsOf(ran.cases, log, findings, evaluator, model);
  const sums = totals(findings);
  const { machine } = ran;
  const smallest =
    machine && options.shrink && !ran.isAmd && sums.departures.length > 0
      ? await shrunk(ran.cases, findings, {
          machine,
          evaluator,
          policy: model,
          kernel: ran.policy,
          folder: ran.folder,
          say,
        })
      : undefined;
  return {
    kernel: ran.kernel,
    version: releaseIn(ran.version) ?? ran.version,
    policy: model.name,
    row: model.row,
    processor: ran.isAmd ? 'AMD' : 'Intel',
    seed: options.scenario === undefined ? options.seed : undefined,
    scenario: options.scenario,
    guests: ran.cases.length,
    seconds: machine ? ran.run.seconds : undefined,
    ...sums,
    reached,
    smallest,
    suspects,
    left: [...leftOut(ran), ...log.absent.map((name) => `${name}: this kernel does not have it`)],
    broken: brokenOf(ran, log),
  };
}

function written(report: LabReport, format: LabOptions['format']): string {
  if (format === 'json') return `${JSON.stringify(report, undefined, 2)}\n`;
  return `${[...(format === 'markdown' ? markdownLines(report) : textLines(report))].join('\n')}\n`;
}

async function main(options: LabOptions): Promise<number> {
  const work = resolve(options.work);
  mkdirSync(work, { recursive: true });
  const ran = options.serial === undefined ? await booted(options, work) : recorded(options, options.serial);
  const evaluator = createEvaluatorSync();
  try {
    const report = await reportOf(ran, options, evaluator);
    const text = written(report, options.format);
    if (options.output === undefined) process.stdout.write(text);
    else writeFileSync(options.output, text);
    if (ran.folder !== '') {
      writeFileSync(join(ran.folder, 'report.json'), written(report, 'json'));
      writeFileSync(join(ran.folder, 'report.md'), written(report, 'markdown'));
    }
    if (options.page !== undefined && report.broken === undefined && options.plant === undefined) {
      writeFileSync(options.page, pageWith(textOfFile(options.page), report));
    }
    if (report.broken !== undefined) {
      say(report.broken);
      return EXIT.broken;
    }
    return report.departures.length > 0 ? EXIT.departs : EXIT.agrees;
  } finally {
    evaluator.dispose();
  }
}

/** What a person can mend, in one line; undefined: the lab itself is wrong. */
function lineOf(error: unknown): string | undefined {
  if (error instanceof LabError || error instanceof InputError) return error.message;
  // Files that are none, or that nobody may write.
  return error instanceof Error && 'syscall' in error ? error.message : undefined;
}

try {
  process.exitCode = await main(command().exitOverride().parse().opts<LabOptions>());
} catch (error) {
  const line = lineOf(error);
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.agrees : EXIT.unable;
  else if (line !== undefined) {
    say(line);
    process.exitCode = EXIT.unable;
  } else throw error;
}
