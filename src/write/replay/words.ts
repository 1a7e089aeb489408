/** Events, zaps and reports of a replay in words, and as rows of a timeline. */
import type { Actor, DesignRules, ReplayEvent, ReplayReport, ReplayStep, Zap } from '../../replay/index.ts';
import { addresses, addressText, countText, hexText, pagesText, plural } from '../../words.ts';
import type { Column } from '../format/column.ts';

function actorText({ by }: { readonly by?: Actor }): string {
  return by === 'vmm' ? ' (VMM)' : '';
}

function cr0Text({ pg, wp, cd, nw }: Extract<ReplayEvent, { kind: 'cr0' }>): string {
  const bits = Object.entries({ PG: pg, WP: wp, CD: cd, NW: nw }).filter(([, bit]) => bit !== undefined);
  return bits.map(([name, bit]) => `CR0.${name}=${bit ? 1 : 0}`).join(', ');
}

/** An event in a few words. */
export function eventText(event: ReplayEvent): string {
  switch (event.kind) {
    case 'wrmsr':
      return `vCPU ${event.vcpu}: WRMSR ${hexText(event.msr)} <- ${hexText(event.value)}${actorText(event)}`;
    case 'cr0cd':
      return `vCPU ${event.vcpu}: CR0.CD=${event.on ? 1 : 0}${actorText(event)}`;
    case 'cr0':
      return `vCPU ${event.vcpu}: ${cr0Text(event)}${actorText(event)}`;
    case 'efer':
      return `vCPU ${event.vcpu}: EFER.NXE=${event.nx ? 1 : 0}${actorText(event)}`;
    case 'smi':
      return `vCPU ${event.vcpu}: SMI`;
    case 'rsm':
      return `vCPU ${event.vcpu}: RSM`;
    case 'nested':
      return `vCPU ${event.vcpu} ${event.on ? 'enters' : 'leaves'} a nested guest`;
    case 'sipi':
      return `vCPU ${event.vcpu}: SIPI`;
    case 'stop':
      return `vCPU ${event.vcpu} is stopped by the VMM`;
    case 'start':
      return `vCPU ${event.vcpu} runs again`;
    case 'dma':
      return `non-coherent DMA ${event.on ? 'starts' : 'stops'}`;
    case 'touch': {
      const { start, end } = event.range;
      const where = end === start + 1 ? addressText(start) : addresses({ start, end });
      return `vCPU ${event.vcpu}: ${event.access}s ${where}`;
    }
    case 'slot-add': {
      const { gfn, count } = event.slot;
      return `slot ${addresses({ start: gfn, end: gfn + count })} added${event.mmio ? ' (host MMIO)' : ''}`;
    }
    case 'slot-move':
      return `slot ${addressText(event.gfn)} moved to ${addressText(event.to)}`;
    case 'slot-remove':
      return `slot ${addressText(event.gfn)} removed`;
    case 'dirty-log':
      return `slot ${addressText(event.gfn)}: dirty logging ${event.on ? 'on' : 'off'}`;
    case 'quirk':
      return `quirk ${event.quirk} ${event.on ? 'on' : 'off'}`;
    case 'reset':
      return `vCPU ${event.vcpu}: RESET${event.waits ? ', waits for SIPI' : ''}`;
    case 'init':
      return `vCPU ${event.vcpu}: INIT${event.waits ? ', waits for SIPI' : ''}`;
    case 'hotplug':
      return `vCPU ${event.vcpu} is plugged in`;
    case 'unplug':
      return `vCPU ${event.vcpu} is taken out`;
    case 'report':
      return 'report';
  }
}

/** `1 entry`, `2 entries`. */
export function entriesText(count: number): string {
  return plural(count, 'entry', 'entries');
}

