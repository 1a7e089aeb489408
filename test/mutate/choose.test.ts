import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { chosen, mutantsIn } from '../../scripts/mutate/choose.ts';
import { EQUIVALENT, isAbout } from '../../scripts/mutate/equivalent.ts';
import { mutantsOf } from '../../scripts/mutate/operators.ts';
import type { Outcome } from '../../scripts/mutate/protocol.ts';
import { countsOf, differenceText, linesOf, roomLine, type Tried } from '../../scripts/mutate/report.ts';
import { ROOM_NAMES, roomOf } from '../../scripts/mutate/rooms.ts';

const TEXT = 'const a = 1;\nif (b < 2 && c) f(d, e);\n';
const MUTANTS = mutantsOf('a.ts', TEXT);
const placeOf = ({ start, operator }: { start: number; operator: string }) => `${start} ${operator}`;

describe('what a seed chooses', () => {
  it('is the same again, and something else of another seed or room', () => {
    const all = mutantsIn(roomOf('share').sources);
    const sample = chosen(all, 'share', 7n, 30);
    expect(chosen(all, 'share', 7n, 30)).toEqual(sample);
    expect(chosen(all, 'share', 8n, 30)).not.toEqual(sample);
    expect(chosen(all, 'diff', 7n, 30)).not.toEqual(sample);
    expect(new Set(sample).size).toBe(30);
  });

  it('takes each place once before any twice, and all there are', () => {
    const places = new Set(MUTANTS.map(placeOf)).size;
    expect(places).toBeLessThan(MUTANTS.length);
    for (const seed of [1n, 2n, 3n]) {
      expect(new Set(chosen(MUTANTS, 'a', seed, places).map(placeOf)).size).toBe(places);
      expect(new Set(chosen(MUTANTS, 'a', seed, 1000))).toEqual(new Set(MUTANTS));
    }
  });
});

describe('the rooms', () => {
  it.each(ROOM_NAMES)('%s has sources and tests', (name) => {
    const { sources, tests } = roomOf(name);
    expect(sources.length).toBeGreaterThan(0);
    expect(tests.length).toBeGreaterThan(0);
    expect(sources.filter((path) => /binary/.test(path))).toEqual([]);
  });
});

describe('the report', () => {
  const second = MUTANTS.find(({ operator }) => operator === 'logic')!;
  const outcome = (kind: Outcome['kind']): Outcome => ({ kind, by: '', cpuSeconds: 0 });
  const tried = (kind: Outcome['kind'], equivalent?: string): Tried => ({
    mutant: second,
    outcome: outcome(kind),
    ...(equivalent !== undefined && { equivalent }),
  });

  it('shows a mutant as a difference of whole lines', () => {
    expect(differenceText(TEXT, second)).toBe(
      'a.ts:2 logic\n-if (b < 2 && c) f(d, e);\n+if (b < 2 || c) f(d, e);',
    );
    const whole = { file: 'a.ts', operator: 'x', start: 0, end: TEXT.length - 1, replacement: ';' };
    expect(linesOf(TEXT, whole)).toEqual({ line: 1, before: TEXT.slice(0, -1), after: ';' });
  });

  it('counts kills among those that are neither equivalent nor refused', () => {
    const counts = countsOf([
      tried('killed'),
      tried('killed'),
      tried('timeout'),
      tried('survived'),
      tried('survived', 'so'),
      tried('refused'),
      tried('same'),
    ]);
    expect(counts).toEqual({ killed: 3, timeouts: 1, survived: 1, equivalent: 1, void: 2, percent: 75 });
    expect(roomLine('share', counts)).toBe(
      'share       75.0 %  3 of 4 killed, 1 of them by time, 1 equivalent, 2 no program or the same one',
    );
    expect(countsOf([]).percent).toBe(100);
  });
});

describe('the list of equivalent mutants', () => {
  const files = [...new Set(EQUIVALENT.map(({ file }) => file))];
  const entriesOf = (name: string) => EQUIVALENT.filter(({ file }) => file === name);

  it('is about mutants that there are', () => {
    for (const file of files) {
      const whole = readFileSync(file, 'utf8');
      const mutants = mutantsOf(file, whole);
      for (const entry of entriesOf(file)) {
        expect(
          mutants.some((mutant) => isAbout(entry, mutant, whole)),
          `${file}: ${entry.after}`,
        ).toBe(true);
        expect(entry.reason).toMatch(/\w{3}/);
      }
    }
  });

  it('names at most 3 % of a room outside assembly', () => {
    for (const name of ROOM_NAMES.filter((room) => room !== 'assembly')) {
      const { sources } = roomOf(name);
      if (!sources.some((path) => files.includes(path))) continue;
      const all = mutantsIn(sources);
      const texts = new Map(sources.map((path) => [path, readFileSync(path, 'utf8')]));
      const listed = all.filter((mutant) =>
        entriesOf(mutant.file).some((entry) => isAbout(entry, mutant, texts.get(mutant.file)!)),
      );
      expect(listed.length, name).toBeLessThanOrEqual(all.length * 0.03);
    }
  });
});
