/**
 * The grammar of config paths: `noncoherentDma`, `host.selfSnoop`, `mtrr.variable[1].valid`, `msrs.0x2ff`,
 * `vcpus[0].cr0cd`. It is read off the config's schema, so that whatever a config can say has a path, with the same
 * checks and the same words.
 */
import * as z from 'zod/mini';
import { ConfigError, InputRangeError, InputTypeError } from '../errors.ts';
import { didYouMean } from '../suggest.ts';
import { type Path, pathText } from './path.ts';
import { readSource } from './source.ts';
import { alternativesOf } from './vm/fields.ts';
import { problemsOf } from './vm/problems.ts';
import { configSchema } from './vm/schema.ts';

/** A path that can be set, with placeholders: `mtrr.variable[N].valid`, `msrs.NAME`. */
export interface ConfigPath {
  readonly path: string;
  readonly description: string;
}

/** Keys that say something of the text, not of the VM. */
const NOT_OF_THE_VM: readonly string[] = ['$schema', 'description', 'source'];

/** What stands behind a key, whether it may be left out or not. */
function unwrapped(schema: z.ZodMiniType): z.ZodMiniType {
  return schema instanceof z.ZodMiniOptional ? unwrapped(schema.def.innerType as z.ZodMiniType) : schema;
}

/** The list or map that a value can be, or the value itself. */
function composite(schema: z.ZodMiniType): z.ZodMiniType {
  const inner = unwrapped(schema);
  return alternativesOf.get(inner)?.[1] ?? inner;
}

/** The keys of a map; undefined for anything else. */
function keysOf(schema: z.ZodMiniType, isRoot: boolean): readonly string[] | undefined {
  if (!(schema instanceof z.ZodMiniObject)) return undefined;
  const keys = Object.keys(schema.shape as Record<string, unknown>);
  return isRoot ? keys.filter((key) => !NOT_OF_THE_VM.includes(key)) : keys;
}

/** Whether a key leads to a further value: into a map, a list, or the registers by name. */
function step(schema: z.ZodMiniType, key: string | number, isRoot: boolean): z.ZodMiniType | undefined {
  const whole = composite(schema);
  if (whole instanceof z.ZodMiniArray) {
    return typeof key === 'number' ? (whole.def.element as z.ZodMiniType) : undefined;
  }
  if (whole instanceof z.ZodMiniRecord) return whole.def.valueType as z.ZodMiniType;
  const isKnown = keysOf(whole, isRoot)?.includes(String(key)) ?? false;
  return isKnown ? ((whole as z.ZodMiniObject).shape[key] as z.ZodMiniType) : undefined;
}

/**
 * The schema of what stands at a path.
 *
 * @throws InputTypeError for a path that a config does not have
 */
export function schemaAt(path: Path): z.ZodMiniType {
  let schema: z.ZodMiniType = configSchema;
  for (const [depth, key] of path.entries()) {
    const next = step(schema, key, depth === 0);
    if (!next) throw unknownPath(schema, path.slice(0, depth), key);
    schema = next;
  }
  return unwrapped(schema);
}

/** `mtrr.variable[1].valid` where somebody wrote `valid` alone. */
function elsewhere(key: string): string | undefined {
  const found = listPaths().find(({ path }) => path.endsWith(`.${key}`));
  return found && `did you mean "${found.path}"?`;
}

function unknownPath(schema: z.ZodMiniType, before: Path, key: string | number): InputTypeError {
  const whole = composite(schema);
  const at = pathText([...before, key]);
  if (whole instanceof z.ZodMiniArray) {
    return new InputTypeError(at, `expected a position such as ${pathText([...before, 0])}`);
  }
  const keys = keysOf(whole, before.length === 0);
  if (!keys) return new InputTypeError(at, `${pathText(before)} has nothing within it`);
  const name = String(key);
  const hint = didYouMean(name, keys) ?? elsewhere(name) ?? `known: ${keys.join(', ')}`;
  return new InputTypeError(at, 'no config has such a path', hint);
}

