/** The axes of a spec: config paths with their values, tied ones, and what is excluded and included. */
import { InputError } from '../../errors.ts';
import { policy, policyHint, policyName, wantsOf } from '../../policy/index.ts';
import { didYouMean } from '../../suggest.ts';
import { type Assignment, canonicalText, type Dimension, type PlainValue } from '../../sweep/index.ts';
import type { Want } from '../../types.ts';
import { counted, listed } from '../../words.ts';
import type { Problems } from '../fields.ts';
import type { Path } from '../path.ts';
import { parsePath, requireValue } from '../paths.ts';
import { shown } from '../values.ts';
import { plainValue } from './plain.ts';
import { releasesOf } from './words.ts';

/** An axis as it was read. */
interface Axis {
  readonly path: string;
  readonly values: readonly PlainValue[];
}

/** What the axes of a spec say. */
export interface Axes {
  readonly dimensions: readonly Dimension[];
  readonly exclude: readonly Assignment[];
  readonly include: readonly Assignment[];
  readonly vcpus: 'first' | 'distinct';
}

type Texts = Readonly<Record<string, unknown>>;

/** Most combinations of a layout: their numbers are plain numbers. */
const MOST_COMBINATIONS = 2 ** 32;

/** Which axis may have been meant. */
function axisHint(name: string, axes: readonly string[]): string {
  return didYouMean(name, axes) ?? (axes.length > 0 ? `axes: ${axes.join(', ')}` : 'the spec has no axes');
}

/**
 * Whether a policy has an answer to what will be asked; noted where it has none.
 *
 * @param name - of a policy that there is
 */
export function answers(name: string, want: Want, at: Path, problems: Problems): boolean {
  const known = wantsOf(policy(policyName(name)));
  if (known.includes(want)) return true;
  problems.note(at, `${name} has no answer to want: ${want}`, `it has ${listed(known)}`);
  return false;
}

/** Reads the axes; everything wrong is noted. */
export class AxisReader {
  readonly #problems: Problems;
  readonly #want: Want;

  /** @param want - what will be asked, which not every policy answers */
  constructor(problems: Problems, want: Want) {
    this.#problems = problems;
    this.#want = want;
  }

