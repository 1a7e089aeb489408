/** `eptsweep replay --trace`: the trace of a running KVM, held against a scenario step by step. */
import { followScenario, replayHead } from '../answer/replay.ts';
import type { Scenario } from '../config/scenario/scenario.ts';
import type { Evaluator } from '../engine/index.ts';
import { explain } from '../explain/index.ts';
import { readTrace } from '../read/trace/stream.ts';
import type { Followed, ReplayEvent } from '../replay/index.ts';
import { frameCount } from '../vm/index.ts';
import {
  explainLines,
  type FollowedReport,
  followedJsonLines,
  followedLines,
  followedNdjsonLines,
  markdownLines,
} from '../write/index.ts';
import { openInput } from './input/input-file.ts';
import { formatOf, type OutputOptions } from './options.ts';
import { textStyle, writeAnswer } from './output/answer.ts';
import { EXIT_FOUND, EXIT_INTERNAL, UsageError } from './output/exit.ts';
import { complain } from './output/notes.ts';

/** Formats that a trace can be answered in. */
const FORMATS: readonly string[] = ['table', 'json', 'ndjson', 'markdown'];
/** Those of them that are event traces. */
export const TRACE_FORMATS: readonly string[] = ['ftrace', 'trace-cmd', 'perf'];
const STEP_LIMIT = 40;
/** Sections of `explain` that bear on what a fault installs. */
const SECTIONS: readonly string[] = ['MTRR', 'guest MTRR', "KVM's fold", 'EPT', 'level', 'slot'];

/** What of the options of `replay` a trace is followed by. */
export interface FollowCommandOptions extends OutputOptions {
  readonly trace: string;
  readonly traceFrom?: string;
  readonly eagerPageSplit?: 'Y' | 'N';
  readonly limit?: number;
}

/** Refuses what goes with no trace. */
export function requireFollowable(
  scenario: string,
  options: FollowCommandOptions & { readonly design?: unknown; readonly every?: number },
): void {
  const format = formatOf(options);
  if (!FORMATS.includes(format))
    throw new UsageError(`--trace is answered as ${FORMATS.join(', ')}, not ${format}`);
  if (options.design !== undefined)
    throw new UsageError('--trace is held against KVM as it is: --design goes without it');
  if (options.every !== undefined) throw new UsageError('--trace makes no reports: --every goes without it');
  if (scenario === '-' && options.trace === '-')
    throw new UsageError('scenario and trace cannot both be standard input');
}

/** Rules and registers behind the first page on which the kernel departs. */
function whyOf({ departure, policy }: Followed, engine: Evaluator): readonly string[] {
  const first = departure?.departures[0];
  if (!departure || !first) return [];
  const told = explain(engine.view(departure.vcpu, policy), first.start, { changes: false });
  // Headline and answer are no part of it: the step says what the model has.
  return [...explainLines(told, { subject: '', only: SECTIONS })]
    .slice(2)
    .map((line) => line.slice(2))
    .filter((line) => !line.startsWith('assumed:'));
}

/** `FILE:LINE: what is wrong: what helps`. */
function sayTrouble({ followed, source }: FollowedReport): void {
  const { trouble } = followed;
  if (!trouble) return;
  const place = trouble.line === undefined ? source.file : `${source.file}:${trouble.line}`;
  complain(`${place}: ${trouble.message}: ${trouble.remedy}`);
}

function linesOf(
  report: FollowedReport,
  scenario: Scenario,
  options: FollowCommandOptions,
): Iterable<string> {
  const format = formatOf(options);
  if (format === 'json') return followedJsonLines(report);
  if (format === 'ndjson') return followedNdjsonLines(report);
  const shape = { limit: options.limit ?? STEP_LIMIT, frames: frameCount(scenario.vm.maxphyaddr) };
  if (format === 'markdown') return markdownLines(followedLines(report, { ...shape, markdown: true }));
  return followedLines(report, { ...shape, ...textStyle(options) });
}

/**
 * Follows the trace, and writes what came of it.
 *
 * @param events - of the scenario, in the hands of somebody who counts them
 */
export async function followTraceFile(
  scenario: Scenario,
  engine: Evaluator,
  events: Iterable<ReplayEvent>,
  options: FollowCommandOptions,
): Promise<void> {
  const { trace, traceFrom, eagerPageSplit } = options;
  const input = await openInput(trace);
  const eagerSplit = eagerPageSplit && eagerPageSplit === 'Y';
  const follower = followScenario(scenario, engine, { eagerSplit, events });
  const source = await readTrace(input.chunks(), () => undefined, {
    file: input.name,
    onLine: (line) => follower.push(line),
    ...(traceFrom !== undefined && { from: traceFrom }),
  });
  if (!TRACE_FORMATS.includes(source.format)) {
    throw new UsageError(
      `${input.name} is a table of entries (${source.format}), which has no steps: --trace takes ${TRACE_FORMATS.join(', ')}`,
    );
  }
  const followed = follower.finish();
  const why = whyOf(followed, engine);
  const report: FollowedReport = { head: replayHead(scenario), count: scenario.count, source, followed, why };
  await writeAnswer(linesOf(report, scenario, options), options);
  sayTrouble(report);
  if (followed.departure) process.exitCode = EXIT_FOUND;
  else if (followed.trouble) process.exitCode = EXIT_INTERNAL;
}
