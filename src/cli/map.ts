/** `eptsweep map`: what every page of a range gets, as spans, with totals. */

import { Command, Option } from 'commander';
import { MAP_LIMITS, mapJob, mapWants } from '../answer/map.ts';
import { createEvaluatorSync } from '../engine/evaluator.ts';
import type { Evaluator } from '../engine/index.ts';
import { chosenVcpus, namesSeveral } from '../open/chosen-vcpus.ts';
import type { OpenedConfig } from '../open/opened-config.ts';
import type { Policy } from '../policy/index.ts';
import { type PatType, WANTS, type Want } from '../types.ts';
import type { EngineName } from '../vm/index.ts';
import { type Format, MAP_FORMATS } from '../write/format/formats.ts';
import type { MapJob } from '../write/map/job.ts';
import { mapLines } from '../write/map/text.ts';
import type { PictureOptions } from '../write/picture/picture-options.ts';
import { sayAssumed, sayResting } from './assumed.ts';
import { isFleet, withoutRange } from './fleet/inputs.ts';
import { type InputOptions, openConfig } from './input/open-config.ts';
import {
  addExamples,
  addInputOptions,
  addOutputOptions,
  addPictureOptions,
  addProgressOptions,
  byOption,
  engineOption,
  FLEET_HELP,
  formatOf,
  limitNumber,
  listOf,
  type OutputOptions,
  patOption,
  policyOption,
  RANGE_HELP,
  rangeOf,
  vcpuOption,
} from './options.ts';
import { textStyle, writeAnswer } from './output/answer.ts';
import { UsageError } from './output/exit.ts';
import { remark } from './output/notes.ts';
import { writeLines } from './output/output.ts';

interface MapOptions extends OutputOptions, InputOptions, PictureOptions {
  readonly want?: readonly Want[];
  readonly vcpu?: string;
  readonly policy?: Policy;
  readonly engine: EngineName;
  readonly pat: PatType;
  readonly by: 'gpa' | 'gfn';
  readonly limit?: number;
  readonly linux?: boolean;
}

/** Formats that can tell what is no column of a span. */
const LINUX_FORMATS: readonly Format[] = ['table', 'markdown', 'json'];

/** The view of one input over the range, and all that {@link MapJob} says of it. */
async function jobOf(
  input: OpenedConfig,
  range: string | undefined,
  engine: Evaluator,
  options: MapOptions,
  index: number,
  known: Set<string>,
): Promise<MapJob> {
  const policy = options.policy ?? input.vm.policy;
  const wants = mapWants(input, policy, options.want);
  const opened = sayResting('map', input, [policy], wants, { strict: options.strict, known });
  const frames = rangeOf(range, opened.vm, options.by);
  const format = formatOf(options);
  if (options.linux && !LINUX_FORMATS.includes(format)) {
    throw new UsageError(`--linux: expected -f ${LINUX_FORMATS.join(', ')}, got -f ${format}`);
  }
  const { pat, by, linux, limit = MAP_LIMITS[format] } = options;
  const job = await mapJob(opened, engine, { policy, index, wants, range: frames, pat, by, linux, limit });
  const onTruncated = () => remark('there are more spans than were written; --limit writes more');
  return { ...job, onTruncated };
}

/** A job for each state of the vCPUs that were asked about. */
async function jobsOf(
  input: OpenedConfig,
  range: string | undefined,
  engine: Evaluator,
  options: MapOptions,
): Promise<readonly MapJob[]> {
  const { vcpus } = input.vm;
  const isOfSeveral = namesSeveral(options.vcpu);
  const known = new Set<string>();
  const jobs: MapJob[] = [];
  for (const { indexes } of chosenVcpus(input.vm, options.vcpu)) {
    const job = await jobOf(input, range, engine, options, indexes[0]!, known);
    jobs.push(isOfSeveral ? { ...job, ids: indexes.map((index) => vcpus[index]!.id) } : job);
  }
  sayAssumed(
    'map',
    jobs.map(({ view }) => ({ vcpu: view.vcpu, policy: view.policy })),
    jobs[0]!.wants,
  );
  return jobs;
}

async function linesOf(jobs: readonly MapJob[], options: MapOptions): Promise<Iterable<string>> {
  const format = formatOf(options);
  const answers = jobs.map((job) => mapLines(job, format, textStyle(options)));
  if (!namesSeveral(options.vcpu)) return answers[0]!;
  return (await import('../write/vcpus/several.ts')).severalLines('map', format, answers);
}

async function writeParquetOf(jobs: readonly MapJob[], options: MapOptions): Promise<void> {
  // Each loaded where it is asked for: `map` is measured against an empty Node.
  const [{ writeParquet }, { mapParquet }] = await Promise.all([
    import('./output/parquet.ts'),
    import('../write/map/parquet.ts'),
  ]);
  if (!namesSeveral(options.vcpu)) return writeParquet(mapParquet(jobs[0]!), options.output);
  const { severalParquet } = await import('../write/vcpus/several.ts');
  const files = jobs.map((job) => ({ ids: job.ids!, file: mapParquet(job) }));
  await writeParquet(severalParquet(files), options.output);
}

