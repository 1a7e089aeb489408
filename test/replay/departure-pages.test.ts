/** Where entries leave the model's after a step, against looking at each page. */
import { describe, expect, it } from 'vitest';
import { type Departure, type DepartureKind, departuresOf } from '../../src/replay/follow/departures.ts';
import { type EntryRun, StepJournal } from '../../src/replay/follow/step-journal.ts';
import { Rng } from '../generators/rng.ts';

const PAGES = 12;
const [WB_4K, UC_4K, WP_4K, WB_IPAT_4K, WB_2M, UC_2M] = [0x16, 0x10, 0x15, 0x1e, 0x26, 0x20];
const ENTRIES = [WB_4K, UC_4K, WP_4K, 0x14, WB_IPAT_4K, WB_2M, UC_2M];
const typeOf = (value: number): number => value & 7;
const levelOf = (value: number): number => value >> 4;

/** One side: what two roots map at each page, and which pages lost an entry. */
interface Pages {
  readonly roots: readonly (readonly number[])[];
  readonly lost: readonly boolean[];
  readonly journal: StepJournal;
}

/** A step: some pages lose their entry, some get one. */
function stepped(rng: Rng, before: readonly (readonly number[])[]): Pages {
  const journal = new StepJournal();
  const roots = before.map((root) => [...root]);
  const lost = new Array<boolean>(PAGES).fill(false);
  for (let n = rng.below(4); n > 0; n--) {
    const root = rng.pick(roots);
    const start = rng.below(PAGES);
    const end = Math.min(PAGES, start + rng.between(1, 5));
    const value = rng.pick([0, ...ENTRIES]);
    for (let gfn = start; gfn < end; gfn++) {
      if (root[gfn] !== 0) {
        journal.lost(gfn, gfn + 1, root[gfn]!, false);
        lost[gfn] = true;
      }
      if (value !== 0) journal.put(gfn, gfn + 1, value, false);
      root[gfn] = value;
    }
  }
  return { roots, lost, journal };
}

function runsOf(pages: readonly number[], start: number, end: number): readonly EntryRun[] {
  const runs: { start: number; end: number; value: number }[] = [];
  for (let gfn = start; gfn < end; gfn++) {
    const last = runs.at(-1);
    if (pages[gfn] === 0) continue;
    if (last?.end === gfn && last.value === pages[gfn]) last.end += 1;
    else runs.push({ start: gfn, end: gfn + 1, value: pages[gfn]! });
  }
  return runs;
}
const sideOf = ({ roots, journal }: Pages) => ({
  journal,
  runs: (start: number, end: number) => roots.map((root) => runsOf(root, start, end)),
});
const mappedAt = (roots: readonly (readonly number[])[], gfn: number): readonly number[] =>
  roots
    .map((root) => root[gfn]!)
    .filter((value) => value !== 0)
    .sort((a, b) => a - b);

/** What a page's departure is called, by the words of `DepartureKind`; undefined: it is none. */
function kindAt(ours: Pages, theirs: Pages, gfn: number): DepartureKind | undefined {
  const [expected, found] = [mappedAt(ours.roots, gfn), mappedAt(theirs.roots, gfn)];
  const stays = ours.lost[gfn]! && !theirs.lost[gfn]!;
  const goes = theirs.lost[gfn]! && !ours.lost[gfn]!;
  if (String(expected) === String(found)) return stays ? 'left' : goes ? 'refaulted' : undefined;
  if (expected.length !== found.length) {
    if (expected.length > found.length) return goes ? 'zapped' : 'not-installed';
    return stays ? 'left' : 'installed';
  }
  const at = expected.findIndex((value, k) => value !== found[k]);
  const [one, other] = [expected[at]!, found[at]!];
  if (stays) return levelOf(one) < levelOf(other) ? 'not-split' : 'left';
  if (levelOf(one) !== levelOf(other)) return goes && levelOf(one) > levelOf(other) ? 'split' : 'level';
  return typeOf(one) === typeOf(other) ? 'ipat' : 'type';
}

const entryOf = (value: number) => ({ level: levelOf(value), type: typeOf(value), ipat: (value >> 3) & 1 });
/** All that makes two pages one departure. */
const sayingOf = ({
  kind,
  before,
  expected,
  found,
}: { readonly [Key in keyof Departure]?: unknown }): string =>
  JSON.stringify([kind, before, expected, found]);

describe('departures', () => {
  it('are on the pages on which either side has or lost what the other has not, each kind by its name', () => {
    const rng = new Rng(17);
    const kinds = new Map<DepartureKind, number>();
    for (let n = 0; n < 2000; n++) {
      const [first, second] = [rng.pick([0, ...ENTRIES]), rng.chance(0.2) ? rng.pick(ENTRIES) : 0];
      const before = [first, second].map((value) => new Array<number>(PAGES).fill(value));
      const [ours, theirs] = [stepped(rng, before), stepped(rng, before)];
      const inSlot = Array.from({ length: PAGES }, () => true);
      if (rng.chance(0.1)) inSlot.fill(false);
      const departures = departuresOf(1, sideOf(ours), sideOf(theirs), (gfn) => inSlot[gfn]!);
      const said = new Array<string>(PAGES).fill('');
      for (const [index, one] of departures.entries()) {
        expect(one.space).toBe(1);
        expect(one.start).toBeGreaterThanOrEqual(departures[index - 1]?.end ?? 0);
        expect(one.end).toBeGreaterThan(one.start);
        said.fill(sayingOf(one), one.start, one.end);
        const last = departures[index - 1];
        if (last?.end === one.start) expect(sayingOf(one)).not.toBe(sayingOf(last));
        kinds.set(one.kind, (kinds.get(one.kind) ?? 0) + 1);
      }
      const expected = said.map((_, gfn) => {
        const kind = inSlot[gfn] ? kindAt(ours, theirs, gfn) : undefined;
        if (!kind) return '';
        const found = mappedAt(theirs.roots, gfn).map(entryOf);
        // Pages that depart alike are taken together, whatever was on the first of them.
        const first = departures.find(({ start, end }) => start <= gfn && gfn < end)?.start ?? gfn;
        const was = theirs.journal.before(first);
        return sayingOf({
          kind,
          before: was === undefined ? found : was === 0 ? [] : [entryOf(was)],
          expected: mappedAt(ours.roots, gfn).map(entryOf),
          found,
        });
      });
      expect([n, said]).toEqual([n, expected]);
    }
    expect([...kinds.keys()].sort()).toEqual([
      'installed',
      'ipat',
      'left',
      'level',
      'not-installed',
      'not-split',
      'refaulted',
      'split',
      'type',
      'zapped',
    ]);
    expect(Math.min(...kinds.values())).toBeGreaterThan(20);
  });
});
