/** `eptsweep share`: on which pages the vCPUs of a VM disagree, and what each way of sharing an EPT makes of it. */

import { Command, InvalidArgumentError, Option } from 'commander';
import { createEvaluatorSync } from '../engine/evaluator.ts';
import { onVcpus } from '../open/chosen-vcpus.ts';
import { openView, vcpuIndex } from '../open/open-view.ts';
import type { Policy } from '../policy/index.ts';
import { DESIGNS, type Design, type Sharing, share } from '../share/index.ts';
import { type EngineName, vcpuOf } from '../vm/index.ts';
import { markdownLines, shareJsonLines, shareLines, shareSvgLines } from '../write/index.ts';
import { type Basis, basisOf } from '../write/json/basis.ts';
import type { PictureOptions } from '../write/picture/picture-options.ts';
import { sayAssumed, sayResting } from './assumed.ts';
import type { InputOptions } from './input/open-config.ts';
import {
  addExamples,
  addInputOptions,
  addOutputOptions,
  addProgressOptions,
  byOption,
  CONFIG_HELP,
  engineOption,
  formatOf,
  limitNumber,
  type OutputOptions,
  policyOption,
  RANGE_HELP,
  rangeOf,
  vcpuOption,
  widthOption,
} from './options.ts';
import { textStyle, writeAnswer } from './output/answer.ts';
import { EXIT_FOUND } from './output/exit.ts';
import { openAnswered, PAGE_FORMAT, writePage } from './page/answer-page.ts';
import type { PageInput } from './page/page-input.ts';

interface ShareCommandOptions extends OutputOptions, InputOptions, Pick<PictureOptions, 'width'> {
  readonly policy?: Policy;
  readonly design?: readonly Design[];
  readonly order?: readonly string[];
  readonly vcpu?: string;
  readonly engine: EngineName;
  readonly by: 'gpa' | 'gfn';
  readonly limit?: number;
}

const FORMATS = ['table', 'json', 'markdown', 'svg', PAGE_FORMAT];
const TABLE_LIMIT = 20;

function designList(text: string): readonly Design[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !(DESIGNS as readonly string[]).includes(name));
  if (unknown !== undefined) throw new InvalidArgumentError(`"${unknown}" is none of ${DESIGNS.join(', ')}`);
  return names as Design[];
}

function linesOf(sharing: Sharing, basis: Basis, options: ShareCommandOptions): Iterable<string> {
  const format = formatOf(options);
  if (format === 'json') return shareJsonLines(sharing, basis, options.limit ?? Number.POSITIVE_INFINITY);
  if (format === 'svg') return shareSvgLines(sharing, basis, options.width);
  const limit = options.limit ?? TABLE_LIMIT;
  if (format === 'markdown') return markdownLines(shareLines(sharing, { limit, markdown: true }));
  return shareLines(sharing, { ...textStyle(options), limit });
}

async function runShare(
  argument: string,
  range: string | undefined,
  options: ShareCommandOptions,
): Promise<void> {
  const source = await openAnswered(argument, options);
  const input = onVcpus(source.opened, options.vcpu);
  const policy = options.policy ?? input.vm.policy;
  const opened = sayResting('share', input, [policy], ['leaf'], options);
  const frames = rangeOf(range, opened.vm, options.by);
  const order = options.order?.map((id) => opened.vm.vcpus[vcpuIndex(opened.vm, id)]!.id);
  const engine = createEvaluatorSync({ engine: options.engine });
  try {
    const sharing = share(opened.vm, {
      policy,
      range: frames,
      ...(options.design && { designs: options.design }),
      ...(order && { order }),
      open: (index, under) => openView(engine, opened, index, under),
    });
    sayAssumed('share', [{ vcpu: vcpuOf(opened.vm, 0), policy }]);
    if (source.embedded) {
      const { sharePage } = await import('./page/views.ts');
      const shown = { policy, range: frames };
      await writePage(sharePage(source as PageInput, shown, options.design), options.output);
    } else await writeAnswer(linesOf(sharing, basisOf(opened.vm, policy, opened), options), options);
    if (sharing.disagree > 0n) process.exitCode = EXIT_FOUND;
  } finally {
    engine.dispose();
  }
}

function orderList(text: string): readonly string[] {
  const ids = text.split(',').map((id) => id.trim());
  if (ids.includes('')) throw new InvalidArgumentError('expected vCPUs such as 3,0,1');
  return ids;
}

/** The sub-command. */
export function shareCommand(): Command {
  const command = new Command('share')
    .description(
      'print on which pages the vCPUs of a VM disagree, and what each way of sharing an EPT makes of it',
    )
    .argument('<config>', CONFIG_HELP)
    .argument('[range]', RANGE_HELP)
    .addOption(policyOption())
    .addOption(new Option('--design <list>', `${DESIGNS.join(', ')}; default: all`).argParser(designList))
    .addOption(
      new Option('--order <vcpus>', 'who faults first, as 3,0,1; default: ascending').argParser(orderList),
    )
    .addOption(vcpuOption('all'))
    .addOption(engineOption())
    .addOption(byOption())
    .addOption(
      new Option(
        '--limit <n>',
        'list at most n spans and vCPUs, 0: all; default: table 20, json all',
      ).argParser(limitNumber),
    );
  addInputOptions(command);
  addOutputOptions(command, FORMATS);
  command.addOption(widthOption()).action(runShare);
  command.addHelpText('after', '\nExits with 1 where vCPUs disagree on some page.');
  addProgressOptions(command);
  return addExamples(
    command,
    '$ eptsweep share ovmf-gpu --policy kvm-6.6',
    "$ echo '{maxphyaddr: 46, noncoherentDma: true, policy: kvm-6.6, mtrr: {default: WB}, vcpus: [{count: 7}, {cr0cd: true}]}' | eptsweep share - 4G-8G || test $? = 1",
    '$ eptsweep share seabios-q35 --policy kvm-6.11 --design role,uniform --json',
  );
}
