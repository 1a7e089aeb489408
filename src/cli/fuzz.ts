/** `eptsweep fuzz`: random VMs, every answer held against every other, what differs made small. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { createEvaluatorSync } from '../engine/evaluator.ts';
import { CASE_KINDS, type CaseKind, type Finding, type FuzzReport, fuzz } from '../fuzz/index.ts';
import { OracleClient, type OracleProblemKind } from '../oracle/client.ts';
import type { Policy } from '../policy/index.ts';
import { typeName, WB } from '../types.ts';
import { ENGINE_NAMES, type EngineName } from '../vm/index.ts';
import { hexText, shellWord } from '../words.ts';
import { jsonLines } from '../write/format/json.ts';
import { findingJson, fuzzReportJson } from '../write/fuzz/json.ts';
import { findingText, fuzzReportLines } from '../write/fuzz/words.ts';
import type { JsonObject } from '../write/json/vocabulary.ts';
import { configLines } from '../write/registers/config-yaml.ts';
import {
  addExamples,
  addProgressOptions,
  addRefusals,
  listOf,
  type OutputOptions,
  policyArgument,
} from './options.ts';
import { writeAnswer } from './output/answer.ts';
import { EXIT_FOUND, UsageError } from './output/exit.ts';
import { progressShown, remark } from './output/notes.ts';
import { writeLines } from './output/output.ts';
import { Progress } from './output/progress.ts';
import { seedOption, wholeNumber } from './random-options.ts';

interface FuzzCommandOptions extends Omit<OutputOptions, 'format' | 'color'> {
  readonly format: 'table' | 'json';
  readonly seed: bigint;
  readonly count?: number;
  readonly seconds?: number;
  readonly kinds?: readonly CaseKind[];
  readonly policies?: readonly Policy[];
  readonly engines: readonly EngineName[];
  readonly oracle?: string;
  readonly timeout: number;
  readonly findings: string;
  readonly rules?: true;
}

/** A finding with its config file and the command that shows it again. */
interface Written {
  readonly finding: Finding;
  readonly file: string;
  readonly command: string;
}

const DEFAULT_COUNT = 1000;
/** What another program may do and still be right. */
const HARMLESS: readonly OracleProblemKind[] = ['slow', 'out-of-order'];

/** The command that shows a finding again. */
function commandFor({ subject, disagreement }: Finding, file: string, oracle: string | undefined): string {
  const { question, left, right } = disagreement;
  const range = disagreement.asked ?? disagreement.range;
  const [first, last] = [BigInt(range.start) << 12n, (BigInt(range.end) << 12n) - 1n];
  const place = range.end > range.start ? ` ${hexText(first)}-${hexText(last)}` : '';
  if (question.what === 'explanation') return `eptsweep explain ${shellWord(file)} ${hexText(first)}`;
  const tiles = {
    types: ' --want ept --by-page',
    entries: ' --want leaf --by-page',
    'type-set': ' --want mtrr',
  };
  const want = 'want' in question ? ` --want ${question.want}` : '';
  const asked = question.what in tiles ? tiles[question.what as keyof typeof tiles] : want;
  const pat = subject.pat === WB ? '' : ` --pat ${typeName(subject.pat)}`;
  const against =
    right.who === 'oracle' && oracle !== undefined
      ? `--oracle ${shellWord(oracle)}`
      : `--against engine:${right.who}`;
  return `eptsweep diff ${shellWord(file)}${place}${asked}${pat} --engine ${left.who} ${against}`;
}

async function writeFinding(finding: Finding, options: FuzzCommandOptions): Promise<Written> {
  const { subject, disagreement, index } = finding;
  const { question, right } = disagreement;
  const want = 'want' in question ? `-${question.want}` : '';
  const name = `fuzz-${options.seed}-${index}-${question.what}${want}-${right.who}`;
  const file = join(options.findings, `${name}.yaml`);
  const command = commandFor(finding, file, options.oracle);
  mkdirSync(options.findings, { recursive: true });
  const comments = [findingText(finding), command];
  await writeLines(configLines(name, subject.vcpu, subject.policy, comments), file);
  return { finding, file, command };
}

function* tableText(
  report: FuzzReport,
  written: readonly Written[],
  options: FuzzCommandOptions,
): Generator<string> {
  yield* fuzzReportLines(report, options.engines, options.rules === true);
  for (const { finding, command } of written) {
    yield '';
    yield findingText(finding);
    yield `  ${command}`;
  }
}

function jsonText(
  report: FuzzReport,
  written: readonly Written[],
  engines: readonly string[],
): Iterable<string> {
  const names = ['case', 'kind', 'question', 'range', 'sides', 'policy', 'pat', 'triedWhileShrinking'];
  return jsonLines<JsonObject>({
    head: fuzzReportJson(report, engines),
    list: 'findings',
    columns: [...names, 'config', 'reproduce'].map((name) => ({
      name,
      title: '',
      text: () => '',
      value: (row) => row[name],
    })),
    rows: written.map(({ finding, file, command }) => findingJson(finding, file, command)),
  });
}

