/** `eptsweep explain`: why one address, or each stretch of a range, gets its type, and what would change it. */

import { Command, InvalidArgumentError, Option } from 'commander';
import { createEvaluatorSync, type View } from '../engine/index.ts';
import { type Explanation, explain, explainedStretches } from '../explain/index.ts';
import { hostFacts } from '../open/host-facts.ts';
import { knownRegisters } from '../open/known-registers.ts';
import { openSafely, vcpuIndex } from '../open/open-view.ts';
import { isMachine, type OpenedConfig } from '../open/opened-config.ts';
import type { Policy } from '../policy/index.ts';
import type { GfnRange, PatType } from '../types.ts';
import { type EngineName, type VcpuGroup, type Vm, vcpuGroups, vcpuOf } from '../vm/index.ts';
import { hexText, idsText } from '../words.ts';
import { explainJson } from '../write/explain/json.ts';
import { documentLines } from '../write/format/json.ts';
import { explainLines, explanationJson } from '../write/index.ts';
import { basisOf } from '../write/json/basis.ts';
import { sayAssumed, sayResting } from './assumed.ts';
import { answeredFleet } from './fleet/answered.ts';
import { isFleet } from './fleet/inputs.ts';
import { type InputOptions, openConfig } from './input/open-config.ts';
import {
  addExamples,
  addInputOptions,
  addOutputOptions,
  addProgressOptions,
  byOption,
  engineOption,
  FLEET_HELP,
  type OutputOptions,
  patOption,
  policyOption,
  rangeOf,
  wantsColour,
} from './options.ts';
import { writeAnswer } from './output/answer.ts';
import { UsageError } from './output/exit.ts';
import { remark } from './output/notes.ts';

interface ExplainOptions extends Omit<OutputOptions, 'format'>, InputOptions {
  readonly format: 'text' | 'json';
  readonly vcpu?: string;
  readonly policy?: Policy;
  readonly engine: EngineName;
  readonly pat: PatType;
  readonly by: 'gpa' | 'gfn';
  readonly limit: number;
  readonly changes: boolean;
  readonly linux?: boolean;
}

/** A stretch with its explanation, and the vCPUs that share it. */
interface Told {
  readonly span: GfnRange;
  readonly explanation: Explanation;
  ids: readonly number[];
}

/** What is told, and what was left out. */
interface Report {
  readonly told: readonly Told[];
  /** There are more stretches than the limit. */
  readonly moreSpans: boolean;
  /** States of vCPUs that were not looked at. */
  readonly statesLeft: number;
}

/** States of vCPUs that `--vcpu all` explains; those behind them are counted. */
const MOST_STATES = 16;
const DEFAULT_LIMIT = 16;

function idsOf(vm: Vm, group: VcpuGroup): readonly number[] {
  return group.indexes.map((index) => vm.vcpus[index]!.id);
}

/** Explains the stretches of a range for one group of vCPUs. */
function toldFor(
  view: View,
  opened: OpenedConfig,
  group: VcpuGroup,
  frames: GfnRange,
  options: ExplainOptions,
) {
  const { vm } = opened;
  const others = vcpuGroups(vm).filter((other) => other.state !== group.state);
  const siblings = others.map((other) => ({ ids: idsOf(vm, other), vcpu: vcpuOf(vm, other.indexes[0]!) }));
  const told: Told[] = [];
  let moreSpans = false;
  for (const span of explainedStretches(view, frames)) {
    if (told.length === options.limit) {
      moreSpans = true;
      break;
    }
    const { pat, changes, linux = isMachine(opened, view.policy) } = options;
    const explanation = explain(view, span.start, { pat, changes, siblings, hostLinux: linux });
    told.push({ span, explanation, ids: idsOf(vm, group) });
  }
  return { told, moreSpans };
}

/** Two vCPUs share an explanation if it reads the same for both. */
function keyOf({ span, explanation }: Told): string {
  return JSON.stringify(explanationJson(explanation, span, []));
}

