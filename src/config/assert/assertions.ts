/** An assertions file for `eptsweep assert`, read and checked as a whole: everything that is wrong with it, at once. */
import {
  type Area,
  type Assertion,
  type AssertionList,
  assertionConflicts,
  typesText,
} from '../../assert/index.ts';
import { ConfigError } from '../../errors.ts';
import type { Policy } from '../../policy/index.ts';
import { addresses } from '../../words.ts';
import { Fields, Problems } from '../fields.ts';
import { readSource } from '../source.ts';
import { shown } from '../values.ts';
import { RuleReader } from './rules.ts';
import { type OwnAreas, readPolicy, readRange, readWord } from './values.ts';
import { RULE_KEYS, SETTING_KEYS } from './words.ts';

function isMap(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

const NAME = /^[A-Za-z][\w. -]{0,63}$/;
const RANGE_VALUES = 'a range, a list of ranges, or {named: "a name in the map, * for anything"}';

/** Names that the file itself gives. */
function ownAreas(value: unknown, problems: Problems): OwnAreas {
  const own = new Map<string, Area>();
  if (value === undefined) return own;
  if (!isMap(value)) {
    problems.note(['ranges'], `expected a map of names, got ${shown(value)}`);
    return own;
  }
  const taken: readonly string[] = [...RULE_KEYS.map(({ key }) => key), ...SETTING_KEYS];
  for (const [name, given] of Object.entries(value)) {
    const path = ['ranges', name];
    if (!NAME.test(name) || taken.includes(name)) {
      const why = taken.includes(name) ? 'is a key of its own' : 'is no name';
      problems.note(path, `"${name}" ${why}`, 'a name starts with a letter and is no other rule', 'key');
      continue;
    }
    const area = ownArea(name, given, problems);
    if (area) own.set(name, area);
  }
  return own;
}

function ownArea(name: string, given: unknown, problems: Problems): Area | undefined {
  const path = ['ranges', name];
  if (isMap(given)) {
    const pattern = new Fields(given, path, problems, ['named']).text('named');
    if (Object.keys(given).length === 0) problems.note(path, `expected ${RANGE_VALUES}, got an empty map`);
    return pattern === undefined ? undefined : { kind: 'pattern', name, pattern };
  }
  if (Array.isArray(given) && given.length === 0) {
    problems.note(path, 'expected at least one range, got an empty list');
    return undefined;
  }
  const items: readonly unknown[] = Array.isArray(given) ? given : [given];
  const ranges = items.map((item, index) =>
    readRange(item, Array.isArray(given) ? [...path, index] : path, problems, 'value'),
  );
  return ranges.includes(undefined)
    ? undefined
    : { kind: 'addresses', name, ranges: ranges.map((one) => one!) };
}

function noteConflicts(assertions: readonly Assertion[], problems: Problems): void {
  for (const { first, second, range } of assertionConflicts(assertions)) {
    if (first.requirement.kind !== 'types' || second.requirement.kind !== 'types') continue;
    const where = range ? `${addresses(range)} has to be` : `${second.key} has to be`;
    const { file, line, column } = second.at;
    problems.take([
      {
        file,
        line,
        column,
        path: second.key,
        message: `contradicts ${first.key} in line ${first.at.line}: ${where} ${typesText(second.requirement.types)} here and ${typesText(first.requirement.types)} there`,
        hint: 'give both a type in common, or one of them except:',
      },
    ]);
  }
}

/** What {@link parseAssertions} takes besides the text: what holds instead of the file's own settings. */
export interface AssertionOptions {
  /** Where a rule has no policy of its own. */
  readonly policy?: Policy | undefined;
  readonly whenMissing?: 'skip' | 'fail' | undefined;
}

/**
 * Reads an assertions file.
 *
 * @param text - YAML or JSON
 * @param file - its name, for messages
 * @throws ConfigError with line, column and path of everything that is wrong, contradictions included
 * @example
 * parseAssertions('ram: WB\nmax-variable: 8\n', 'policy.yml').assertions.length; // 2
 */
export function parseAssertions(
  text: string,
  file = 'policy',
  options: AssertionOptions = {},
): AssertionList {
  const source = readSource(text, file, {
    what: 'an assertions file',
    hint: 'rules such as "ram: WB"; docs/assert.md names all',
  });
  const problems = new Problems(source);
  if (!isMap(source.value)) {
    problems.note([], `expected a map of rules, got ${shown(source.value)}`, 'rules such as "ram: WB"');
    throw new ConfigError(problems.list);
  }
  const map = source.value;
  const settings = new Fields(
    Object.fromEntries(SETTING_KEYS.map((key) => [key, map[key]])),
    [],
    problems,
    SETTING_KEYS,
  );
  const policy = map.policy === undefined ? undefined : readPolicy(map.policy, ['policy'], problems);
  const whenMissing =
    map['when-missing'] === undefined
      ? 'skip'
      : (readWord(map['when-missing'], ['when-missing'], problems, ['skip', 'fail'] as const) ?? 'skip');
  const noncoherentDma = settings.has('noncoherent-dma') ? settings.flag('noncoherent-dma') : undefined;
  for (const key of ['name', 'description', '$schema']) if (settings.has(key)) settings.text(key);
  const own = ownAreas(map.ranges, problems);
  const reader = new RuleReader(problems, {
    policy: options.policy ?? policy,
    whenMissing: options.whenMissing ?? whenMissing,
    own,
  });
  const isSetting = (key: string) => SETTING_KEYS.some((one) => one === key);
  const rules = Object.entries(map).filter(([key]) => !isSetting(key));
  const assertions = rules.flatMap(([key, value]) => reader.read(key, value));
  if (rules.length === 0) {
    problems.note([], 'expected at least one rule, got none', 'rules such as "ram: WB"');
  }
  noteConflicts(assertions, problems);
  if (problems.list.length > 0) {
    throw new ConfigError([...problems.list].sort((a, b) => a.line - b.line || a.column - b.column));
  }
  const name =
    typeof map.name === 'string' ? map.name : file.replace(/^.*[/\\]/, '').replace(/\.(ya?ml|json)$/i, '');
  return { name, file, noncoherentDma, assertions };
}
