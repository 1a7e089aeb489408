/** `eptsweep convert`: any dump, config or preset to a config, and to the texts that other tools take. */
import { statSync } from 'node:fs';
import { Command, Option } from 'commander';
import { createEvaluatorSync } from '../engine/evaluator.ts';
import { onlyState, onVcpus } from '../open/chosen-vcpus.ts';
import { openRegisters } from '../open/open-view.ts';
import type { OpenedConfig } from '../open/opened-config.ts';
import { guestRegisters, type Vcpu, validRanges, vcpuOf } from '../vm/index.ts';
import { edk2Lines, type MemoryRange } from '../write/registers/edk2-text.ts';
import { REGISTER_TEXTS } from '../write/registers/register-texts.ts';
import { vmConfigLines } from '../write/registers/vm-config.ts';
import { vcpusText } from '../write/vcpu-words.ts';
import { isFleet } from './fleet/inputs.ts';
import { askedFleet, sayTotal } from './fleet/run.ts';
import { type InputOptions, openConfig } from './input/open-config.ts';
import { addExamples, addInputOptions, addProgressOptions, FLEET_HELP, vcpuOption } from './options.ts';
import { UsageError } from './output/exit.ts';
import { remark } from './output/notes.ts';
import { writeLines } from './output/output.ts';

const TARGETS = ['yaml', 'json', 'msr-csv', 'wrmsr', 'kvm-set-msrs', 'edk2', 'proc-mtrr'] as const;
type Target = (typeof TARGETS)[number];

interface ConvertCommandOptions extends InputOptions {
  readonly to: Target;
  readonly vcpu?: string;
  readonly output?: string;
}

/** What each text cannot hold, where a user would miss it. */
const LOSSES: Partial<Readonly<Record<Target, string>>> = {
  'proc-mtrr': 'the default type, the enables and the fixed ranges',
  edk2: 'PAT, the address bits, and variable ranges that are off',
};
/** Ranges of a map that EDK2 text carries; with masks that have holes there is no end of them. */
const MOST_RANGES = 4096;

/** The map as EDK2 prints it; undefined where it is too long. */
function mapOf(opened: OpenedConfig, index: number): readonly MemoryRange[] | undefined {
  const engine = createEvaluatorSync({ engine: 'auto' });
  try {
    const ranges: MemoryRange[] = [];
    for (const { start, end, type } of openRegisters(engine, opened, index).spansOf('mtrr')) {
      if (ranges.length === MOST_RANGES) return undefined;
      ranges.push({ start: BigInt(start) << 12n, end: (BigInt(end) << 12n) - 1n, type });
    }
    return ranges;
  } finally {
    engine.dispose();
  }
}

/** YAML of scalars as text: hex digits stay as they were written, the rest becomes what JSON has for it. */
function plain(value: unknown): unknown {
  if (typeof value === 'string') {
    if (value === 'true' || value === 'false') return value === 'true';
    return /^(?:0|[1-9]\d{0,14})$/.test(value) ? Number(value) : value;
  }
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
}

async function configJson({ vm }: OpenedConfig): Promise<readonly string[]> {
  const { parse } = await import('yaml');
  const config = plain(parse([...vmConfigLines(vm)].join('\n'), { schema: 'failsafe' }));
  // A name is text whatever it looks like.
  return JSON.stringify({ ...(config as object), name: vm.name }, null, 2).split('\n');
}

/** Says what a text cannot hold of this very CPU. */
function sayLosses(to: Target, vcpu: Vcpu, opened: OpenedConfig, options: ConvertCommandOptions): void {
  const { vm } = opened;
  if (vm.vcpus.length > 1 && options.vcpu === undefined) {
    remark(`${vcpusText(vm)}: this is ${vm.vcpus[0]!.name}; --vcpu chooses another`);
  }
  const loss = LOSSES[to];
  if (loss !== undefined) remark(`${to} does not hold ${loss}`);
  if (to !== 'proc-mtrr') return;
  const space = 1n << BigInt(vcpu.maxphyaddr);
  for (const { index, mask } of validRanges(guestRegisters(vcpu))) {
    const size = space - (mask & (space - 1n));
    if (size >= 1n << 20n && size % (1n << 20n) !== 0n) {
      remark(`the size of variable range ${index} is no whole number of MiB: it is rounded down`);
    }
  }
}