/** What a text says of itself but a VM has no place for, and what to set instead. */
const WITHOUT_PLACE: readonly (readonly [RegExp, string])[] = [
  [
    /\bmtrr\.fixed\[\w+\]/,
    'a VM holds registers, not a list: set mtrr.fixed to [{ range, type }], the rest stays',
  ],
  [/\bmtrr\.variable\[\w+\]\.index$/, 'the position is the number of the register pair'],
  [/^vcpus\[\w+\]\.(id|count)$/, 'the position is that of one vCPU: set vcpus to a number or a list'],
];

function placeProblem(path: string): string | undefined {
  return WITHOUT_PLACE.find(([pattern]) => pattern.test(path))?.[1];
}

/** The next key of a path's text, and what is left behind it. */
function firstKey(text: string, isFirst: boolean): readonly [key: string | number, rest: string] | undefined {
  const found = (isFirst ? /^\[(\d+)\]|^([^.[\]]+)/ : /^\[(\d+)\]|^\.([^.[\]]+)/).exec(text);
  if (!found) return undefined;
  const key = found[1] ?? found[2] ?? '';
  return [/^\d+$/.test(key) ? Number(key) : key, text.slice(found[0].length)];
}

/**
 * Reads a path. Positions are written `[1]` or, as errors of the library write them, `.1`; behind `msrs.` stands any
 * name of an MSR, dots and all.
 *
 * @param text - `vcpus[0].mtrr.variable[1].valid`
 * @param within - the path that it continues
 * @returns its keys and positions
 * @throws InputTypeError for what is no path of a config, with the one that may have been meant
 * @example
 * parsePath('vcpus[0].msrs.env.mtrr_deftype'); // ['vcpus', 0, 'msrs', 'env.mtrr_deftype']
 */
export function parsePath(text: string, within: Path = []): Path {
  const path = [...within];
  let rest: string = text;
  let schema: z.ZodMiniType = schemaAt(within);
  while (rest !== '' || path.length === within.length) {
    const isName = composite(schema) instanceof z.ZodMiniRecord;
    const next = isName
      ? ([rest.replace(/^\./, ''), ''] as const)
      : firstKey(rest, path.length === within.length);
    if (!next || next[0] === '') {
      const whole = pathText([...within, ...(text === '' ? [] : [text])]);
      throw new InputTypeError(whole, 'expected a path such as noncoherentDma or mtrr.variable[1].valid');
    }
    path.push(next[0]);
    schema = schemaAt(path);
    rest = next[1];
  }
  const hint = placeProblem(pathText(path));
  if (hint) throw new InputTypeError(pathText(path), 'a VM has no such place', hint);
  return path;
}

/** What JavaScript calls the kinds of value that a schema takes. */
function kindsOf(schema: z.ZodMiniType): ReadonlySet<string> {
  const kinds = new Set<string>();
  const note = (json: Readonly<Record<string, unknown>>): void => {
    const { type, enum: words, anyOf } = json;
    if (type === 'integer') kinds.add('number').add('bigint');
    else if (typeof type === 'string') kinds.add(type);
    for (const word of Array.isArray(words) ? words : []) kinds.add(typeof word);
    for (const one of Array.isArray(anyOf) ? anyOf : []) note(one as Record<string, unknown>);
  };
  const inner = unwrapped(schema);
  if (
    inner instanceof z.ZodMiniArray ||
    inner instanceof z.ZodMiniObject ||
    inner instanceof z.ZodMiniRecord
  ) {
    return kinds.add('object');
  }
  for (const one of alternativesOf.get(inner) ?? [inner]) {
    if (one !== inner) for (const kind of kindsOf(one)) kinds.add(kind);
  }
  note((z.globalRegistry.get(inner) ?? {}) as Record<string, unknown>);
  return kinds;
}

/**
 * Holds a value against what may stand at a path, as a config's is.
 *
 * @throws InputTypeError for the wrong kind and for unknown keys within it, InputRangeError for a value
 * that cannot be; both with the path
 */
