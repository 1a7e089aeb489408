/** `eptsweep trace`: a live KVM's EPT entries, or anybody's table, held against the model. */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Policy } from '../policy/index.ts';
import { ReadError } from '../read/index.ts';
import { ENTRY_FORMATS } from '../read/trace/formats.ts';
import { readTraceText } from '../read/trace/stream.ts';
import {
  CAUSES,
  type DecodedEntry,
  decodeEntry,
  type EntryBatch,
  entryAt,
  type TraceReport,
} from '../trace/index.ts';
import type { EngineName } from '../vm/index.ts';
import { hexText, plural } from '../words.ts';
import { csvLines } from '../write/format/csv.ts';
import { markdownTable } from '../write/format/markdown.ts';
import { basisTexts } from '../write/json/basis.ts';
import { entryJson, traceBasis, traceJsonLines, traceNdjsonLines } from '../write/trace/json.ts';
import { traceLines } from '../write/trace/text.ts';
import { decodedText, pageText, STRETCH_COLUMNS, STRETCH_TABLE } from '../write/trace/words.ts';
import { type InputOptions, openConfig } from './input/open-config.ts';
import { type TraceJob, traceReport } from './input/trace-report.ts';
import {
  addExamples,
  addInputOptions,
  addOutputOptions,
  addProgressOptions,
  CONFIG_HELP,
  engineOption,
  formatOf,
  limitNumber,
  type OutputOptions,
  policyOption,
  vcpuOption,
} from './options.ts';
import { textStyle, writeAnswer } from './output/answer.ts';
import { EXIT_BAD_INPUT, EXIT_FOUND, UsageError } from './output/exit.ts';
import { remark } from './output/notes.ts';

interface TraceOptions extends OutputOptions, InputOptions {
  readonly traceFrom?: string;
  readonly policy?: Policy;
  readonly vcpu?: string;
  readonly engine: EngineName;
  readonly hostPhysBits?: number;
  readonly pfn?: true;
  readonly limit?: number;
  readonly decode?: string;
}

const FORMATS = ['table', 'json', 'ndjson', 'csv', 'markdown'] as const;
/** Stretches that are listed where no limit is given. */
const DEFAULT_LIMITS: Readonly<Record<string, number>> = {
  table: 50,
  markdown: 50,
  json: 1000,
  ndjson: Number.POSITIVE_INFINITY,
  csv: Number.POSITIVE_INFINITY,
};

function linesOf(report: TraceReport, options: TraceOptions): Iterable<string> {
  const format = formatOf(options);
  const limit = options.limit ?? DEFAULT_LIMITS[format]!;
  if (format === 'table') return traceLines(report, { ...textStyle(options), limit });
  if (format === 'json') return traceJsonLines(report, limit);
  const stretches = report.outside ? [] : report.fits[0]!.candidate.findings.stretches();
  const rows = stretches.slice(0, limit);
  if (rows.length < stretches.length) {
    const more = plural(stretches.length - rows.length, 'more stretch', 'more stretches');
    remark(`${more} than were written; --limit writes them`);
  }
  if (format === 'markdown') return markdownTable(STRETCH_TABLE, rows);
  return format === 'csv'
    ? csvLines(STRETCH_COLUMNS, rows, basisTexts(traceBasis(report)))
    : traceNdjsonLines(report, rows);
}

/** What people need to know whatever the format: on standard error where the output is for programs. */
function sayTroubles({ source, outside, tally }: TraceReport): void {
  const { truncated, overlong, file } = source;
  const some = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;
  if (truncated.first) {
    const { line, text } = truncated.first;
    remark(`${file}:${line}: ${text}: cut off or unreadable, ${some(truncated.count, 'line')} in all`);
  }
  if (overlong.first) {
    remark(
      `${file}:${overlong.first.line}: ${overlong.first.text}, skipped; ${some(overlong.count, 'line')} in all`,
    );
  }
  if (tally.smm > 0)
    remark(`${file}: ${some(tally.smm, 'entry', 'entries')} of address space 1 (SMM), not judged`);
  if (outside) remark(`${file}: outside of the model, ${outside.replace('-', ' ')}: nothing was judged`);
}

async function checkTrace(config: string, file: string, options: TraceOptions): Promise<void> {
  if (config === '-' && file === '-') {
    throw new UsageError('config and trace cannot both be standard input');
  }
  const job: TraceJob = {
    config,
    opened: await openConfig(config, options),
    file,
    from: options.traceFrom,
    policy: options.policy,
    vcpu: options.vcpu,
    engine: options.engine,
    hostPhysBits: options.hostPhysBits,
    comparesFrames: options.pfn === true,
  };
  const report = await traceReport(job);
  if (formatOf(options) !== 'table') sayTroubles(report);
  await writeAnswer(linesOf(report, options), options);
  if (report.outside) process.exitCode = EXIT_BAD_INPUT;
  else if (report.fits[0]!.candidate.findings.entries > 0) process.exitCode = EXIT_FOUND;
}

/** An entry of `--decode`, and where it stands if that is said. */
interface Placed {
  readonly decoded: DecodedEntry;
  readonly place: { readonly gfn?: number; readonly space?: number };
}

/** `0x6000000fee00b77` or `0xbf7@2`: an entry by itself, at level 1 unless said. */
const BARE_ENTRY = /^(?:0x)?([0-9a-f]{1,16})(?:@([1-5]))?$/i;