async function runFuzz(options: FuzzCommandOptions): Promise<void> {
  const { oracle, seconds, seed } = options;
  if (options.engines.length < (oracle === undefined ? 2 : 1)) {
    throw new UsageError('expected at least two engines, or one and --oracle');
  }
  const count = options.count ?? (seconds === undefined ? DEFAULT_COUNT : undefined);
  const client =
    oracle === undefined
      ? undefined
      : new OracleClient({
          command: oracle,
          timeoutMs: options.timeout * 1000,
          onProblem: ({ kind, message }) => remark(`the oracle (${kind}): ${message}`),
        });
  const engines = options.engines.map((name) => createEvaluatorSync({ engine: name }));
  const progress = new Progress({ unit: 'VMs', total: count });
  try {
    const report = await fuzz({
      seed,
      count: count ?? Number.POSITIVE_INFINITY,
      ...(seconds !== undefined && { milliseconds: seconds * 1000 }),
      ...(options.kinds && { kinds: options.kinds }),
      ...(options.policies && { policies: options.policies }),
      ...(client && { oracle: client }),
      engines,
      onProgress: (done) => progress.show(done),
    });
    progress.end(report.cases);
    if (progressShown() === 'line') remark(`${progress.seconds.toFixed(1)} s`);
    for (const { kind, count: times } of client?.problems ?? [])
      remark(`the oracle: ${kind}, ${times} times`);
    const written: Written[] = [];
    for (const finding of report.findings) written.push(await writeFinding(finding, options));
    const isJson = options.json || options.format === 'json';
    const lines = isJson ? jsonText(report, written, options.engines) : tableText(report, written, options);
    await writeAnswer(lines, options);
    const isUnsound = client?.problems.some(({ kind }) => !HARMLESS.includes(kind)) === true;
    if (report.disagreeing > 0 || isUnsound) process.exitCode = EXIT_FOUND;
  } finally {
    progress.clear();
    await client?.close();
    for (const engine of engines) engine.dispose();
  }
}

function positiveNumber(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text) || Number(text) <= 0)
    throw new InvalidArgumentError('expected a number above 0');
  return Number(text);
}

/** How many VMs: none would agree about everything. */
function vmCount(text: string): number {
  const count = wholeNumber(2 ** 31)(text);
  if (count === 0) throw new InvalidArgumentError('expected 1 or more: of no VM everything is true');
  return count;
}

function policyList(text: string): readonly Policy[] {
  const policies = text.split(',').map((name) => policyArgument(name.trim()));
  return [...new Map(policies.map((one) => [one.name, one])).values()];
}

/**
 * The sub-command.
 *
 * @returns a command to add to the program
 */
export function fuzzCommand(): Command {
  const command = new Command('fuzz')
    .description('hold the engines, or another program, against each other on random VMs')
    .addOption(seedOption('VMs'))
    .addOption(
      new Option('--count <n>', `how many VMs; default ${DEFAULT_COUNT}, or what --seconds allows`).argParser(
        vmCount,
      ),
    )
    .addOption(new Option('--seconds <t>', 'stop after that time').argParser(positiveNumber))
    .addOption(
      new Option(
        '--kinds <list>',
        `of ${CASE_KINDS.join(', ')}; default: all, with --oracle all but amd`,
      ).argParser(listOf(CASE_KINDS)),
    )
    .addOption(
      new Option(
        '--policies <list>',
        'policies that VMs are under, such as those that the oracle knows; default: all',
      ).argParser(policyList),
    )
    .addOption(
      new Option('--engines <list>', 'who is compared, the first with each of the others')
        .argParser(listOf(ENGINE_NAMES))
        .default(ENGINE_NAMES, ENGINE_NAMES.join(',')),
    )
    .option('--oracle <command>', 'a program that speaks the oracle protocol, compared with the first engine')
    .addOption(
      new Option('--timeout <seconds>', 'how long the oracle may be silent')
        .argParser(positiveNumber)
        .default(10),
    )
    .option('--findings <dir>', 'where configs of what was found go', 'fuzz-findings')
    .option('--rules', 'list how often each rule was met')
    .addOption(
      new Option('-f, --format <format>', 'how to print').choices(['table', 'json']).default('table'),
    )
    .option('--json', 'the same as -f json')
    .option('-o, --output <file>', 'write to a file; it appears whole or not at all')
    .action(runFuzz);
  addProgressOptions(command);
  addRefusals(command, {
    '--set <path=value>':
      'each VM is drawn at random, no config is changed; --kinds and --policies limit what is drawn',
    '--vcpu <list>': 'each VM that is drawn has one vCPU',
  });
  return addExamples(
    command,
    '$ eptsweep fuzz --count 200',
    '$ eptsweep fuzz --seed 7 --count 100 --kinds holes,tom2 --rules',
    '$ eptsweep fuzz --count 50 --policies sdm,kvm-6.6',
    "$ eptsweep fuzz --count 50 --engines reference --oracle 'eptsweep oracle --engine auto'",
  );
}