export function requireValue(path: Path, value: unknown): void {
  const schema = schemaAt(path);
  const key = path.at(-1);
  const isMsr = typeof key === 'string' && (path.at(-2) === 'msrs' || path.at(-2) === 'hostMsrs');
  const [checked, whole] = isMsr
    ? [schemaAt(path.slice(0, -1)).safeParse({ [key]: value }), { [key]: value }]
    : [schema.safeParse(value), value];
  const issue = checked.error?.issues[0];
  if (!issue) return;
  for (const { path: within, what, message, hint } of problemsOf(issue, whole)) {
    const place = pathText([...(isMsr ? path.slice(0, -1) : path), ...within]);
    const isKind = isMsr || within.length > 0 ? false : !kindsOf(schema).has(typeof value);
    if (isKind || issue.code === 'invalid_type' || (what === 'key' && !isMsr)) {
      throw new InputTypeError(place, message, hint);
    }
    throw new InputRangeError(place, message, hint);
  }
}

/**
 * Reads a value from text as a config would say it: `true`, `46`, `0x806`, `kvm-6.8`, `[WB, WT, UC-, UC, WB, WT, UC-, UC]`;
 * a list of words may do without brackets.
 *
 * @param path - what it is for
 * @param text - as it was typed
 * @returns the value, to be handed to `withChanges`
 * @throws InputTypeError, InputRangeError with the path for what cannot stand there
 * @example
 * parseValue(parsePath('quirks'), 'cd-nw-cleared,ignore-guest-pat'); // ['cd-nw-cleared', 'ignore-guest-pat']
 */
export function parseValue(path: Path, text: string): unknown {
  const schema = schemaAt(path);
  const kinds = kindsOf(schema);
  const isText = kinds.has('string') && (kinds.size === 1 || isNumberAsText(text, kinds));
  const read = isText ? text : yamlValue(path, text);
  const isBareList =
    composite(schema) instanceof z.ZodMiniArray && !kinds.has('string') && !kinds.has('number');
  const value = isBareList && typeof read === 'string' ? read.split(',').map((part) => part.trim()) : read;
  requireValue(path, value);
  return value;
}

/** `5.10` where no number can stand, as for a policy: what was typed is a name, and no 5.1. */
function isNumberAsText(text: string, kinds: ReadonlySet<string>): boolean {
  return !kinds.has('number') && /^\d+\.\d+$/.test(text);
}

function yamlValue(path: Path, text: string): unknown {
  try {
    return readSource(text, 'value', { what: 'a value', hint: `the value of ${pathText(path)}` }).value;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new InputRangeError(pathText(path), error.problems[0]?.message ?? error.message);
  }
}

function* pathsWithin(schema: z.ZodMiniType, at: string): Generator<ConfigPath> {
  const whole = composite(schema);
  const description = z.globalRegistry.get(unwrapped(schema))?.description ?? '';
  if (whole instanceof z.ZodMiniObject) {
    if (whole !== unwrapped(schema)) yield { path: at, description };
    for (const key of keysOf(whole, at === '') ?? []) {
      yield* pathsWithin(whole.shape[key] as z.ZodMiniType, at === '' ? key : `${at}.${key}`);
    }
  } else if (whole instanceof z.ZodMiniArray) {
    yield { path: at, description };
    yield* pathsWithin(whole.def.element as z.ZodMiniType, `${at}[N]`);
  } else if (whole instanceof z.ZodMiniRecord) {
    yield { path: `${at}.NAME`, description };
  } else yield { path: at, description };
}

/**
 * All paths of a config, for help and completion.
 *
 * @returns a line each, in the order of the schema; `N` stands for a position, `NAME` for an MSR
 * @example
 * listPaths().some(({ path }) => path === 'mtrr.variable[N].valid'); // true
 */
export function listPaths(): readonly ConfigPath[] {
  return [...pathsWithin(configSchema, '')].filter(({ path }) => placeProblem(path) === undefined);
}
