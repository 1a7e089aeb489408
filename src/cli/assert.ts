/** `eptsweep assert`: machines and VMs held against the rules of an assertions file, for CI. */

import { Command, Option } from 'commander';
import { AREA_NAMES, type Assertion, type AssertionList, beyondSpace, judge } from '../assert/index.ts';
import { RULE_KEYS } from '../config/assert/words.ts';
import { createEvaluatorSync } from '../engine/evaluator.ts';
import type { Evaluator } from '../engine/index.ts';
import { ConfigError } from '../errors.ts';
import { assertInput } from '../open/assert-input.ts';
import { onVcpus } from '../open/chosen-vcpus.ts';
import { stating } from '../open/host-evidence.ts';
import { openRegisters, openSafely } from '../open/open-view.ts';
import type { OpenedConfig } from '../open/opened-config.ts';
import { type Policy, policy as policyNamed } from '../policy/index.ts';
import { type AssertedMachine, type AssertReport, assertTotal, countOf } from '../write/assert/report.ts';
import { assertLines } from '../write/assert/text.ts';
import { basisOf } from '../write/json/basis.ts';
import { sayResting } from './assumed.ts';
import { openInput, requireOneStdin } from './input/input-file.ts';
import { type InputOptions, openConfig } from './input/open-config.ts';
import {
  addExamples,
  addInputOptions,
  addOutputOptions,
  addProgressOptions,
  CONFIG_HELP,
  policyArgument,
  vcpuOption,
  wantsColour,
} from './options.ts';
import { writeAnswer } from './output/answer.ts';
import { EXIT_BAD_INPUT, EXIT_FOUND, outcomeOf } from './output/exit.ts';
import { complain, note } from './output/notes.ts';
import { Progress } from './output/progress.ts';

const FORMATS = ['table', 'json', 'sarif', 'junit', 'markdown'] as const;
const COMMAND = 'eptsweep assert';

interface AssertOptions extends InputOptions {
  readonly format: (typeof FORMATS)[number];
  readonly json?: true;
  readonly output?: string;
  readonly color?: boolean;
  readonly policy?: Policy;
  readonly whenMissing?: 'skip' | 'fail';
  readonly vcpu?: string;
}

async function linesOf(report: AssertReport, options: AssertOptions): Promise<Iterable<string>> {
  const format = options.json ? 'json' : options.format;
  switch (format) {
    case 'json':
      return (await import('../write/assert/json.ts')).assertJsonLines(report);
    case 'sarif':
      return (await import('../write/assert/sarif.ts')).assertSarifLines(report);
    case 'junit':
      return (await import('../write/assert/junit.ts')).assertJunitLines(report);
    case 'markdown':
      return (await import('../write/assert/markdown.ts')).assertMarkdownLines(report);
    default:
      return assertLines(report, wantsColour(options));
  }
}

async function readRules(file: string, options: AssertOptions): Promise<AssertionList> {
  const input = await openInput(file);
  const { parseAssertions } = await import('../config/assert/assertions.ts');
  const { policy, whenMissing } = options;
  try {
    return parseAssertions(await input.text(), input.name, { policy, whenMissing });
  } catch (error) {
    throw withOrder(error, file);
  }
}

/** Says which file comes first, where one that is named like a dump is no YAML. */
function withOrder(error: unknown, file: string): unknown {
  if (!(error instanceof ConfigError) || /\.(?:ya?ml|json)$|^-$/i.test(file)) return error;
  const [first] = error.problems;
  if (!first || first.hint !== undefined || !first.message.startsWith('YAML: ')) return error;
  return new ConfigError([
    { ...first, hint: 'the assertions file stands first, dumps and configs behind it' },
  ]);
}

/** Where a rule stands, for what is wrong with it. */
function placeOf({ at, key }: Assertion) {
  return { file: at.file, line: at.line, column: at.column, path: key };
}

/** @throws ConfigError where a rule speaks of addresses that the machine does not have */
function requireAddresses({ assertions }: AssertionList, { vm }: OpenedConfig): void {
  const last = `0x${((1n << BigInt(vm.maxphyaddr)) - 1n).toString(16)}`;
  const problems = beyondSpace(assertions, vm.maxphyaddr).map(({ assertion, range }) => ({
    ...placeOf(assertion),
    message: `0x${((BigInt(range.end) << 12n) - 1n).toString(16)} lies beyond the address space of ${vm.name}, which ends at ${last} (${vm.maxphyaddr} bits)`,
    hint: 'shorten the range; --phys-bits N says how many bits a dumped machine really has',
  }));
  if (problems.length > 0) throw new ConfigError(problems);
}

/** @throws ConfigError where a rule is about the types of entries that have none */
function requireEntryTypes({ assertions }: AssertionList, { vm }: OpenedConfig): void {
  if (vm.host.vendor !== 'amd') return;
  const problems = assertions.flatMap((assertion) => {
    const { requirement } = assertion;
    if (requirement.kind !== 'types' || !requirement.policy || requirement.policy.flags.ept === 'identity')
      return [];
    return {
      ...placeOf(assertion),
      message: `${requirement.policy.name} gives the pages of ${vm.name} no type: on its AMD host nested page tables carry none`,
      hint: 'leave the policy out, or say sdm, to judge the registers; level: 2M is judged under a policy',
    };
  });
  if (problems.length > 0) throw new ConfigError(problems);
}

/** Policies whose answers are judged, beside the manual's. */
function policiesOf({ assertions }: AssertionList): readonly Policy[] {
  return assertions.flatMap(({ requirement }) =>
    'policy' in requirement && requirement.policy ? [requirement.policy] : [],
  );
}