  /** Whether there is such a path; noted where there is none. */
  #isPath(text: string, at: Path): boolean {
    try {
      parsePath(text);
      return true;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#problems.note(at, `no such axis: ${error.problem}`, error.hint, 'key');
      return false;
    }
  }

  /** A value of a path, or those that a range stands for; undefined where it is wrong. */
  #values(path: string, value: unknown, at: Path): readonly PlainValue[] | undefined {
    if (path === 'policy') {
      const releases = releasesOf(value);
      if (releases.kind === 'problem') {
        this.#problems.note(at, `${releases.message}, got ${shown(value)}`, releases.hint);
        return undefined;
      }
      if (releases.kind === 'releases') return releases.names.filter((name) => this.#isValue(path, name, at));
    }
    if (!this.#isValue(path, value, at)) return undefined;
    // One name for each policy, however it is spelled.
    const named = path === 'policy' && typeof value === 'string' ? policyName(value) : value;
    return [plainValue(named)];
  }

  #isValue(path: string, value: unknown, at: Path): boolean {
    if (path === 'policy' && typeof value === 'number') {
      this.#problems.note(
        at,
        `expected the name of a policy, got the number ${value}`,
        policyHint(value, []),
      );
      return false;
    }
    try {
      requireValue(parsePath(path), value);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#problems.note(at, error.problem, error.hint);
      return false;
    }
    if (path !== 'policy' || typeof value !== 'string') return true;
    return answers(value, this.#want, at, this.#problems);
  }

  #axis(path: string, value: unknown): Axis | undefined {
    const at: Path = ['axes', path];
    if (!this.#isPath(path, at)) return undefined;
    const list = Array.isArray(value) ? value : [value];
    if (list.length === 0) {
      this.#problems.note(
        at,
        'expected at least one value, got an empty list',
        'leave the axis out, or [[]] for an empty list as its value',
      );
      return undefined;
    }
    const places = list.map((one, index) => [one, Array.isArray(value) ? [...at, index] : at] as const);
    const seen = new Set<string>();
    const values = places.flatMap(([one, place]) =>
      (this.#values(path, one, place) ?? []).filter((plain) => {
        const key = canonicalText(plain);
        if (seen.has(key))
          this.#problems.note(place, `${typeof plain === 'string' ? plain : key} is given twice`);
        return !seen.has(key) && seen.add(key);
      }),
    );
    return values.length > 0 ? { path, values } : undefined;
  }

  /** Groups of tied axes, checked. */
  #ties(
    zip: readonly (readonly string[])[],
    given: Texts,
    axes: ReadonlyMap<string, Axis>,
  ): readonly (readonly string[])[] {
    const tied = new Set<string>();
    return zip.filter((group, index) => {
      const before = this.#problems.list.length;
      for (const [position, name] of group.entries()) {
        const at: Path = ['zip', index, position];
        if (!(name in given))
          this.#problems.note(at, `no axis "${name}"`, axisHint(name, Object.keys(given)));
        else if (tied.has(name)) this.#problems.note(at, `${name} is tied already`);
        tied.add(name);
      }
      const lengths = group.flatMap((name) => axes.get(name)?.values.length ?? []);
      if (
        before === this.#problems.list.length &&
        lengths.length === group.length &&
        new Set(lengths).size > 1
      ) {
        const each = group.map((name, at) => `${name} has ${lengths[at]}`);
        this.#problems.note(['zip', index], `expected axes of one length: ${listed(each)}`);
      }
      return before === this.#problems.list.length;
    });
  }

  #dimensions(axes: ReadonlyMap<string, Axis>, ties: readonly (readonly string[])[]): readonly Dimension[] {
    const done = new Set<string>();
    return [...axes.values()].flatMap(({ path }) => {
      if (done.has(path)) return [];
      const paths = ties.find((group) => group.includes(path)) ?? [path];
      for (const one of paths) done.add(one);
      const columns = paths.map((one) => axes.get(one)?.values ?? []);
      const values = (columns[0] ?? []).map((_, row) => columns.map((column) => column[row] ?? null));
      return [{ paths, values }];
    });
  }

  /** Every assignment that an entry stands for: a range of policies makes several. */
  #entries(entry: Texts, at: Path, isKnown: (path: string, place: Path) => boolean): readonly Assignment[] {
    if (Object.keys(entry).length === 0) {
      this.#problems.note(at, 'expected at least one value by axis, got an empty map');
      return [];
    }
    let all: Assignment[] = [{}];
    for (const [path, value] of Object.entries(entry)) {
      const place = [...at, path];
      const values = isKnown(path, place) ? this.#values(path, value, place) : undefined;
      if (!values) return [];
      all = all.flatMap((before) => values.map((one) => ({ ...before, [path]: one })));
    }
    return all;
  }

  #exclude(list: readonly Texts[], given: Texts, axes: ReadonlyMap<string, Axis>): readonly Assignment[] {
    const names = Object.keys(given);
    const isAxis = (path: string, place: Path): boolean => {
      if (path in given) return axes.has(path);
      this.#problems.note(place, `no axis "${path}"`, axisHint(path, names), 'key');
      return false;
    };
    return list.flatMap((entry, index) => {
      const at: Path = ['exclude', index];
      const entries = this.#entries(entry, at, isAxis);
      const has = (path: string, value: PlainValue) =>
        axes.get(path)?.values.some((one) => canonicalText(one) === canonicalText(value)) === true;
      const found = entries.filter((one) => Object.entries(one).every(([path, value]) => has(path, value)));
      if (entries.length > 0 && found.length === 0) {
        this.#problems.note(at, 'leaves nothing out: no axis has these values');
      }
      return found;
    });
  }

  /**
   * Reads axes.
   *
   * @param given - values by path
   * @param zip - groups of axes
   * @param exclude - combinations to leave out
   * @param include - combinations to add
   */
  read(
    given: Texts,
    zip: readonly (readonly string[])[],
    exclude: readonly Texts[],
    include: readonly Texts[],
  ): Axes {
    const isDistinct = given.vcpus === 'distinct';
    const own = Object.fromEntries(
      Object.entries(given).filter(([path]) => !(isDistinct && path === 'vcpus')),
    );
    const read = Object.entries(own).flatMap(([path, value]) => this.#axis(path, value) ?? []);
    const axes = new Map(read.map((axis) => [axis.path, axis]));
    const dimensions = this.#dimensions(axes, this.#ties(zip, own, axes));
    const product = dimensions.reduce((product, { values }) => product * values.length, 1);
    if (product > MOST_COMBINATIONS) {
      this.#problems.note(['axes'], `the axes have more than ${counted(MOST_COMBINATIONS, 'combination')}`);
    }
    const isPath = (path: string, place: Path) => this.#isPath(path, place);
    return {
      dimensions,
      exclude: this.#exclude(exclude, own, axes),
      include: include.flatMap((entry, index) => this.#entries(entry, ['include', index], isPath)),
      vcpus: isDistinct ? 'distinct' : 'first',
    };
  }
}
