/** What can stand in an argument or behind an option, so that a shell can complete it. */
import { RULES } from '../../check/index.ts';
import { listPaths } from '../../config/paths.ts';
import { PRESETS } from '../../config/presets/index.ts';
import { SCENARIOS } from '../../config/scenarios/index.ts';
import { CASE_KINDS } from '../../fuzz/index.ts';
import { PEER_NAMES, POLICY_NAMES } from '../../policy/index.ts';
import { changedReleases } from '../../policy/kvm.ts';
import { FORMATS } from '../../read/formats.ts';
import { ENTRY_FORMATS } from '../../read/trace/formats.ts';
import { DESIGNS } from '../../share/index.ts';
import { WANTS } from '../../types.ts';
import { ENGINE_NAMES } from '../../vm/index.ts';
import { RECIPES } from '../../write/registers/capture.ts';
import { VECTOR_TABLES } from '../../write/vectors/tables.ts';

/** What a shell offers for a value. */
export interface Value {
  readonly words: readonly string[];
  /** Several words, with commas between them. */
  readonly isList?: true;
  readonly files?: 'files' | 'folders';
}

const names = (list: readonly { readonly name: string }[]): string[] => list.map(({ name }) => name);
const TYPES = ['UC', 'WC', 'WT', 'WP', 'WB'];
/** The rows, then releases that a row stands for: `kvm-5.` is begun by many and is no row. */
const POLICIES = [...new Set([...POLICY_NAMES, ...changedReleases(), ...PEER_NAMES])];

/** Paths as they begin to be typed: the first of a list, the name of an MSR still to come. */
const SETTABLE = listPaths().map(({ path }) =>
  path.endsWith('.NAME') ? path.slice(0, -4) : `${path.replaceAll('[N]', '[0]')}=`,
);

/**
 * Values that commander does not know as choices, by `command <argument>`, `command --option`, `<placeholder>` or
 * `--option`; the first of these that is here counts.
 */
const VALUES: Readonly<Record<string, Value>> = {
  '<config>': { words: names(PRESETS), files: 'files' },
  '<other>': { words: names(PRESETS), files: 'files' },
  '<configs>': { words: names(PRESETS), files: 'files' },
  '<spec>': { words: [], files: 'files' },
  '<scenario>': { words: names(SCENARIOS), files: 'files' },
  '<file>': { words: [], files: 'files' },
  '<assertions-file>': { words: [], files: 'files' },
  '<dir>': { words: [], files: 'folders' },
  '<where>': { words: names(RECIPES) },
  '--shard': { words: ['auto'] },
  'list <name>': { words: [...names(PRESETS), ...names(SCENARIOS)] },
  '--policy': { words: POLICIES },
  'fuzz --policies': { words: POLICIES, isList: true },
  'page --policy': { words: POLICIES, isList: true },
  '--against': { words: POLICIES },
  'diff --against': {
    words: [
      ...POLICIES.map((name) => `policy:${name}`),
      ...ENGINE_NAMES.map((name) => `engine:${name}`),
      ...names(PRESETS).map((name) => `config:${name}`),
      'vcpu:',
      'set:',
      ...['firmware', 'after-cleanup', 'permanent', 'temporary'].map((name) => `stage:${name}`),
      'boot:',
    ],
  },
  'fit --for': { words: POLICIES },
  'fit --want': { words: ['own', 'ram'], files: 'files' },
  'fit --rest': { words: TYPES, isList: true },
  'fit --default': { words: TYPES, isList: true },
  '--trace-from': { words: names(ENTRY_FORMATS) },
  '--across': { words: ['kernels=', 'vcpus', 'peers', 'ncdma', 'quirks'] },
  '--want': { words: WANTS, isList: true },
  '--from': { words: names(FORMATS) },
  '--pat': { words: ['UC-', ...TYPES] },
  '--rules': { words: RULES.map(({ id }) => id), isList: true },
  '--disable': { words: RULES.map(({ id }) => id), isList: true },
  '--design': { words: DESIGNS, isList: true },
  '--tables': { words: VECTOR_TABLES, isList: true },
  '--kinds': { words: CASE_KINDS, isList: true },
  '--engines': { words: ENGINE_NAMES, isList: true },
  '--min-severity': { words: ['HIGH', 'MEDIUM', 'LOW', 'INFO'] },
  '--boot': { words: ['last'] },
  '--stage': { words: ['firmware', 'after-cleanup', 'permanent', 'temporary'] },
  '--vcpu': { words: ['all', 'distinct'] },
  '--set': { words: SETTABLE },
};

/**
 * What can stand there.
 *
 * @param command - name of the command
 * @param placeholder - what stands between the brackets of the help, `file`
 * @param option - `--output`, for an option's value
 * @returns undefined where anything can: a number, an address
 */
export function possibleValue(command: string, placeholder: string, option?: string): Value | undefined {
  const keys = option
    ? [`${command} ${option}`, `<${placeholder}>`, option]
    : [`${command} <${placeholder}>`, `<${placeholder}>`];
  return keys.map((key) => VALUES[key]).find((value) => value !== undefined);
}