async function asserted(
  file: string,
  rules: AssertionList,
  engine: Evaluator,
  options: AssertOptions,
  known: Set<string>,
): Promise<AssertedMachine> {
  const read = onVcpus(await openConfig(file, options), options.vcpu);
  requireAddresses(rules, read);
  requireEntryTypes(rules, read);
  const input = assertInput(read);
  // A dump says nothing of devices; without non-coherent DMA a KVM policy would not look at the MTRRs.
  const forcedDma = (policy: Policy) =>
    rules.noncoherentDma ?? (!input.isGuest && policy.flags.ept === 'kvm' ? true : undefined);
  const isDmaStated = rules.noncoherentDma !== undefined || !input.isGuest;
  const opened = sayResting(
    'assert',
    stating(read, isDmaStated ? ['noncoherent-dma'] : []),
    policiesOf(rules),
    ['ept'],
    { strict: options.strict, known },
  );
  const judged = judge(input, rules.assertions, engine, (index, policy) => {
    const forced = forcedDma(policy);
    // The manual judges registers, whatever the host is.
    if (policy.flags.mtrr === 'architectural') return openRegisters(engine, opened, index);
    return openSafely(opened, index, policy, (vcpu) =>
      engine.view(forced === undefined ? vcpu : { ...vcpu, noncoherentDma: forced }, policy),
    );
  });
  const policy = options.policy ?? policyNamed('sdm');
  const { vm, assumptions, evidence } = opened;
  const { name, maxphyaddr, vcpus } = vm;
  return {
    basis: basisOf({ ...vm, noncoherentDma: forcedDma(policy) ?? vm.noncoherentDma }, policy, {
      assumptions,
      evidence,
    }),
    name,
    file: file === '-' ? '<stdin>' : file,
    maxphyaddr,
    cpus: vcpus.length,
    assumptions: opened.assumptions ?? [],
    judged,
  };
}

async function runAssert(
  assertionsFile: string,
  files: readonly string[],
  options: AssertOptions,
): Promise<void> {
  requireOneStdin([assertionsFile, ...files, ...(options.ram ?? [])]);
  const rules = await readRules(assertionsFile, options);
  const engine = createEvaluatorSync({ engine: 'auto' });
  const machines: AssertedMachine[] = [];
  const known = new Set<string>();
  try {
    const progress = new Progress({ unit: 'inputs', total: files.length });
    for (const file of progress.counting(files)) {
      try {
        machines.push(await asserted(file, rules, engine, options, known));
      } catch (error) {
        const { exitCode, lines } = outcomeOf(error, COMMAND);
        if (exitCode !== EXIT_BAD_INPUT) throw error;
        // The other inputs are judged all the same.
        complain(...lines);
        machines.push({ name: file, file, error: lines.join('\n').replace(`${COMMAND}: `, '') });
      }
    }
    progress.end();
    const report = {
      assertions: rules.name,
      assertionsFile: rules.file,
      rules: rules.assertions.length,
      machines,
    };
    if (machines.some((machine) => 'judged' in machine) || files.length > 1) {
      await writeAnswer(await linesOf(report, options), options);
      // A log that shows no report at least shows how it ended.
      if (options.output !== undefined) note(`${assertTotal(report)} (${options.output})`);
    }
  } finally {
    engine.dispose();
  }
  const isFailed = (machine: AssertedMachine) => 'judged' in machine && countOf(machine.judged, 'FAIL') > 0;
  if (machines.some((machine) => 'error' in machine)) process.exitCode = EXIT_BAD_INPUT;
  else if (machines.some(isFailed)) process.exitCode = EXIT_FOUND;
}

function helpText(): string {
  const line = (key: string, title: string) => `  ${key.padEnd(18)} ${title}`;
  const rules = RULE_KEYS.map(({ key, title }) => line(key, title));
  const names = AREA_NAMES.map(({ name, title }) => line(name, title));
  return `
Rules, a key each: a range and the types that it may have (ram: WB, flash: [WP, UC], 0xfed00000+4K: UC), or
${rules.join('\n')}

Ranges are addresses, names that the file gives under ranges:, or
${names.join('\n')}

Exits with 0 where nothing fails, 1 where a rule does, 2 where an input cannot be used.`;
}

/** The sub-command. */
export function assertCommand(): Command {
  const command = new Command('assert')
    .description(
      'hold machines or VMs against the rules of an assertions file: PASS, FAIL, WARN or SKIP, for CI',
    )
    .argument('<assertions-file>', 'rules in YAML or JSON, - for standard input')
    .argument('<config...>', `one or more of: ${CONFIG_HELP}`)
    .addOption(
      new Option(
        '--policy <name>',
        'whose types are judged where the file does not say: sdm or kvm-X.Y; default: sdm',
      ).argParser(policyArgument),
    )
    .addOption(
      new Option(
        '--when-missing <what>',
        'skip or fail a rule that takes something which the input does not say; default: as the file says, else skip',
      ).choices(['skip', 'fail']),
    );
  command.addOption(vcpuOption('all'));
  addInputOptions(command);
  addOutputOptions(command, FORMATS).action(runAssert);
  command.addHelpText('after', helpText());
  addProgressOptions(command);
  return addExamples(
    command,
    '$ eptsweep assert examples/assert/firmware.yml precision-t3600 || test $? = 1',
    '$ eptsweep assert examples/assert/vmm.yml ovmf-q35 seabios-q35',
    "$ printf 'ram: WB\\noverlaps: none\\n' | eptsweep assert - crosvm -f junit",
    'dmesg | eptsweep assert examples/assert/firmware.yml -',
    'eptsweep assert firmware.yml boot.log --ram iomem.txt --when-missing fail -f junit -o assert.xml',
  );
}
