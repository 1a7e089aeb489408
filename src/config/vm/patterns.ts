/**
 * Pieces of JSON Schema for scalar values. They accept what the loader accepts, but for rarer spellings (any
 * case, any separator), and reject what the loader rejects: an editor that follows them never lets a value
 * through that the program refuses.
 */
import {
  FIXED_MSRS,
  FIXED_TEMPLATES,
  fixedPlaces,
  MEMORY_TYPE_MSRS,
  SINGLE_NAMES,
  VARIABLE_TEMPLATES,
} from '../../msr/index.ts';
import { PEER_NAMES, POLICY_NAMES, QUIRKS } from '../../policy/index.ts';

/** A piece of JSON Schema. */
export type JsonSchema = Record<string, unknown>;

const HEX = "0[xX][0-9a-fA-F](?:[_'`]?[0-9a-fA-F])*";
const POWERS = Array.from({ length: 21 }, (_, shift) => String(2 ** shift));
/** A multiple of 4096 as text: hex with three zeros, a multiple of 4K, or whole M, G, T. */
const PAGE =
  "(?:0[xX]0+|0[xX][0-9a-fA-F](?:[_'`]?[0-9a-fA-F])*[_'`]?0[_'`]?0[_'`]?0|0|(?:[0-9]*[02468])?[048] ?[kK](?:i?[bB])?|[0-9]*[13579][26] ?[kK](?:i?[bB])?|[0-9]+ ?[mMgGtT](?:i?[bB])?)";
/** The last byte of a page as text. */
const PAGE_END = "0[xX](?:[0-9a-fA-F][_'`]?)*[fF][_'`]?[fF][_'`]?[fF]";
const INDEX = '(?:[0-9]|[1-3][0-9])';

function anyOf(description: string, ...alternatives: JsonSchema[]): JsonSchema {
  return { description, anyOf: alternatives };
}

function integer(minimum: number, maximum: number, more: JsonSchema = {}): JsonSchema {
  return { type: 'integer', minimum, maximum, ...more };
}

function text(pattern: string): JsonSchema {
  return { type: 'string', pattern: `^(?:${pattern})$` };
}

/** Any number of up to 64 bits. */
export function registerSchema(description: string): JsonSchema {
  return anyOf(
    description,
    integer(0, 2 ** 64 - 1),
    text(`0[xX](?:[_'\`]?[0-9a-fA-F]){1,16}`),
    text('[0-9]{1,19}'),
  );
}

/** A byte address or a size that is a multiple of 4096. */
export function pageSchema(description: string): JsonSchema {
  return anyOf(description, integer(0, 2 ** 52, { multipleOf: 4096 }), text(PAGE));
}

/** A power of two of at least 4096. */
export function powerSchema(description: string): JsonSchema {
  const sizes = Array.from({ length: 41 }, (_, shift) => 2 ** (12 + shift));
  return anyOf(
    description,
    { enum: sizes },
    text(`0[xX]0*[1248](?:[_'\`]?0){3,13}`),
    text(`(?:${POWERS.slice(2).join('|')}) ?[kK](?:i?[bB])?|(?:${POWERS.join('|')}) ?[mMgGtT](?:i?[bB])?`),
  );
}

/** A frame number. */
export function frameSchema(description: string): JsonSchema {
  return anyOf(description, integer(0, 2 ** 40 - 1), text(HEX));
}

/** A range of whole pages. */
export function rangeSchema(description: string): JsonSchema {
  return { description, ...text(` *${PAGE} *- *(?:${PAGE_END}|${PAGE}) *| *${PAGE} *\\+ *${PAGE} *`) };
}

/** An integer of a few digits. */
export function countSchema(description: string, minimum: number, maximum: number): JsonSchema {
  return { description, ...integer(minimum, maximum) };
}

const TYPE_WORDS = [
  ['UC', 'uc', 'uncachable', 'uncacheable', 'uncached'],
  ['WC', 'wc', 'write-combining', 'write-combined', 'USWC'],
  ['WT', 'wt', 'write-through'],
  ['WP', 'wp', 'write-protect', 'write-protected'],
  ['WB', 'wb', 'write-back', 'writeback', 'Writeback'],
].flat();

/** A type that an MTRR can hold. */
export function typeSchema(description: string): JsonSchema {
  return { description, enum: [...TYPE_WORDS, 0, 1, 4, 5, 6] };
}

/** A type that a PAT entry can hold. */
export function patTypeSchema(description: string): JsonSchema {
  return { description, enum: [...TYPE_WORDS, 'UC-', 'uc-', 'uncached-minus', 0, 1, 4, 5, 6, 7] };
}

/** The level of a mapping. */
export const levelSchema: JsonSchema = { enum: ['4K', '2M', '1G', 1, 2, 3] };

/** A KVM quirk. */
export const quirkSchema: JsonSchema = {
  enum: QUIRKS.flatMap((quirk) => [quirk, `KVM_X86_QUIRK_${quirk.toUpperCase().replaceAll('-', '_')}`]),
};

/** The name of a policy. */
export function policySchema(description: string): JsonSchema {
  const number = '(?:0|[1-9][0-9]{0,8})';
  const major = '(?:[5-9]|[1-9][0-9]{1,8})';
  return anyOf(
    description,
    { enum: [...POLICY_NAMES, ...PEER_NAMES] },
    text(
      `(?:kvm-?)?(?:4\\.(?:[7-9]|[1-9][0-9]{1,8})|${major}\\.${number})(?:\\.${number})?|(?:kvm-?)?6\\.11-rc[1-7]`,
    ),
  );
}

/** A name of `msr/names.ts` as a pattern: its places stand for any number, its other characters for themselves. */
function templatePattern(template: string, places: Readonly<Record<string, string>>): string {
  return template
    .split(/(\{\w+\})/)
    .map((part) => places[part] ?? part.replace(/[.()[\]]/g, '\\$&'))
    .join('');
}

const VARIABLE_KEYS = VARIABLE_TEMPLATES.map((template) =>
  templatePattern(template, {
    '{n}': INDEX,
    '{PART}': '(?:BASE|MASK)',
    '{Part}': '(?:Base|Mask)',
    '{part}': '(?:base|mask)',
  }),
);

/** Size and first address of each fixed-range register, as its names end. */
const FIXED_SHAPES = FIXED_MSRS.map(fixedPlaces).map(
  ({ size, address }) => `${size.replace('K', '[kK]')}_?${address}`,
);

const FIXED_PREFIXES = FIXED_TEMPLATES.filter((template) => !template.includes('{index}')).map((template) =>
  template.replace(/\{size\}_?\{address\}/, ''),
);
const INDEXED_KEYS = FIXED_TEMPLATES.filter((template) => template.includes('{index}')).map((template) =>
  templatePattern(template, { '{index}': `(?:[0-9]|${FIXED_MSRS.length - 1})` }),
);

/** The name or number of an MSR, as a key. */
export const msrKeySchema: JsonSchema = {
  anyOf: [
    text(`0[xX][0-9a-fA-F]{1,8}|[0-9a-fA-F]{1,8}[hH]`),
    // YAML reads an unquoted 0x200 as the number 512, which becomes the key "512".
    { enum: MEMORY_TYPE_MSRS.map(String) },
    { enum: [...SINGLE_NAMES] },
    text(VARIABLE_KEYS.join('|')),
    text(`(?:${FIXED_PREFIXES.join('|')})(?:${FIXED_SHAPES.join('|')})`),
    text(INDEXED_KEYS.join('|')),
  ],
};