async function converted(opened: OpenedConfig, options: ConvertCommandOptions): Promise<Iterable<string>> {
  const { vm } = opened;
  if (options.to === 'json') return configJson(onVcpus(opened, options.vcpu));
  if (options.to === 'yaml') return vmConfigLines(onVcpus(opened, options.vcpu).vm, opened.assumptions ?? []);
  const index = onlyState(vm, options.vcpu);
  const vcpu = vcpuOf(vm, index);
  sayLosses(options.to, vcpu, opened, options);
  return options.to === 'edk2' ? edk2Lines(vcpu, mapOf(opened, index)) : REGISTER_TEXTS[options.to](vcpu);
}

/** The end of a file's name for each text. */
const ENDINGS: Readonly<Record<Target, string>> = {
  yaml: 'yaml',
  json: 'json',
  'msr-csv': 'csv',
  wrmsr: 'sh',
  'kvm-set-msrs': 'json',
  edk2: 'edk2.txt',
  'proc-mtrr': 'mtrr',
};

/** A file's name in the folder, which no other input has taken. */
function freeName(file: string, ending: string, taken: Set<string>): string {
  const base = file.replace(/^.*[/\\]/, '').replace(/\.[a-z0-9]{1,5}$/i, '') || 'stdin';
  for (let n = 1; ; n++) {
    const name = `${base}${n === 1 ? '' : `-${n}`}.${ending}`;
    if (taken.has(name)) continue;
    taken.add(name);
    return name;
  }
}

/** A file for each input in a folder. */
async function convertFleet(inputs: readonly string[], options: ConvertCommandOptions): Promise<void> {
  const folder = options.output;
  if (folder === undefined || !statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError('several inputs: -o has to name a folder that is there, for a file each');
  }
  const taken = new Set<string>();
  const items = await askedFleet('eptsweep convert', inputs, options, async (opened, file) => {
    const lines = [...(await converted(opened, options))];
    const name = freeName(file === '<stdin>' ? '' : file, ENDINGS[options.to], taken);
    await writeLines(lines, `${folder.replace(/\/+$/, '')}/${name}`);
    return { answer: name };
  });
  sayTotal(items, folder);
}

async function runConvert(inputs: readonly string[], options: ConvertCommandOptions): Promise<void> {
  if (isFleet(inputs)) return convertFleet(inputs, options);
  const opened = await openConfig(inputs[0]!, options);
  await writeLines(await converted(opened, options), options.output);
}

/** The sub-command. */
export function convertCommand(): Command {
  const command = new Command('convert')
    .description("write a dump's, a config's or a preset's registers as a config or as other tools take them")
    .argument('<config...>', FLEET_HELP)
    .addOption(
      new Option('-t, --to <format>', 'yaml and json: a config of all CPUs; the others: one CPU')
        .choices(TARGETS)
        .default('yaml'),
    )
    .addOption(vcpuOption('the first, all in a config'))
    .option(
      '-o, --output <file>',
      'write to a file; it appears whole or not at all; for several inputs a folder, with a file each',
    );
  addInputOptions(command).action(runConvert);
  addProgressOptions(command);
  return addExamples(
    command,
    '$ eptsweep convert thinkpad-t400 --to msr-csv',
    '$ eptsweep convert ovmf-q35 --to edk2',
    '$ eptsweep convert surface-pro7 --to proc-mtrr',
    "$ printf '0x200,0x6\\n0x201,0x3fff00000800\\n0x2ff,0x800\\n' | eptsweep convert - --to yaml",
    'eptsweep convert logs/ -o configs/',
    'eptsweep convert dmesg.txt -o guest.yaml && eptsweep map guest.yaml --policy kvm-6.8',
  );
}
