/** `eptsweep map`: what every page of a range gets, as spans, with totals. */

import { Command, InvalidArgumentError, Option } from 'commander';
import { MAP_LIMITS, mapJob, mapWants } from '../answer/map.ts';
import { createEvaluatorSync } from '../engine/evaluator.ts';
import type { Evaluator } from '../engine/index.ts';
import { vcpuIndex } from '../open/open-view.ts';
import type { OpenedConfig } from '../open/opened-config.ts';
import type { Policy } from '../policy/index.ts';
import { type PatType, WANTS, type Want } from '../types.ts';
import type { EngineName } from '../vm/index.ts';
import { type Format, MAP_FORMATS } from '../write/format/formats.ts';
import type { MapJob } from '../write/map/job.ts';
import { mapLines } from '../write/map/text.ts';
import type { PictureOptions } from '../write/picture/picture-options.ts';
import { sayAssumed, sayResting } from './assumed.ts';
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
  type OutputOptions,
  patOption,
  policyOption,
  RANGE_HELP,
  rangeOf,
} from './options.ts';
import { textStyle, writeAnswer } from './output/answer.ts';
import { UsageError } from './output/exit.ts';
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
): Promise<MapJob> {
  const index = vcpuIndex(input.vm, options.vcpu);
  const policy = options.policy ?? input.vm.policy;
  const wants = mapWants(input, policy, options.want);
  const opened = sayResting('map', input, [policy], wants, options);
  const frames = rangeOf(range, opened.vm, options.by);
  const format = formatOf(options);
  if (options.linux && !LINUX_FORMATS.includes(format)) {
    throw new UsageError(`--linux: expected -f ${LINUX_FORMATS.join(', ')}, got -f ${format}`);
  }
  const { pat, by, linux, limit = MAP_LIMITS[format] } = options;
  const job = await mapJob(opened, engine, { policy, index, wants, range: frames, pat, by, linux, limit });
  sayAssumed('map', [{ vcpu: job.view.vcpu, policy }], wants);
  return job;
}

async function writeMap(job: MapJob, format: Format, options: MapOptions): Promise<void> {
  if (format === 'parquet') {
    // Each loaded where it is asked for: `map` is measured against an empty Node.
    const [{ writeParquet }, { mapParquet }] = await Promise.all([
      import('./output/parquet.ts'),
      import('../write/map/parquet.ts'),
    ]);
    await writeParquet(mapParquet(job), options.output);
  } else if (format === 'svg') {
    const { mapSvg } = await import('../write/map/svg.ts');
    await writeLines(mapSvg(job, options), options.output);
  } else await writeAnswer(mapLines(job, format, textStyle(options)), options);
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
  await answeredFleet('map', inputs, { ...options, isJson: format === 'json' }, async (opened) => {
    const job = await jobOf(opened, range, engine, options);
    const lines = [...mapLines(job, format, textStyle(options))];
    job.view.dispose();
    return lines;
  });
}

async function runMap(words: readonly string[], options: MapOptions): Promise<void> {
  const { isFleet, withoutRange } = await import('./fleet/inputs.ts');
  const { inputs, range } = withoutRange(words);
  const engine: Evaluator = createEvaluatorSync({ engine: options.engine });
  try {
    if (isFleet(inputs)) return await runFleet(inputs, range, engine, options);
    const opened = await openConfig(inputs[0]!, options);
    await writeMap(await jobOf(opened, range, engine, options), formatOf(options), options);
  } finally {
    engine.dispose();
  }
}

function wantList(text: string): readonly Want[] {
  const names = text.split(',').map((name) => name.trim());
  for (const name of names) {
    if (!(WANTS as readonly string[]).includes(name)) {
      throw new InvalidArgumentError(`"${name}" is none of ${WANTS.join(', ')}`);
    }
  }
  return [...new Set(names)] as Want[];
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
      ).argParser(wantList),
    )
    .option('--vcpu <id>', 'whose registers to use; default: the first')
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
  addOutputOptions(command, MAP_FORMATS);
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
    '$ eptsweep map ovmf-q35 seabios-q35 3G-4G',
    'eptsweep map logs/ 3G-4G -f json',
    "$ echo '{maxphyaddr: 36, msrs: {MTRRdefType: 0x806}}' | eptsweep map - -f csv",
  );
}
