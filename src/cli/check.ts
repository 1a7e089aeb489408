/** `eptsweep check`: problems of a machine's or a VM's memory types, with the register to blame. */

import { Command, InvalidArgumentError, Option } from 'commander';
import { checkReport } from '../answer/check.ts';
import { isProblem, RULES, type RuleId, SEVERITIES, type Severity } from '../check/index.ts';
import { createEvaluatorSync } from '../engine/evaluator.ts';
import type { Evaluator } from '../engine/index.ts';
import { onVcpus } from '../open/chosen-vcpus.ts';
import type { OpenedConfig } from '../open/opened-config.ts';
import type { Policy } from '../policy/index.ts';
import { didYouMean } from '../suggest.ts';
import { addresses } from '../words.ts';
import { type CheckReport, checkJsonLines } from '../write/check/json.ts';
import { checkLines } from '../write/check/text.ts';
import type { FleetItem } from '../write/fleet/report.ts';
import { sayAssumed } from './assumed.ts';
import { isFleet } from './fleet/inputs.ts';
import { askedFleet, sayTotal } from './fleet/run.ts';
import { inputName } from './input/input-file.ts';
import type { InputOptions } from './input/open-config.ts';
import {
  addExamples,
  addInputOptions,
  addOutputOptions,
  addProgressOptions,
  FLEET_HELP,
  policyArgument,
  vcpuOption,
  wantsColour,
} from './options.ts';
import { writeAnswer } from './output/answer.ts';
import { EXIT_FOUND } from './output/exit.ts';
import { openAnswered, PAGE_FORMAT, refuseFleetPage, writePage } from './page/answer-page.ts';
import type { PageInput } from './page/page-input.ts';

const FORMATS = ['table', 'json', 'sarif', 'junit', 'markdown', PAGE_FORMAT] as const;

interface CheckCommandOptions extends InputOptions {
  readonly format: (typeof FORMATS)[number];
  readonly json?: true;
  readonly output?: string;
  readonly color?: boolean;
  readonly rules?: readonly RuleId[];
  readonly disable?: readonly RuleId[];
  readonly minSeverity: Severity;
  readonly policy?: Policy;
  readonly vcpu?: string;
}

function chosenRules({ rules, disable }: CheckCommandOptions): ReadonlySet<RuleId> {
  const chosen = new Set<RuleId>(rules ?? RULES.map(({ id }) => id));
  for (const id of disable ?? []) chosen.delete(id);
  return chosen;
}

async function linesOf(report: CheckReport, options: CheckCommandOptions): Promise<Iterable<string>> {
  const format = options.json ? 'json' : options.format;
  switch (format) {
    case 'json':
      return checkJsonLines(report);
    case 'sarif':
      return (await import('../write/check/sarif.ts')).sarifLines([report]);
    case 'junit': {
      const { junitLines, junitSuite } = await import('../write/check/junit.ts');
      return junitLines([junitSuite(report)]);
    }
    case 'markdown':
      return (await import('../write/check/markdown.ts')).checkMarkdownLines(report);
    default:
      return checkLines(report, wantsColour(options));
  }
}

function reportOf(
  opened: OpenedConfig,
  file: string,
  engine: Evaluator,
  options: CheckCommandOptions,
): CheckReport {
  const { minSeverity, policy } = options;
  return checkReport(onVcpus(opened, options.vcpu), engine, {
    file,
    rules: chosenRules(options),
    minSeverity,
    policy,
  });
}

/** What of a report differs between inputs whose registers are equal: what is RAM, and what a log complains of. */
function keyOf({ findings }: CheckReport): string {
  const found = findings.map(({ rule, severity, ranges }) => [rule, severity, ...ranges.map(addresses)]);
  return JSON.stringify(found);
}

async function fleetLinesOf(
  items: readonly FleetItem<CheckReport>[],
  options: CheckCommandOptions,
): Promise<Iterable<string>> {
  const { checkFleetLines } = await import('../write/check/fleet.ts');
  return checkFleetLines(items, options.json ? 'json' : options.format, wantsColour(options));
}