function merged(told: readonly Told[]): readonly Told[] {
  const byKey = new Map<string, Told>();
  for (const one of told) {
    const key = keyOf(one);
    const known = byKey.get(key);
    if (known) known.ids = [...known.ids, ...one.ids];
    else byKey.set(key, one);
  }
  return [...byKey.values()].sort((a, b) => a.span.start - b.span.start);
}

function reportOf(opened: OpenedConfig, frames: GfnRange, policy: Policy, options: ExplainOptions): Report {
  const { vm } = opened;
  const isAll = options.vcpu === 'all';
  const chosen = isAll ? undefined : vm.vcpus[vcpuIndex(vm, options.vcpu)]!;
  const groups = vcpuGroups(vm).filter((group) => !chosen || group.state === chosen.state);
  const evaluator = createEvaluatorSync({ engine: options.engine });
  try {
    const parts = groups.slice(0, MOST_STATES).map((group) => {
      const view = openSafely(opened, group.indexes[0]!, policy, (vcpu) => evaluator.view(vcpu, policy));
      const part = toldFor(view, opened, group, frames, options);
      view.dispose();
      return part;
    });
    const told = parts.flatMap((part) => part.told);
    if (chosen) for (const one of told) one.ids = [chosen.id];
    return {
      told: merged(told),
      moreSpans: parts.some((part) => part.moreSpans),
      statesLeft: Math.max(0, groups.length - MOST_STATES),
    };
  } finally {
    evaluator.dispose();
  }
}

function* textLines(report: Report, opened: OpenedConfig, options: ExplainOptions): Generator<string> {
  const { vm } = opened;
  for (const [index, { span, explanation, ids }] of report.told.entries()) {
    if (index > 0) yield '';
    const who = vm.vcpus.length === 1 ? vm.name : `${vm.name} vCPU ${idsText(ids)}`;
    yield* explainLines(explanation, {
      span,
      subject: who,
      colour: wantsColour(options),
      host: hostFacts(opened),
      known: knownRegisters(opened, ids[0]!),
    });
  }
  if (report.moreSpans)
    yield `\n... there are more stretches; --limit ${options.limit * 4} tells more of them`;
  if (report.statesLeft > 0) yield `\n... ${report.statesLeft} further states of vCPUs were not looked at`;
}

function jsonOf(report: Report, opened: OpenedConfig, policy: Policy, options: ExplainOptions) {
  const { told, moreSpans, statesLeft } = report;
  const { engine, pat } = options;
  return explainJson({
    host: hostFacts(opened),
    basis: explainedBasis(
      opened,
      policy,
      told.map(({ ids }) => ids),
    ),
    engine,
    pat,
    explanations: told.map(({ span, explanation, ids }) =>
      explanationJson(explanation, span, ids, knownRegisters(opened, ids[0]!)),
    ),
    moreSpans,
    statesLeft,
  });
}

/** The vCPUs of all explanations, each once. */
function explainedBasis(
  { vm, assumptions, evidence }: OpenedConfig,
  policy: Policy,
  ids: readonly (readonly number[])[],
) {
  const vcpus = [...new Set(ids.flat())].sort((a, b) => a - b);
  return basisOf(vm, policy, { vcpus, assumptions, evidence, wants: ['effective', 'leaf'] });
}

/** Digits alone are decimal, which people who read dumps may not expect: say so. */
function warnOfDecimal(text: string, by: 'gpa' | 'gfn', frames: GfnRange): void {
  if (!/^\d{5,}$/.test(text.trim())) return;
  const start = by === 'gfn' ? BigInt(frames.start) : BigInt(text.trim());
  remark(`"${text}" is read as decimal, ${hexText(start)}; write 0x${text.trim()} for hex`);
}