/** What was zapped, in a few words. */
export function zapText({ reason, ranges, lost, withRoot }: Zap, frames: number): string {
  const [range] = ranges;
  const { start, end } = range!;
  const what = `${entriesText(lost.entries)}${withRoot ? `, ${countText(withRoot.entries)} of them with the root` : ''}`;
  if (reason === 'root') return `that nobody holds any more: ${what}`;
  if (ranges.length > 1) return `${countText(ranges.length)} ranges: ${what}`;
  if (end <= start)
    return `${addressText(start)} to ${addressText(end)}: ${withRoot ? `empty; ${what}` : 'empty'}`;
  const where = start === 0 && end === frames ? 'everything' : addresses({ start, end });
  return `${where}: ${what}`;
}

/** One line of a timeline. */
export interface TimelineRow {
  readonly step: ReplayStep;
  /** Frames of the guest's space. */
  readonly frames: number;
}

/** Pages as a size, `-` for none. */
function sizeOrNone(pages: number | undefined): string {
  if (pages === undefined) return '';
  return pages === 0 ? '-' : pagesText(pages);
}

function outcomeText(step: ReplayStep, frames: number): string {
  const { verdict, zap, touched, split = 0, recovered = 0 } = step;
  const parts: string[] = [];
  if (verdict !== 'done') parts.push(verdict);
  if (zap) parts.push(`${zap.reason === 'root' ? 'gives up the root' : 'zaps'} ${zapText(zap, frames)}`);
  if (split > 0) parts.push(`splits ${entriesText(split)}`);
  if (recovered > 0) parts.push(`recovers ${entriesText(recovered)}`);
  if (touched && touched.installed > 0) parts.push(`installs ${entriesText(touched.installed)}`);
  if (touched && touched.replaced > 0) parts.push(`replaces ${countText(touched.replaced)}`);
  if (touched && touched.foreign > 0) parts.push(`uses ${pagesText(touched.foreign)} foreign`);
  return parts.join(', ');
}

function reportColumn(
  name: string,
  title: string,
  pages: (report: ReplayReport) => number,
): Column<TimelineRow> {
  return {
    name,
    title,
    align: 'right',
    text: ({ step }) => sizeOrNone(step.report && pages(step.report)),
    value: ({ step }) => step.report && pages(step.report),
  };
}

/** Mapped pages of a report. */
export function mappedPages({ entries }: ReplayReport): number {
  return entries.reduce((sum, { pages }) => sum + pages, 0);
}

const TIMELINE_COLUMNS: readonly Column<TimelineRow>[] = [
  {
    name: 'event',
    title: '#',
    align: 'right',
    text: ({ step }) => String(step.index + 1),
    value: ({ step }) => step.index + 1,
  },
  {
    name: 'text',
    title: 'event',
    text: ({ step }) => eventText(step.event),
    value: ({ step }) => eventText(step.event),
  },
  {
    name: 'outcome',
    title: 'outcome',
    text: ({ step, frames }) => outcomeText(step, frames),
    value: ({ step, frames }) => outcomeText(step, frames),
    colour: ({ step }) => (step.verdict === '#GP' ? 'red' : undefined),
  },
  {
    name: 'disagree',
    title: 'disagree',
    align: 'right',
    text: ({ step }) => sizeOrNone(step.disagree),
    value: ({ step }) => step.disagree,
  },
  reportColumn('mapped', 'mapped', mappedPages),
  reportColumn('stale', 'stale', ({ stale }) => stale.pages),
  reportColumn('foreign', 'foreign', ({ foreign }) => foreign.pages),
];

function countColumn(name: 'roots' | 'tables'): Column<TimelineRow> {
  return {
    name,
    title: name,
    align: 'right',
    text: ({ step }) => (step.report ? countText(step.report[name]) : ''),
    value: ({ step }) => step.report?.[name],
  };
}

/** Columns of a timeline, for tables. Where a design gives each state a root, with how many there are. */
export function timelineColumns({ root }: DesignRules): readonly Column<TimelineRow>[] {
  return root === 'state'
    ? [...TIMELINE_COLUMNS, countColumn('roots'), countColumn('tables')]
    : TIMELINE_COLUMNS;
}
