/** `eptsweep explain`: why one address, or each stretch of a range, gets its type, and what would change it. */

import { Command, InvalidArgumentError, Option } from 'commander';
import {
  type ExplainQuestion,
  explainDocument,
  explainReport,
  explainReportLines,
} from '../answer/explain.ts';
import { createEvaluatorSync, type Evaluator } from '../engine/index.ts';
import { chosenVcpus } from '../open/chosen-vcpus.ts';
import type { OpenedConfig } from '../open/opened-config.ts';
import type { Policy } from '../policy/index.ts';
import type { GfnRange, PatType } from '../types.ts';
import { type EngineName, vcpuOf } from '../vm/index.ts';
import { hexText } from '../words.ts';
import { explainMarkdownLines } from '../write/explain/markdown.ts';
import { documentLines } from '../write/format/json.ts';
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
  vcpuOption,
  wantsColour,
} from './options.ts';
import { writeAnswer } from './output/answer.ts';
import { UsageError } from './output/exit.ts';
import { remark } from './output/notes.ts';
import { PAGE_FORMAT, refuseFleetPage, wantsPage, writePage } from './page/answer-page.ts';

interface ExplainOptions extends Omit<OutputOptions, 'format'>, InputOptions {
  readonly format: 'text' | 'json' | 'markdown' | typeof PAGE_FORMAT;
  readonly vcpu?: string;
  readonly policy?: Policy;
  readonly engine: EngineName;
  readonly pat: PatType;
  readonly by: 'gpa' | 'gfn';
  readonly limit: number;
  readonly changes: boolean;
  readonly linux?: boolean;
}

const DEFAULT_LIMIT = 16;

/** Digits alone are decimal, which people who read dumps may not expect: say so. */
function warnOfDecimal(text: string, by: 'gpa' | 'gfn', frames: GfnRange): void {
  if (!/^\d{5,}$/.test(text.trim())) return;
  const start = by === 'gfn' ? BigInt(frames.start) : BigInt(text.trim());
  remark(`"${text}" is read as decimal, ${hexText(start)}; write 0x${text.trim()} for hex`);
}

function isJsonAsked({ json, format }: ExplainOptions): boolean {
  return json === true || format === 'json';
}

function inFormat(lines: Iterable<string>, { format }: ExplainOptions): Iterable<string> {
  return format === 'markdown' ? explainMarkdownLines(lines) : lines;
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
  if (policy.peer) sayAssumed('explain', [{ vcpu: vcpuOf(opened.vm, 0), policy }]);
  const { pat, limit, changes, linux } = options;
  const vcpu = chosenVcpus(opened.vm, options.vcpu).flatMap(({ indexes }) => indexes);
  const question = { policy, range: frames, vcpu, pat, limit, changes, linux } as const;
  const evaluator = createEvaluatorSync({ engine: options.engine });
  try {
    return policy.peer
      ? await peerLinesOf(opened, evaluator, question, options)
      : linesOf(opened, evaluator, question, options);
  } finally {
    evaluator.dispose();
  }
}

function linesOf(
  opened: OpenedConfig,
  evaluator: Evaluator,
  question: ExplainQuestion,
  options: ExplainOptions,
): Iterable<string> {
  const report = explainReport(opened, evaluator, question);
  return isJsonAsked(options)
    ? documentLines(explainDocument(report, opened, evaluator, question))
    : inFormat(explainReportLines(report, opened, question, wantsColour(options)), options);
}

/** Of a peer's entry the type is known, so that no slot, level, PAT or change is told. */
async function peerLinesOf(
  opened: OpenedConfig,
  evaluator: Evaluator,
  question: ExplainQuestion,
  options: ExplainOptions,
): Promise<Iterable<string>> {
  const { peerDocument, peerReport, peerReportLines } = await import('../answer/explain-peer.ts');
  const report = peerReport(opened, evaluator, question);
  return isJsonAsked(options)
    ? documentLines(peerDocument(report, opened, evaluator, question))
    : inFormat(peerReportLines(report, question, wantsColour(options)), options);
}

async function writeExplainPage(argument: string, range: string, options: ExplainOptions): Promise<void> {
  const [{ openForPage }, { explainPage }] = await Promise.all([
    import('./page/page-input.ts'),
    import('./page/views.ts'),
  ]);
  const input = await openForPage(argument, options);
  const { vm } = input.opened;
  const chosen = chosenVcpus(vm, options.vcpu).map(({ indexes }) => vm.vcpus[indexes[0]!]!.id);
  const frames = rangeOf(range, vm, options.by);
  warnOfDecimal(range, options.by, frames);
  const shown = { policy: options.policy ?? vm.policy, pat: options.pat, range: frames };
  await writePage(explainPage(input, shown, options.vcpu === undefined ? [] : chosen), options.output);
}

async function runExplain(words: readonly string[], options: ExplainOptions): Promise<void> {
  const inputs = words.slice(0, -1);
  const range = words.at(-1)!;
  if (inputs.length === 0) throw new UsageError("missing required argument 'address'");
  if (isFleet(inputs)) refuseFleetPage(options);
  else if (wantsPage(options)) return writeExplainPage(inputs[0]!, range, options);
  if (!isFleet(inputs)) {
    const opened = await openConfig(inputs[0]!, options);
    await writeAnswer(await explained(opened, range, options), options);
    return;
  }
  const form = isJsonAsked(options) ? 'json' : options.format === 'markdown' ? 'markdown' : 'text';
  await answeredFleet('explain', inputs, { ...options, form }, async (opened) => [
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
    .addOption(vcpuOption())
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
  addOutputOptions(command, ['text', 'json', 'markdown', PAGE_FORMAT]).action(runExplain);
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
