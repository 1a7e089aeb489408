/** The rules of an assertions file, one key each: from what is written to what is demanded. */

import { AREA_NAMES, type Area, type Assertion, type Requirement, typesText } from '../../assert/index.ts';
import { RULES, type RuleId, SEVERITIES } from '../../check/index.ts';
import { MOST_VARIABLE_RANGES } from '../../msr/index.ts';
import { type Policy, wantsOf } from '../../policy/index.ts';
import { didYouMean } from '../../suggest.ts';
import { Fields, type Problems } from '../fields.ts';
import type { Path } from '../path.ts';
import { parseLevel, shown } from '../values.ts';
import { looksLikeRange, type OwnAreas, readArea, readPolicy, readTypes, readWord } from './values.ts';
import { DETAIL_KEYS, KEY_ALIASES, RULE_KEYS, SETTING_KEYS, VALUE_KEYS } from './words.ts';

/** What holds for all rules of a file where they say nothing of their own. */
export interface Defaults {
  readonly policy: Policy | undefined;
  readonly whenMissing: 'skip' | 'fail';
  readonly own: OwnAreas;
}

type Common = Pick<Assertion, 'isWarning' | 'whenMissing' | 'why'>;

function isMap(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Reads rules, one key at a time. */
export class RuleReader {
  constructor(
    private readonly problems: Problems,
    private readonly defaults: Defaults,
  ) {}

  #common(fields: Fields | undefined, path: Path): Common {
    const { whenMissing } = this.defaults;
    if (!fields) return { isWarning: false, whenMissing };
    const why = fields.text('why');
    const isWarning = fields.has('warn') && fields.flag('warn') === true;
    const own = fields.raw('when-missing');
    const chosen =
      own === undefined
        ? whenMissing
        : readWord(own, [...path, 'when-missing'], this.problems, ['skip', 'fail'] as const);
    return { isWarning, whenMissing: chosen ?? whenMissing, ...(why !== undefined && { why }) };
  }

  #made(path: Path, key: string, title: string, requirement: Requirement, common: Common): Assertion {
    const { file } = this.problems.places;
    const at = { file, ...this.problems.places.locate(path, 'key') };
    return { key, title, requirement, ...common, at };
  }

  /** The rules of one key: one, or more where a range has a type and a level, or `check` a list. */
  read(key: string, value: unknown): readonly Assertion[] {
    const name = KEY_ALIASES[key] ?? key;
    const { own } = this.defaults;
    // A name of the file's own wins.
    if (!own.has(key) && RULE_KEYS.some((one) => one.key === name)) return this.#valueRule(key, name, value);
    const known = [...own.keys(), ...AREA_NAMES.map((one) => one.name)];
    if (!known.includes(key) && !looksLikeRange(key)) {
      const words = [...RULE_KEYS.map((one) => one.key), ...known, ...SETTING_KEYS];
      const hint =
        didYouMean(key, words) ??
        'eptsweep assert --help has the rules and ranges; a name of your own goes under ranges:';
      this.problems.note([key], 'unknown rule', hint, 'key');
      return [];
    }
    const area = readArea(key, [key], this.problems, own, 'key');
    return area ? this.#areaRules(key, area, value) : [];
  }

  #areaRules(key: string, area: Area, value: unknown): readonly Assertion[] {
    const path: Path = [key];
    if (!isMap(value)) {
      const types = readTypes(value, path, this.problems);
      return types
        ? [this.#typesRule(path, key, area, [], types, this.defaults.policy, this.#common(undefined, path))]
        : [];
    }
    const fields = new Fields(value, path, this.problems, DETAIL_KEYS);
    const common = this.#common(fields, path);
    const policy = fields.has('policy')
      ? readPolicy(fields.raw('policy'), [...path, 'policy'], this.problems)
      : this.defaults.policy;
    const except = this.#except(fields.raw('except'), [...path, 'except']);
    const rules: Assertion[] = [];
    if (fields.has('type')) {
      const types = readTypes(fields.raw('type'), [...path, 'type'], this.problems);
      if (types) rules.push(this.#typesRule(path, key, area, except, types, policy, common));
    }
    if (fields.has('level')) {
      rules.push(
        ...this.#levelRule(path, fields.raw('level'), [...path, 'level'], {
          key,
          area,
          except,
          policy,
          common,
        }),
      );
    }
    // A misspelt key has been noted already.
    const isKnown = Object.keys(value).every((one) => DETAIL_KEYS.some((detail) => detail === one));
    if (isKnown && !fields.has('type') && !fields.has('level')) {
      this.problems.note(path, 'expected type or level in it, got neither', 'such as {type: WB}', 'value');
    }
    return rules;
  }

  #typesRule(
    path: Path,
    key: string,
    area: Area,
    except: readonly Area[],
    types: Extract<Requirement, { kind: 'types' }>['types'],
    policy: Policy | undefined,
    common: Common,
  ): Assertion {
    const under = policy && policy.row !== 'sdm' ? ` under ${policy.name}` : '';
    const but = except.length > 0 ? ` but for ${except.map(({ name }) => name).join(', ')}` : '';
    const title = `${key}${but} is ${typesText(types).replace(/^a /, 'of a ')}${under}`;
    return this.#made(path, key, title, { kind: 'types', extent: { area, except }, types, policy }, common);
  }

  #except(value: unknown, path: Path): readonly Area[] {
    if (value === undefined) return [];
    const items: readonly unknown[] = Array.isArray(value) ? value : [value];
    return items.flatMap((item, index) => {
      const at = Array.isArray(value) ? [...path, index] : path;
      return readArea(item, at, this.problems, this.defaults.own, 'value') ?? [];
    });
  }

  #levelRule(
    path: Path,
    value: unknown,
    at: Path,
    about: {
      readonly key: string;
      readonly area: Area;
      readonly except: readonly Area[];
      readonly policy: Policy | undefined;
      readonly common: Common;
    },
  ): readonly Assertion[] {
    const { key, area, except, policy, common } = about;
    const level = parseLevel(value);
    if (level === undefined || level === 1) {
      const hint = level === 1 ? 'every page has that' : undefined;
      this.problems.note(at, `expected 2M or 1G, got ${shown(value)}`, hint);
      return [];
    }
    if (policy && !wantsOf(policy).includes('levels')) {
      this.problems.note(
        at,
        `${policy.name} is known for its types alone, not for levels`,
        'use sdm or kvm-X.Y',
      );
      return [];
    }
    const under = policy && policy.row !== 'sdm' ? ` under ${policy.name}` : '';
    const title = `${key} is mapped by ${level === 2 ? '2M' : '1G'} pages${under}`;
    const requirement: Requirement = { kind: 'level', extent: { area, except }, level, policy };
    return [this.#made(path, `level of ${key}`, title, requirement, common)];
  }

  /** A rule that is not about a range: `key: value`, or a map with `value` and what else there is to say. */
  #valueRule(key: string, name: string, given: unknown): readonly Assertion[] {
    const fields = isMap(given) ? new Fields(given, [key], this.problems, VALUE_KEYS) : undefined;
    const path: Path = fields ? [key, 'value'] : [key];
    const value = fields ? fields.raw('value') : given;
    const common = this.#common(fields, [key]);
    if (fields && !fields.has('value')) {
      if (Object.keys(given as object).some((one) => !VALUE_KEYS.some((detail) => detail === one))) return [];
      this.problems.note(
        path,
        'expected what is demanded, it is missing',
        `such as {value: ..., warn: true}`,
      );
      return [];
    }
    const one = (title: string, requirement: Requirement | undefined): readonly Assertion[] =>
      requirement ? [this.#made([key], name, title, requirement, common)] : [];
    switch (name) {
      case 'default': {
        const types = readTypes(value, path, this.problems);
        return types ? one(`default type is ${typesText(types)}`, { kind: 'default', types }) : [];
      }
      case 'overlaps': {
        const word = readWord(value, path, this.problems, ['none', 'defined', 'disjoint'] as const);
        if (word === undefined) return [];
        const allowed = word === 'disjoint' ? 'disjoint' : 'defined';
        const title = allowed === 'disjoint' ? 'variable ranges do not overlap' : 'no undefined overlaps';
        return one(title, { kind: 'overlaps', allowed });
      }
      case 'max-variable':
      case 'min-free-variable': {
        const count = this.#count(value, path);
        const ranges = `${count} variable range${count === 1 ? '' : 's'}`;
        const title = name === 'max-variable' ? `at most ${ranges} in use` : `at least ${ranges} free`;
        return count === undefined ? [] : one(title, { kind: name, count });
      }
      case 'mtrrs':
      case 'fixed-ranges': {
        // YAML 1.1 and JSON say true and false.
        const word = typeof value === 'boolean' ? (value ? 'on' : 'off') : value;
        const state = readWord(word, path, this.problems, ['on', 'off'] as const);
        const what = name === 'mtrrs' ? 'MTRRs' : 'fixed ranges';
        return state ? one(`${what} are ${state}`, { kind: 'switch', which: name, on: state === 'on' }) : [];
      }
      case 'cpus': {
        const word = readWord(value, path, this.problems, ['identical', 'identical-registers'] as const);
        if (!word) return [];
        const equal = word === 'identical' ? 'types' : 'registers';
        return one(`CPUs are identical in ${equal === 'types' ? 'effect' : 'all registers'}`, {
          kind: 'cpus',
          equal,
        });
      }
      case 'level': {
        const area: Area = this.defaults.own.get('ram') ?? { kind: 'known', name: 'ram' };
        const { policy } = this.defaults;
        return this.#levelRule([key], value, path, { key: 'ram', area, except: [], policy, common });
      }
      default:
        return this.#checkRules(key, value, path, common);
    }
  }

  #count(value: unknown, path: Path): number | undefined {
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MOST_VARIABLE_RANGES)
      return value;
    this.problems.note(path, `expected an integer 0..${MOST_VARIABLE_RANGES}, got ${shown(value)}`);
    return undefined;
  }

  #checkRules(key: string, value: unknown, path: Path, common: Common): readonly Assertion[] {
    const severity = SEVERITIES.find((one) => one === String(value).toUpperCase());
    if (severity) {
      const title = `check finds nothing of ${severity}${severity === 'HIGH' ? '' : ' or worse'}`;
      return [this.#made([key], 'check', title, { kind: 'severity', severity }, common)];
    }
    if (Array.isArray(value) && value.length === 0) {
      this.problems.note(path, 'expected at least one rule of check, got an empty list');
      return [];
    }
    const items: readonly unknown[] = Array.isArray(value) ? value : [value];
    const ids: readonly string[] = RULES.map(({ id }) => id);
    return items.flatMap((item, index) => {
      const at = Array.isArray(value) ? [...path, index] : path;
      if (!ids.includes(String(item))) {
        const hint = didYouMean(String(item), [...ids, ...SEVERITIES]) ?? `known: ${ids.join(', ')}`;
        this.problems.note(at, `expected a rule of check or a severity, got ${shown(item)}`, hint);
        return [];
      }
      if (item === 'ranges-left') {
        this.problems.note(at, 'ranges-left always finds something', 'use min-free-variable');
        return [];
      }
      const rule = item as RuleId;
      const where = Array.isArray(value) ? at : [key];
      return [this.#made(where, rule, `check finds no ${rule}`, { kind: 'finding', rule }, common)];
    });
  }
}
