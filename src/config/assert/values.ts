/** Values of an assertions file: types, areas, words. Each reader notes what it cannot use, and gives undefined for it. */
import { AREA_NAMES, type Area, isAreaName } from '../../assert/index.ts';
import {
  PEER_NAMES,
  type Policy,
  policyHint,
  policyName,
  policy as policyNamed,
} from '../../policy/index.ts';
import { didYouMean } from '../../suggest.ts';
import { type GfnRange, MEMORY_TYPES, type MemoryType } from '../../types.ts';
import { hexText } from '../../words.ts';
import type { Problems } from '../fields.ts';
import type { Path } from '../path.ts';
import { framesTouched, parseRange, parseRangeOrOne, RANGE_FORMS } from '../range-text.ts';
import * as values from '../values.ts';

const SPACE_END = 1n << 52n;
const TYPE_FORMS = `${values.MEMORY_TYPE_FORMS}, several of them ([WP, UC] or WP|UC), "not WB", or "defined"`;
const AREA_WORDS = AREA_NAMES.map(({ name }) => name);

function typesOfWord(word: string): readonly MemoryType[] | undefined {
  if (word === 'defined') return MEMORY_TYPES;
  const negated = /^not\s+(\S.*)$/i.exec(word)?.[1];
  const type = values.parseMemoryType(/^\d+$/.test(word) ? Number(word) : (negated ?? word));
  if (type === undefined) return undefined;
  return negated === undefined ? [type] : MEMORY_TYPES.filter((one) => one !== type);
}

function typeHint(word: unknown): string | undefined {
  if (word === 2 || word === 3) return `type ${word} is reserved`;
  if (values.parsePatType(word) !== undefined) return 'UC- exists in the PAT only';
  return didYouMean(String(word), values.TYPE_SPELLINGS);
}

function noteType(value: unknown, path: Path, problems: Problems): void {
  problems.note(path, `expected ${TYPE_FORMS}, got ${values.shown(value)}`, typeHint(value));
}

/** The types that a rule allows. */
export function readTypes(value: unknown, path: Path, problems: Problems): readonly MemoryType[] | undefined {
  if (Array.isArray(value) && value.length === 0) {
    problems.note(path, 'expected at least one type, got an empty list', 'a type, or leave the rule out');
    return undefined;
  }
  const items = Array.isArray(value) ? value : [value];
  const found = items.map((item: unknown, index) => {
    const at = Array.isArray(value) ? [...path, index] : path;
    if (typeof item !== 'string' && typeof item !== 'number') {
      noteType(item, at, problems);
      return undefined;
    }
    const words = String(item)
      .split(/\s*[|,]\s*|\s+or\s+/i)
      .map((word) => word.trim());
    const types = words.map(typesOfWord);
    const wrong = types.indexOf(undefined);
    if (wrong < 0) return types.flatMap((one) => one ?? []);
    noteType(words.length > 1 ? words[wrong] : item, at, problems);
    return undefined;
  });
  const all = new Set(found.flatMap((types) => types ?? []));
  return found.includes(undefined) ? undefined : [...all];
}

/** Why a text that looks like a range is none, and what to write instead. */
function rangeProblem(text: string): { readonly message: string; readonly hint?: string } {
  const found = parseRange(text);
  if (found === 'ends before it starts') {
    const [first, last] = text.split('-').map((part) => part.trim());
    return {
      message: 'expected a range that does not end before it starts',
      hint: `did you mean ${last}-${first}?`,
    };
  }
  if (found === 'is empty') return { message: 'expected a range that is not empty' };
  return { message: `expected ${RANGE_FORMS}, got ${values.shown(text)}` };
}

/** Whether a word is meant as an address or a range of them. */
export function looksLikeRange(word: string): boolean {
  return /^\s*\d/.test(word);
}

/** The frames that a range of addresses, or one address, touches. */
export function readRange(
  value: unknown,
  path: Path,
  problems: Problems,
  what: 'key' | 'value',
): GfnRange | undefined {
  const range = parseRangeOrOne(value);
  if (typeof range === 'string') {
    const { message, hint } = rangeProblem(typeof value === 'string' ? value : values.shown(value));
    problems.note(path, message, hint, what);
    return undefined;
  }
  if (range.end > SPACE_END) {
    problems.note(
      path,
      `${hexText(range.end - 1n)} lies beyond the largest address space, which ends at ${hexText(SPACE_END - 1n)}`,
      'x86 has at most 52 address bits',
      what,
    );
    return undefined;
  }
  return framesTouched(range);
}

/** Names that rules can use. */
export type OwnAreas = ReadonlyMap<string, Area>;

/** An area by the name or the range of addresses that a rule gives. */
export function readArea(
  word: unknown,
  path: Path,
  problems: Problems,
  own: OwnAreas,
  what: 'key' | 'value',
): Area | undefined {
  const text = String(word);
  const named = own.get(text);
  if (named) return named;
  if (isAreaName(text)) return { kind: 'known', name: text };
  if (looksLikeRange(text)) {
    const range = readRange(word, path, problems, what);
    return range && { kind: 'addresses', name: text, ranges: [range] };
  }
  const known = [...own.keys(), ...AREA_WORDS];
  problems.note(
    path,
    `no range is called ${values.shown(word)}`,
    didYouMean(text, known) ?? `a range of addresses, a name under ranges:, or ${AREA_WORDS.join(', ')}`,
    what,
  );
  return undefined;
}

/** A policy's name. */
export function readPolicy(value: unknown, path: Path, problems: Problems): Policy | undefined {
  try {
    if (typeof value === 'string') return policyNamed(policyName(value));
  } catch {
    // Said below, with a guess.
  }
  const hint = policyHint(typeof value === 'number' ? value : String(value), ['sdm', ...PEER_NAMES]);
  problems.note(
    path,
    `expected sdm or kvm-X.Y, got ${values.shown(value)}`,
    hint ?? 'eptsweep list policies names all',
  );
  return undefined;
}

/** One of a few words. */
export function readWord<Word extends string>(
  value: unknown,
  path: Path,
  problems: Problems,
  words: readonly Word[],
): Word | undefined {
  const found = words.find((word) => word === value);
  if (found === undefined) {
    problems.note(
      path,
      `expected ${words.join(' or ')}, got ${values.shown(value)}`,
      didYouMean(String(value), words),
    );
  }
  return found;
}