/** Of a peer's entry the type is known, so that no slot, level, PAT or change is told. */
async function peerExplained(
  opened: OpenedConfig,
  frames: GfnRange,
  policy: Policy,
  options: ExplainOptions,
): Promise<Iterable<string>> {
  const [{ peerReport }, { peerJson, peerLines }] = await Promise.all([
    import('./input/explain-peer.ts'),
    import('../write/explain/peer.ts'),
  ]);
  const { engine, vcpu, limit } = options;
  const { told, moreSpans } = peerReport(opened, { policy, engine, frames, vcpu, limit });
  if (isJsonAsked(options)) {
    const vcpus = told.map((one) => one.vcpus);
    return documentLines(
      explainJson({
        basis: explainedBasis(opened, policy, vcpus),
        engine,
        pat: undefined,
        explanations: told.map(peerJson),
        moreSpans,
        statesLeft: 0,
      }),
    );
  }
  const colour = wantsColour(options);
  const text = told.flatMap((one, index) => [...(index > 0 ? [''] : []), ...peerLines(one, colour)]);
  if (moreSpans) text.push('', `... there are more stretches; --limit ${limit * 4} tells more of them`);
  return text;
}

function isJsonAsked({ json, format }: ExplainOptions): boolean {
  return json === true || format === 'json';
}

/** Lines about one input. */
async function explained(
  input: OpenedConfig,
  range: string,
  options: ExplainOptions,
): Promise<Iterable<string>> {
  const frames = rangeOf(range, input.vm, options.by);
  warnOfDecimal(range, options.by, frames);
  const policy = options.policy ?? input.vm.policy;
  const opened = sayResting('explain', input, [policy], ['effective', 'leaf'], options);
  if (policy.peer) {
    sayAssumed('explain', [{ vcpu: vcpuOf(opened.vm, 0), policy }]);
    return peerExplained(opened, frames, policy, options);
  }
  const report = reportOf(opened, frames, policy, options);
  return isJsonAsked(options)
    ? documentLines(jsonOf(report, opened, policy, options))
    : textLines(report, opened, options);
}

async function runExplain(words: readonly string[], options: ExplainOptions): Promise<void> {
  const inputs = words.slice(0, -1);
  const range = words.at(-1)!;
  if (inputs.length === 0) throw new UsageError("missing required argument 'address'");
  if (!isFleet(inputs)) {
    const opened = await openConfig(inputs[0]!, options);
    await writeAnswer(await explained(opened, range, options), options);
    return;
  }
  const fleet = { ...options, isJson: isJsonAsked(options) };
  await answeredFleet('explain', inputs, fleet, async (opened) => [
    ...(await explained(opened, range, options)),
  ]);
}

function limitNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('expected a number 1..999999');
  return Number(text);
}

/** The sub-command. */
export function explainCommand(): Command {
  const command = new Command('explain')
    .description(
      'tell why an address gets its type: every rule that fires, and every change that would alter it',
    )
    .usage('[options] <config...> <address>')
    .argument(
      '<config...>',
      `${FLEET_HELP}. Behind them an address: 0x800000000, 32G, or a range, of which each stretch with one reason is told`,
    )
    .option('--vcpu <id>', 'whose registers to use, or all; default: the first')
    .addOption(policyOption())
    .addOption(engineOption())
    .addOption(patOption())
    .addOption(byOption())
    .addOption(
      new Option('--limit <n>', 'tell at most n stretches of a range')
        .argParser(limitNumber)
        .default(DEFAULT_LIMIT),
    )
    .option('--no-changes', 'leave out what would change the answer')
    .option(
      '--linux',
      "take the registers for a machine's own: what ioremap, ioremap_wc and huge pages get under its Linux; default for dumps under sdm",
    );
  addInputOptions(command);
  addOutputOptions(command, ['text', 'json']).action(runExplain);
  addProgressOptions(command);
  return addExamples(
    command,
    '$ eptsweep explain ovmf-gpu 32G --policy kvm-6.8',
    '$ eptsweep explain ovmf-q35 0xa0000-0xfffff --policy kvm-6.16 --vcpu all',
    '$ eptsweep explain thinkpad-t400 0xbcc00000 --policy kvm-6.8 --pat WC',
    '$ eptsweep explain thinkpad-t400 0xbd000000 --policy peer-hyperdbg',
    '$ eptsweep explain thinkpad-t400 0xbd000000 --linux --no-changes',
    '$ eptsweep explain ovmf-gpu 0x800000 --by gfn --policy kvm-6.16 -f json',
    '$ eptsweep explain thinkpad-t400 surface-pro7 0xbd000000 --no-changes',
  );
}
