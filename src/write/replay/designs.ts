/** Designs side by side under the same events, as a table for people, with what follows from each. */
import type { EventsWith, Recovery, ReplaySummary, ZapReason } from '../../replay/index.ts';
import { countText, pagesText, plural } from '../../words.ts';
import type { Column } from '../format/column.ts';
import { type TableOptions, tableLines } from '../format/table.ts';
import { headLines } from './head.ts';
import type { ReplayHead } from './json.ts';

const orNone = (count: number): string => (count === 0 ? '-' : countText(count));
const sizeOrNone = (pages: number): string => (pages === 0 ? '-' : pagesText(pages));

function number(
  name: string,
  title: string,
  value: (summary: ReplaySummary) => number,
  text: (value: number) => string = orNone,
): Column<ReplaySummary> {
  return { name, title, align: 'right', text: (row) => text(value(row)), value };
}

function zapsOf({ zaps }: ReplaySummary, reasons: readonly ZapReason[]): number {
  return zaps.reduce((sum, { reason, count }) => (reasons.includes(reason) ? sum + count : sum), 0);
}

/** What register writes and non-coherent DMA zap: what the counts of kernel developers are about. */
export function memtypeZaps(summary: ReplaySummary): number {
  return zapsOf(summary, ['mtrr', 'cr0cd', 'dma']);
}

function lostPages({ zaps }: ReplaySummary): number {
  return zaps.reduce((sum, { pages }) => sum + pages, 0);
}

const COLUMNS: readonly Column<ReplaySummary>[] = [
  { name: 'design', title: 'design', text: ({ design }) => design.name, value: ({ design }) => design.name },
  number('mtrr', 'MTRR zaps', (summary) => zapsOf(summary, ['mtrr'])),
  number('cd', 'CD', (summary) => zapsOf(summary, ['cr0cd'])),
  number('dma', 'DMA', (summary) => zapsOf(summary, ['dma'])),
  number('other', 'others', (summary) => zapsOf(summary, ['slot', 'dirty-log', 'root'])),
  number('entries', 'entries lost', ({ zaps }) => zaps.reduce((sum, { entries }) => sum + entries, 0)),
  number('lost', 'size', lostPages, sizeOrNone),
  number('installed', 'installed', ({ installed }) => installed),
  number('refaults', 'refaults', ({ refaults }) => refaults.entries),
  number('roots', 'roots', ({ peakRoots }) => peakRoots),
  number('tables', 'tables', ({ peakTables }) => peakTables),
  number('accesses', 'foreign accesses', ({ foreignAccesses }) => foreignAccesses),
  number('stale', 'stale', ({ last }) => last.stale.pages, sizeOrNone),
  number('foreign', 'foreign', ({ last }) => last.foreign.pages, sizeOrNone),
];

function eventsText({ events, first }: EventsWith, all: number): string {
  if (events === 0) return `after none of ${countText(all)} events`;
  const from = first === undefined ? 'from the start' : `first after event ${countText(first + 1)}`;
  return `after ${countText(events)} of ${countText(all)} events, ${from}`;
}

/** What does not depend on the design: when the vCPUs that run differ, and what no vCPU is needed for. */
function* commonLines({
  uniformity,
  events,
  installed,
  installedWithoutVcpu,
}: ReplaySummary): Generator<string> {
  yield `the registers of the vCPUs that run differ ${eventsText(uniformity.registers, events)}`;
  yield `they differ in effect, on a page in a slot, ${eventsText(uniformity.effect, events)}`;
  yield `entries whose type is known without a vCPU: ${countText(installedWithoutVcpu)} of ${countText(installed)}`;
}

/** Lines about recovering large pages when dirty logging ends. */
export function* recoveryLines({ regions, withoutVcpu, mixed, retyped }: Recovery): Generator<string> {
  yield `as dirty logging ends: ${plural(regions, 'region')} could be mapped large, ${countText(withoutVcpu)} of them without a vCPU; in ${countText(mixed)} the small entries differ in type`;
  yield `pages that change their type: ${countText(retyped.vcpu0)} if vCPU 0 decides, ${countText(retyped.inherit)} if the first small entry does, up to ${countText(retyped.refault)} if they are faulted in again`;
}

/** What follows from a design, in one line. */
export function consequenceText(summary: ReplaySummary): string {
  const { design, uniformity, peakRoots, peakTables, refaults, foreignAccesses, last } = summary;
  const parts: string[] = [];
  if (design.name === 'uniform') {
    const { events } = uniformity.registers;
    parts.push(
      events === 0
        ? 'refuses nothing'
        : `refuses the guest from event ${countText((uniformity.registers.first ?? -1) + 1)} on`,
    );
  }
  if (design.root === 'state')
    parts.push(`takes up to ${plural(peakRoots, 'root')} of ${plural(peakTables, 'table page')}`);
  parts.push(
    `${plural(memtypeZaps(summary), 'zap')} for types, ${plural(refaults.entries, 'entry', 'entries')} faulted in again`,
  );
  if (foreignAccesses > 0)
    parts.push(
      `${plural(foreignAccesses, 'page access', 'page accesses')} with a type that the vCPU does not demand`,
    );
  if (last.stale.pages > 0) parts.push(`${pagesText(last.stale.pages)} stale at the end`);
  else if (foreignAccesses === 0) parts.push('every access has the type that its vCPU demands');
  return `${design.name}: ${parts.join('; ')}`;
}

/** Lines that hold designs against each other. */
export function* designLines(
  head: ReplayHead,
  summaries: readonly ReplaySummary[],
  options: TableOptions,
): Generator<string, void, undefined> {
  const [first] = summaries;
  yield* headLines(head);
  yield `${countText(first!.events)} events under ${plural(summaries.length, 'design')}`;
  yield '';
  yield* tableLines(COLUMNS, summaries, options);
  yield '';
  yield 'what follows:';
  for (const summary of summaries) yield `  ${consequenceText(summary)}`;
  yield '';
  yield* commonLines(first!);
  if (first!.recovery) yield* recoveryLines(first!.recovery);
}
