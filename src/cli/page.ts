/** `eptsweep page`: the page in one file, with inputs inside, to be looked at, kept or mailed. */
import { Command, Option } from 'commander';
import type { Policy } from '../policy/index.ts';
import { type Embedded, PAGE_VIEWS, type PageView } from '../write/page/embedded.ts';
import type { InputOptions } from './input/open-config.ts';
import {
  addExamples,
  addInputOptions,
  addProgressOptions,
  CONFIG_HELP,
  policyArgument,
  rangeOf,
} from './options.ts';
import { writeLines } from './output/output.ts';
import { showPage, writeTemporaryPage } from './page/open-page.ts';
import { pageText } from './page/page-file.ts';
import { openForPage, type PageInput } from './page/page-input.ts';

interface PageOptions extends InputOptions {
  readonly view?: PageView;
  readonly policy?: readonly Policy[];
  readonly at?: string;
  readonly output?: string;
  readonly open: boolean;
}

/** Policies of the lanes, the reference first. */
function policyList(text: string): readonly Policy[] {
  return text.split(',').map((name) => policyArgument(name.trim()));
}

function embeddedOf(inputs: readonly PageInput[], options: PageOptions): Embedded | undefined {
  const [first] = inputs;
  if (!first) return undefined;
  const { view, policy, at } = options;
  return {
    view: view ?? (at === undefined ? 'map' : 'why'),
    inputs: inputs.flatMap(({ embedded }) => embedded.inputs),
    ...(first.embedded.options && { options: first.embedded.options }),
    ...(policy && { lanes: policy.map(({ name }) => ({ policy: name })) }),
    ...(at !== undefined && { at: rangeOf(at, first.opened.vm, 'gpa').start }),
  };
}

async function runPage(configs: readonly string[], options: PageOptions): Promise<void> {
  const inputs: PageInput[] = [];
  for (const config of configs) inputs.push(await openForPage(config, options));
  const text = pageText(embeddedOf(inputs, options));
  if (options.output !== undefined) return writeLines(text.replace(/\n$/, '').split('\n'), options.output);
  const path = writeTemporaryPage(text, inputs[0]?.opened.vm.name ?? 'eptsweep');
  await writeLines([path], undefined);
  if (options.open) await showPage(path);
}

/** The sub-command. */
export function pageCommand(): Command {
  const command = new Command('page')
    .description(
      'write a page that shows inputs, in one file that needs no network and sends nothing anywhere, and open it',
    )
    .argument(
      '[config...]',
      `${CONFIG_HELP}; several can be held against each other. Default: none, to paste one`,
    )
    .addOption(
      new Option('--view <view>', 'what it shows first; default: map, or why with --at').choices(PAGE_VIEWS),
    )
    .addOption(
      new Option(
        '--policy <list>',
        'a lane each, the first is the reference; default: those of the page',
      ).argParser(policyList),
    )
    .option('--at <address>', 'the page of memory that is chosen')
    .option('-o, --output <file>', 'write it there and open nothing; it appears whole or not at all')
    .option('--no-open', 'write it to a temporary place and print where');
  addInputOptions(command).action(runPage);
  addProgressOptions(command);
  return addExamples(
    command,
    'eptsweep page ovmf-gpu --policy sdm,kvm-5.16,kvm-6.16',
    'eptsweep page thinkpad-t400 --at 0xbd000000 -o t400.html',
    'eptsweep page dmesg.txt',
    'dmesg | eptsweep page - --view findings -o report.html',
  );
}
