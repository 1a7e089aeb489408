/** What `map` tells of a machine beside its types: SMRAM, KeyIDs, and what its Linux makes of the MTRRs. */
import type { HostLinuxStretch, LinuxMapping } from '../../explain/index.ts';
import { typeName } from '../../types.ts';
import { countText, levelText } from '../../words.ts';
import type { Column, JsonValue } from '../format/column.ts';
import { rowObject } from '../format/json.ts';
import { LimitedRows } from '../format/limited-rows.ts';
import { type By, rangeColumns } from '../format/range-columns.ts';
import { type TableOptions, tableLines } from '../format/table.ts';
import { hostFactsLines } from '../host-facts.ts';
import type { MapJob } from './job.ts';

function granted({ granted: type, gets }: LinuxMapping): string {
  return `${typeName(type)}: ${typeName(gets)}`;
}

function mappingJson(mapping: LinuxMapping): JsonValue {
  return { granted: typeName(mapping.granted), gets: typeName(mapping.gets) };
}

type Told = (stretch: HostLinuxStretch) => string;

function forPeople(title: string, text: Told): Column<HostLinuxStretch> {
  return { name: title, title, text, value: text };
}

/** One Linux for people: what a WB request gets, and how large its pages may be. */
function readingColumns(index: 0 | 1, releases: string): Column<HostLinuxStretch>[] {
  return [
    forPeople(`WB ${releases}`, ({ story }) => granted(story.readings[index]!.writeBack)),
    forPeople(`page ${releases}`, ({ story }) => levelText(story.readings[index]!.level)),
  ];
}

function peoplesColumns(by: By): Column<HostLinuxStretch>[] {
  return [
    ...rangeColumns(by, true),
    forPeople('MTRR', ({ story }) => typeName(story.type)),
    forPeople('ioremap', ({ story }) => granted(story.ioremap)),
    forPeople('ioremap_wc', ({ story }) => granted(story.ioremapWc)),
    ...readingColumns(0, '<= 6.4'),
    ...readingColumns(1, '>= 6.5'),
  ];
}

function programsColumns(by: By): Column<HostLinuxStretch>[] {
  const column = (
    name: string,
    value: (stretch: HostLinuxStretch) => JsonValue,
  ): Column<HostLinuxStretch> => ({
    name,
    title: name,
    text: (stretch) => String(value(stretch)),
    value,
  });
  return [
    ...rangeColumns(by, false),
    column('mtrr', ({ story }) => typeName(story.type)),
    column('untracked', ({ story }) => story.isUntracked),
    column('ioremap', ({ story }) => mappingJson(story.ioremap)),
    column('ioremapWc', ({ story }) => mappingJson(story.ioremapWc)),
    column('readings', ({ story }) =>
      story.readings.map(({ lookup, type, writeBack, level }) => ({
        lookup,
        type: typeName(type),
        writeBack: mappingJson(writeBack),
        level,
      })),
    ),
  ];
}

/** Lines of the table behind the headline: facts of the machine. */
export function* factLines({ host, vm }: MapJob): Generator<string> {
  for (const [label, text] of host ? hostFactsLines(host, vm.maxphyaddr) : []) yield `${label} ${text}`;
}

/** A table of what Linux makes of the range. */
export function* linuxTable({ linux, by, limit }: MapJob, style: TableOptions): Generator<string> {
  if (!linux) return;
  const rows = new LimitedRows(linux(), limit);
  yield '';
  yield 'under its own Linux, as "type of the page-table entry: what an access gets", and the largest page of a mapping';
  yield '';
  yield* tableLines(peoplesColumns(by), rows, style);
  if (rows.truncated) yield `... more than ${countText(limit)} stretches; --limit lists more`;
}

/** The same as JSON. */
export function linuxJson({ linux, by, limit }: MapJob): JsonValue | undefined {
  if (!linux) return undefined;
  const rows = new LimitedRows(linux(), limit);
  const columns = programsColumns(by);
  const spans = [...rows].map((row) => rowObject(columns, row));
  return { spans, ...(rows.truncated && { truncated: true }) };
}