async function runCheck(inputs: readonly string[], options: CheckCommandOptions): Promise<void> {
  const engine = createEvaluatorSync({ engine: 'auto' });
  const opening = { ...options, forComplaints: true };
  sayAssumed('check', [options.policy]);
  try {
    if (isFleet(inputs)) {
      refuseFleetPage(options);
      const items = await askedFleet('eptsweep check', inputs, opening, async (opened, file) => {
        const answer = reportOf(opened, file, engine, options);
        return { answer, key: keyOf(answer) };
      });
      await writeAnswer(await fleetLinesOf(items, options), options);
      sayTotal(items, options.output);
      const isFound = items.some((item) => 'answer' in item && item.answer.findings.some(isProblem));
      if (isFound) process.exitCode ??= EXIT_FOUND;
      return;
    }
    const [input] = inputs as readonly [string];
    const source = await openAnswered(input, opening);
    const report = reportOf(source.opened, inputName(input), engine, options);
    if (source.embedded) {
      const { checkPage } = await import('./page/views.ts');
      await writePage(checkPage(source as PageInput, options.policy), options.output);
    } else await writeAnswer(await linesOf(report, options), options);
    if (report.findings.some(isProblem)) process.exitCode = EXIT_FOUND;
  } finally {
    engine.dispose();
  }
}

function ruleList(text: string): readonly RuleId[] {
  const known: readonly string[] = RULES.map(({ id }) => id);
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const hint = didYouMean(unknown, known) ?? `known: ${known.join(', ')}`;
    throw new InvalidArgumentError(`no rule "${unknown}" (${hint})`);
  }
  return names as RuleId[];
}

function severityOf(text: string): Severity {
  const severity = SEVERITIES.find((one) => one === text.toUpperCase());
  if (!severity) throw new InvalidArgumentError(`expected ${SEVERITIES.join(', ')}`);
  return severity;
}

function policyOf(text: string): Policy {
  const found = policyArgument(text);
  if (!found.release) throw new InvalidArgumentError('expected a KVM release such as kvm-6.8');
  return found;
}

/** The sub-command. */
export function checkCommand(): Command {
  const command = new Command('check')
    .description('find what is wrong with the memory types of a machine or a VM, and the register to blame')
    .argument('<config...>', FLEET_HELP)
    .addOption(new Option('--rules <list>', 'only these rules').argParser(ruleList))
    .addOption(new Option('--disable <list>', 'not these rules').argParser(ruleList))
    .addOption(
      new Option('--min-severity <severity>', 'leave out what is below: HIGH, MEDIUM, LOW or INFO')
        .argParser(severityOf)
        .default('INFO'),
    )
    .addOption(
      new Option(
        '--policy <name>',
        'the KVM release that the layout is held against; default: kvm-5.16',
      ).argParser(policyOf),
    );
  command.addOption(vcpuOption('all'));
  addInputOptions(command);
  addOutputOptions(command, FORMATS).action(runCheck);
  const rules = RULES.map(({ id, title }) => `  ${id.padEnd(18)} ${title}`).join('\n');
  command.addHelpText(
    'after',
    `\nRules:\n${rules}\n\nExits with 1 where a finding is LOW or worse; INFO does not count. Of several inputs, and of\nfolders, those of one layout are told together, the others named; 2 where one cannot be read.`,
  );
  addProgressOptions(command);
  return addExamples(
    command,
    '$ eptsweep check precision-t3600 || test $? = 1',
    '$ eptsweep check thinkpad-t400 --min-severity LOW -f json || test $? = 1',
    '$ eptsweep check surface-pro7 --rules undefined-overlap,mask-holes || test $? = 1',
    "$ printf 'reg00: base=0x000000000 (    0MB), size= 4096MB, count=1: write-back\\n' | eptsweep check - -f sarif || test $? = 1",
    '$ eptsweep check precision-t3600 surface-pro7 thinkpad-t400 --min-severity MEDIUM || test $? = 1',
    'dmesg | eptsweep check -',
    'eptsweep check logs/ -f junit -o check.xml',
    'eptsweep check /proc/mtrr --ram /proc/iomem',
    'eptsweep check memory-types.txt -f junit -o check.xml',
  );
}