function placedEntries(text: string, { from, policy }: TraceOptions): readonly Placed[] {
  const layout = policy?.flags.leaf;
  const bare = BARE_ENTRY.exec(text.trim());
  if (bare)
    return [{ decoded: decodeEntry(BigInt(`0x${bare[1]}`), Number(bare[2] ?? 1), layout), place: {} }];
  const placed: Placed[] = [];
  const take = (batch: EntryBatch) => {
    for (let i = 0; i < batch.count; i++) {
      const decoded = decodeEntry(entryAt(batch, i), batch.level[i]!, layout);
      placed.push({ decoded, place: { gfn: batch.gfn[i]!, space: batch.space[i]! } });
    }
  };
  const file = '--decode';
  const { truncated } = readTraceText(text, take, { file, ...(from !== undefined && { from }) });
  if (placed.length === 0) {
    const reason = truncated.first ? 'the line is cut off or unreadable' : 'holds no EPT entry';
    throw new ReadError(
      file,
      `${reason}: expected a line of a trace, or an entry such as 0x600000012345b77@1`,
    );
  }
  return placed;
}

function placedText({ decoded, place }: Placed): string {
  const where =
    place.gfn === undefined ? '' : `GPA ${hexText(BigInt(place.gfn) << 12n)} (gfn ${hexText(place.gfn)}), `;
  const smm = place.space === undefined || place.space === 0 ? '' : `address space ${place.space}, `;
  return `${smm}${where}${pageText(decoded.level)}, ${hexText(decoded.entry)}: ${decodedText(decoded)}`;
}

async function decodeText(text: string, options: TraceOptions): Promise<void> {
  const placed = placedEntries(text, options);
  const isText = formatOf(options) === 'table';
  if (!['table', 'json', 'ndjson'].includes(formatOf(options))) {
    throw new UsageError('--decode prints table, json or ndjson');
  }
  const indent = formatOf(options) === 'json' ? 2 : undefined;
  const { policy } = options;
  const lines = placed.flatMap((one) =>
    isText
      ? placedText(one)
      : JSON.stringify(entryJson(one.decoded, one.place, policy), null, indent).split('\n'),
  );
  if (isText) lines.push(...(policy?.assumptions ?? []).map((text) => `assumed: ${text}`));
  await writeAnswer(lines, options);
}

async function runTrace(
  config: string | undefined,
  file: string | undefined,
  options: TraceOptions,
): Promise<void> {
  if (options.decode !== undefined) {
    if (config !== undefined) throw new UsageError('--decode takes a line and nothing else');
    await decodeText(options.decode, options);
    return;
  }
  if (config === undefined) throw new UsageError("missing required argument 'config'");
  if (file === undefined) throw new UsageError("missing required argument 'file' (- for standard input)");
  await checkTrace(config, file, options);
}

function bitsNumber(text: string): number {
  if (!/^\d{2}$/.test(text) || Number(text) < 32 || Number(text) > 52) {
    throw new InvalidArgumentError('expected a number 32..52');
  }
  return Number(text);
}

/** `--policy`: as everywhere, but without one all are tried. */
function tracePolicyOption(): Option {
  const { flags, parseArg } = policyOption();
  const text =
    'sdm or kvm-X.Y; +COMMIT and +FLAG=VALUE change it; default: what the config says, else all are tried';
  const option = new Option(flags, text);
  return parseArg ? option.argParser((name: string) => parseArg(name, undefined)) : option;
}

/** The sub-command. */
export function traceCommand(): Command {
  const formats = ENTRY_FORMATS.map(({ name }) => name);
  const command = new Command('trace')
    .description("hold a live KVM's EPT entries, or anybody's table, against the model")
    .argument('[config]', CONFIG_HELP)
    .argument('[file]', 'a trace of kvmmmu events, or a table of entries; - for standard input')
    .addOption(
      new Option('--trace-from <format>', "the trace's format; default: found from the content").choices(
        formats,
      ),
    )
    .addOption(tracePolicyOption())
    .addOption(vcpuOption('all, where right is what any of them gives'))
    .addOption(engineOption())
    .addOption(
      new Option(
        '--host-phys-bits <n>',
        "the host's physical address bits: higher bits of an entry are reserved",
      ).argParser(bitsNumber),
    )
    .option('--pfn', 'host frames count too: the config states the real ones')
    .addOption(
      new Option('--limit <n>', 'list at most n stretches, 0: all; default: table 50, json 1000').argParser(
        limitNumber,
      ),
    )
    .option('--decode <line>', 'only say what a line of a trace, or an entry (0xbf7@2), means');
  addInputOptions(command);
  addOutputOptions(command, FORMATS).action(runTrace);
  const width = Math.max(
    ...ENTRY_FORMATS.map(({ name }) => name.length),
    ...CAUSES.map(({ id }) => id.length),
  );
  const list = (rows: readonly (readonly [string, string])[]) =>
    rows.map(([name, title]) => `  ${name.padEnd(width)}  ${title}`).join('\n');
  command.addHelpText(
    'after',
    `\nFormats:\n${list(ENTRY_FORMATS.map(({ name, title }) => [name, title]))}` +
      `\n\nWhat can be wrong:\n${list(CAUSES.map(({ id, title }) => [id, title]))}` +
      '\n\nExits with 1 where an entry is wrong, with 2 where nothing can be judged.',
  );
  addProgressOptions(command);
  return addExamples(
    command,
    "$ echo 'fee00,1,6000000fee00b77' | eptsweep trace ovmf-q35 - --policy kvm-6.8",
    "$ printf 'gfn,level,entry\\n100,1,100077\\nc0000,1,c0000077\\n' | eptsweep trace surface-pro7 - || test $? = 1",
    "$ eptsweep trace --decode 'kvm_mmu_set_spte: gfn 1000 spte 8600000023456b77 (rwx) level 1 at 0'",
    'trace-cmd report | eptsweep trace guest.yaml - --policy kvm-6.8',
    'eptsweep trace machine.dmesg ept.csv --policy sdm -f csv',
  );
}
