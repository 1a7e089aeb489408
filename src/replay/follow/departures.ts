/** Where the entries of a running KVM leave the model's, after one step. */
import type { GfnRange } from '../../types.ts';
import { codeOfValue, levelOfValue } from '../shared-ept.ts';
import type { EntryRun, StepJournal } from './step-journal.ts';

/**
 * How the kernel departs: `left`: it leaves an entry that the model zaps; `zapped`: it zaps one that stays in the model;
 * `not-installed`, `installed`: an entry is missing, or too many; `not-split`, `split`: a large entry stays, or goes,
 * unlike in the model; `level`, `type`, `ipat`: an entry is another; `bits`: other bits of it; `refaulted`: it was zapped
 * and came again, and stays in the model.
 */
export type DepartureKind =
  | 'left'
  | 'zapped'
  | 'not-installed'
  | 'installed'
  | 'not-split'
  | 'split'
  | 'level'
  | 'type'
  | 'ipat'
  | 'bits'
  | 'refaulted';

/** An entry as both sides know it: level, type and IPAT. */
export interface FollowedEntry {
  readonly level: 1 | 2 | 3;
  /** Memory type, 0..7. */
  readonly type: number;
  readonly ipat: 0 | 1;
}

/** Pages on which the kernel departs in one way. */
export interface Departure extends GfnRange {
  readonly kind: DepartureKind;
  /** KVM's address space: 0, or 1 for SMM. */
  readonly space: number;
  /** What was mapped before the step, one for each root that maps it; empty: nothing. */
  readonly before: readonly FollowedEntry[];
  /** What the model maps after the step. */
  readonly expected: readonly FollowedEntry[];
  /** What the trace shows. */
  readonly found: readonly FollowedEntry[];
  /** The line of the trace that shows it; undefined: no line does, and that is what is wrong. */
  readonly line?: number;
  /** Of `bits`: the entry, and the one that the model writes, host frame aside. */
  readonly entry?: bigint;
  readonly expectedEntry?: bigint;
}

type Values = readonly number[];

/** Runs of several lists, cut where any of them changes. */
export function eachCut(
  lists: readonly (readonly EntryRun[])[],
  { start, end }: GfnRange,
  visit: (start: number, end: number, values: readonly number[]) => void,
): void {
  const at = lists.map(() => 0);
  for (let from = start; from < end; ) {
    let to = end;
    const values = lists.map((runs, list) => {
      while (at[list]! < runs.length && runs[at[list]!]!.end <= from) at[list]! += 1;
      const run = runs[at[list]!];
      if (!run) return 0;
      if (run.start > from) {
        to = Math.min(to, run.start);
        return 0;
      }
      to = Math.min(to, run.end);
      return run.value;
    });
    visit(from, to, values);
    from = to;
  }
}

function entriesOf(values: Values): readonly FollowedEntry[] {
  return values.map((value) => {
    const code = codeOfValue(value);
    return { level: levelOfValue(value), type: code & 7, ipat: code >= 8 ? 1 : 0 };
  });
}

const mapped = (values: Values): number[] => values.filter((value) => value !== 0).sort((a, b) => a - b);
const isSame = (a: Values, b: Values): boolean => a.length === b.length && a.every((one, k) => one === b[k]);

/** What differs between two values that both are there. */
function changeKind(expected: number, found: number, isLostInModel: boolean, isLost: boolean): DepartureKind {
  if (isLostInModel && !isLost) return levelOfValue(expected) < levelOfValue(found) ? 'not-split' : 'left';
  const levels = levelOfValue(expected) - levelOfValue(found);
  if (levels !== 0) return levels > 0 && isLost && !isLostInModel ? 'split' : 'level';
  return (codeOfValue(expected) & 7) === (codeOfValue(found) & 7) ? 'ipat' : 'type';
}

function kindOfDifference(
  expected: Values,
  found: Values,
  isLostInModel: boolean,
  isLost: boolean,
): DepartureKind {
  if (expected.length > found.length) return isLost && !isLostInModel ? 'zapped' : 'not-installed';
  if (expected.length < found.length) return isLostInModel && !isLost ? 'left' : 'installed';
  const at = expected.findIndex((value, k) => value !== found[k]);
  return changeKind(expected[at]!, found[at]!, isLostInModel, isLost);
}

/** One side of a comparison. */
export interface Side {
  readonly journal: StepJournal;
  /**
   * Mapped runs after the step.
   *
   * @param start - first GFN
   * @param end - GFN behind the last
   * @returns a list for each root or layer
   */
  runs(start: number, end: number): readonly (readonly EntryRun[])[];
}

/**
 * Holds the entries after a step against each other, where either side changed anything.
 *
 * @param space - KVM's address space
 * @param counts - whether a frame is in a slot, before the step or after it: others are KVM's own affair
 */
export function departuresOf(
  space: number,
  model: Side,
  kernel: Side,
  counts: (gfn: number) => boolean,
): readonly Departure[] {
  const hulls = [model.journal.hull, kernel.journal.hull].filter((hull) => hull !== undefined);
  if (hulls.length === 0) return [];
  const range = {
    start: Math.min(...hulls.map(({ start }) => start)),
    end: Math.max(...hulls.map(({ end }) => end)),
  };
  const [ours, theirs] = [model.runs(range.start, range.end), kernel.runs(range.start, range.end)];
  const lists = [...ours, ...theirs, model.journal.lostFrames(), kernel.journal.lostFrames()];
  const departures: Departure[] = [];
  eachCut(lists, range, (start, end, values) => {
    const expected = mapped(values.slice(0, ours.length));
    const found = mapped(values.slice(ours.length, -2));
    const [isLostInModel, isLost] = [values.at(-2) !== 0, values.at(-1) !== 0];
    const differs = !isSame(expected, found);
    if ((!differs && isLostInModel === isLost) || !counts(start)) return;
    const kind = differs
      ? kindOfDifference(expected, found, isLostInModel, isLost)
      : isLost
        ? 'refaulted'
        : 'left';
    const was = kernel.journal.before(start);
    const before = was === undefined ? found : mapped([was]);
    add(departures, {
      kind,
      space,
      start,
      end,
      before: entriesOf(before),
      expected: entriesOf(expected),
      found: entriesOf(found),
    });
  });
  return departures;
}

/** Puts together what is next to each other and departs alike. */
function add(departures: Departure[], one: Departure): void {
  const last = departures.at(-1);
  const alike = ({ kind, before, expected, found }: Departure) =>
    JSON.stringify([kind, before, expected, found]);
  if (last && last.end === one.start && alike(last) === alike(one)) {
    departures[departures.length - 1] = { ...last, end: one.end };
  } else departures.push(one);
}
