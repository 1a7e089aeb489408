/** Steps of a trace and departures from the model, in words. */
import type {
  Departure,
  DepartureKind,
  EntryEffects,
  FollowedEntry,
  FollowedStep,
} from '../../replay/index.ts';
import { addresses, countText, eptText, hexText, levelText, pagesText } from '../../words.ts';
import type { Column } from '../format/column.ts';
import { eventText } from './words.ts';

const KINDS: Readonly<Record<DepartureKind, string>> = {
  left: 'is left, though the model zaps it',
  zapped: 'is zapped, though it stays in the model',
  'not-installed': 'is not installed',
  installed: 'is installed, though the model maps nothing there',
  'not-split': 'stays whole, though the model splits it',
  split: 'is split, though it stays whole in the model',
  level: 'is mapped at another level',
  type: 'has another memory type',
  ipat: 'differs in IPAT',
  bits: 'has other bits than the model writes',
  refaulted: 'was zapped and came again, though it stays in the model',
};

/** What a kind of departure means: behind a range, without a full stop. */
export function departureText(kind: DepartureKind): string {
  return KINDS[kind];
}

/** `2M WB + IPAT`; `nothing`. */
export function mappedText(entries: readonly FollowedEntry[]): string {
  if (entries.length === 0) return 'nothing';
  return entries.map(({ level, type, ipat }) => `${levelText(level)} ${eptText(type, ipat)}`).join(' and ');
}

/** Where a departure is. */
export function departurePlace({ start, end, space }: Departure): string {
  const smm = space === 0 ? '' : ', in SMM';
  return `${addresses({ start, end })} (${pagesText(end - start)}${smm})`;
}

/** What the two sides have, in one line. */
export function sidesText(departure: Departure): string {
  const { before, expected, found, line, entry, expectedEntry } = departure;
  const at = line === undefined ? '' : ` (line ${line})`;
  if (entry !== undefined && expectedEntry !== undefined) {
    return `model: ${hexText(expectedEntry)}; trace: ${hexText(entry)}${at}`;
  }
  return `before: ${mappedText(before)}; model: ${mappedText(expected)}; trace: ${mappedText(found)}${at}`;
}

function effectsText({ installed, dropped, split, recovered }: EntryEffects): string {
  const parts: string[] = [];
  if (dropped > 0) parts.push(`drops ${countText(dropped)}`);
  if (split > 0) parts.push(`splits ${countText(split)}`);
  if (recovered > 0) parts.push(`recovers ${countText(recovered)}`);
  if (installed > 0) parts.push(`installs ${countText(installed)}`);
  return parts.join(', ') || '-';
}

/** Whether a step has anything to show. */
export function isNotableStep({ expected, found, departures }: FollowedStep): boolean {
  return departures.length > 0 || effectsText(expected) !== '-' || effectsText(found) !== '-';
}

function column(name: string, title: string, text: (step: FollowedStep) => string): Column<FollowedStep> {
  return { name, title, text, value: text };
}

/** Columns of steps, for tables. */
export const STEP_TABLE: readonly Column<FollowedStep>[] = [
  { ...column('step', '#', ({ step }) => countText(step)), align: 'right' },
  column('event', 'event', ({ event }) => eventText(event)),
  column('expected', 'model', ({ expected }) => effectsText(expected)),
  column('found', 'trace', ({ found }) => effectsText(found)),
  { ...column('line', 'line', ({ line }) => countText(line)), align: 'right' },
  {
    ...column('kernel', 'kernel', ({ departures }) => (departures.length > 0 ? 'DEPARTS' : 'agrees')),
    colour: ({ departures }) => (departures.length > 0 ? 'red' : undefined),
  },
];