async function writeMap(jobs: readonly MapJob[], options: MapOptions): Promise<void> {
  const format = formatOf(options);
  if (format === 'parquet') return writeParquetOf(jobs, options);
  if (format !== 'svg') return writeAnswer(await linesOf(jobs, options), options);
  if (jobs.length > 1) throw new UsageError('-f svg draws one state of vCPUs: --vcpu takes one of each');
  const { mapSvg } = await import('../write/map/svg.ts');
  await writeLines(mapSvg(jobs[0]!, options), options.output);
}

/** Maps of many inputs, a map a layout. */
async function runFleet(
  inputs: readonly string[],
  range: string | undefined,
  engine: Evaluator,
  options: MapOptions,
): Promise<void> {
  const format = formatOf(options);
  if (format !== 'table' && format !== 'json') {
    throw new UsageError(`several inputs: expected -f table or json, got -f ${format}`);
  }
  const { answeredFleet } = await import('./fleet/answered.ts');
  const form = format === 'json' ? 'json' : 'text';
  await answeredFleet('map', inputs, { ...options, form }, async (opened) => {
    const jobs = await jobsOf(opened, range, engine, options);
    const lines = [...(await linesOf(jobs, options))];
    for (const { view } of jobs) view.dispose();
    return lines;
  });
}

/** `-f html`, which no row is written of: everything behind it is loaded where it is asked for. */
function isPageAsked({ format, json }: MapOptions): boolean {
  return !json && (format as string) === 'html';
}

async function writeMapPage(argument: string, range: string | undefined, options: MapOptions): Promise<void> {
  const [{ openForPage }, { writePage }, { mapPage }] = await Promise.all([
    import('./page/page-input.ts'),
    import('./page/answer-page.ts'),
    import('./page/views.ts'),
  ]);
  const input = await openForPage(argument, options);
  const { vm } = input.opened;
  const policy = options.policy ?? vm.policy;
  const [want] = mapWants(input.opened, policy, options.want);
  const shown = {
    policy,
    range: rangeOf(range, vm, options.by),
    pat: options.pat,
    ...(options.want && { want }),
  };
  const lanes = chosenVcpus(vm, options.vcpu).map(({ indexes }) => vm.vcpus[indexes[0]!]!.id);
  await writePage(mapPage(input, shown, options.vcpu === undefined ? [] : lanes), options.output);
}

async function runMap(words: readonly string[], options: MapOptions): Promise<void> {
  const { inputs, range } = withoutRange(words);
  const engine: Evaluator = createEvaluatorSync({ engine: options.engine });
  try {
    if (isFleet(inputs)) return await runFleet(inputs, range, engine, options);
    if (isPageAsked(options)) return await writeMapPage(inputs[0]!, range, options);
    const opened = await openConfig(inputs[0]!, options);
    await writeMap(await jobsOf(opened, range, engine, options), options);
  } finally {
    engine.dispose();
  }
}

/** The sub-command. */
export function mapCommand(): Command {
  const command = new Command('map')
    .description('print what every page of a VM gets: MTRR type, EPT type and IPAT, mapping level')
    .usage('[options] <config...> [range]')
    .argument('<config...>', `${FLEET_HELP}. Behind them a range: ${RANGE_HELP}`)
    .addOption(
      new Option(
        '--want <list>',
        `${WANTS.join(', ')}; default: mtrr,ept,levels, of an AMD host effective,levels`,
      ).argParser(listOf(WANTS)),
    )
    .addOption(vcpuOption())
    .addOption(policyOption())
    .addOption(engineOption())
    .addOption(patOption())
    .addOption(byOption())
    .addOption(
      new Option(
        '--limit <n>',
        'list at most n spans, 0: all; default: table 1000, markdown 200, json 65536',
      ).argParser(limitNumber),
    );
  command.option(
    '--linux',
    "take the registers for a machine's own: what ioremap, ioremap_wc, WB and huge mappings get under its Linux",
  );
  addInputOptions(command);
  addOutputOptions(command, [...MAP_FORMATS, 'html']);
  addPictureOptions(command).action(runMap);
  addProgressOptions(command);
  return addExamples(
    command,
    '$ eptsweep map ovmf-q35',
    '$ eptsweep map surface-pro7 3G-4G --policy kvm-5.16',
    '$ eptsweep map thinkpad-t400 0xbcc00000+16M --want ept,effective --pat WC --policy kvm-6.8',
    '$ eptsweep map ovmf-q35 3G-4G --policy kvm-6.8 --set noncoherentDma=true --set msrs.MTRRdefType=0xc00',
    '$ eptsweep map ovmf-gpu 0x800000 --by gfn --want leaf --policy kvm-6.16 --json',
    '$ eptsweep map thinkpad-t400 -f md --limit 10',
    '$ eptsweep map surface-pro7 3G+2G --scale linear -f svg | wc -l',
    '$ eptsweep map thinkpad-t400 3G-4G --linux',
    '$ eptsweep map ovmf-q35 -f parquet | wc -c',
    'eptsweep map dmesg.txt --policy kvm-6.8 -f html -o map.html',
    '$ eptsweep map ovmf-q35 seabios-q35 3G-4G',
    'eptsweep map logs/ 3G-4G -f json',
    "$ echo '{maxphyaddr: 36, msrs: {MTRRdefType: 0x806}}' | eptsweep map - -f csv",
  );
}
