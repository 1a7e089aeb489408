/** The shapes of vocabulary.ts and basis.ts, which every published schema has under `$defs`. */
import { VENDORS } from '../../policy/index.ts';
import { EVIDENCE_LEVELS, EVIDENCE_SUBJECTS } from '../../vm/index.ts';
import type { JsonValue } from '../format/column.ts';
import {
  BOOLEAN,
  COUNT,
  described,
  either,
  exactly,
  type JsonSchema,
  listOf,
  mapOf,
  object,
  oneOf,
  orNull,
  TEXT,
} from './json-schema.ts';

const EXACT = either(
  { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  { type: 'string', pattern: '^[1-9][0-9]{15,}$' },
);
const HEX: JsonSchema = { type: 'string', pattern: '^0x[0-9a-f]+$' };

/** A shape of the vocabulary, by its name. */
function shared(name: string): JsonSchema {
  return { $ref: `#/$defs/${name}` };
}

export const PAGES = shared('pages');
export const ADDRESS = shared('address');
export const FRAME = shared('frame');
export const RANGE = shared('range');
export const PLACE = shared('place');
export const TYPE = shared('type');
export const LEVEL = shared('level');
export const EPT = shared('ept');
export const ENTRY = shared('entry');
export const MSR = shared('msr');
export const MSR_VALUE = shared('msrValue');
export const MSR_WRITE = shared('msrWrite');
export const VCPUS = shared('vcpus');
export const POLICY = shared('policy');
export const PROVENANCE = shared('provenance');
export const PROGRAM = shared('program');
export const ASSUMPTIONS = shared('assumptions');
export const CAUSE = shared('cause');
export const EVIDENCE = shared('evidence');
export const KNOWN = shared('known');

/** Members of a range, for objects that say more of one. */
export const RANGE_MEMBERS = { first: ADDRESS, last: orNull(ADDRESS), pages: PAGES } as const;
/** Switches of a VM that a policy reads. */
export const SETTINGS = {
  noncoherentDma: BOOLEAN,
  quirks: listOf(TEXT),
  selfSnoop: BOOLEAN,
} as const;
/** What is said of a host only where it is not Intel. */
export const HOST_SETTINGS = { vendor: oneOf(...VENDORS) } as const;

const SHAPES: Readonly<Record<string, JsonSchema>> = {
  pages: described(EXACT, 'Pages of 4 KiB: a number where a number is exact, else a decimal string.'),
  address: described(
    EXACT,
    'A guest-physical address: a number where a number is exact, else a decimal string.',
  ),
  frame: described(EXACT, 'A frame number, guest or host: address >> 12.'),
  place: described(EXACT, 'An address, or a frame number in a document that says "by": "gfn".'),
  range: described(
    object({ first: PLACE, last: orNull(PLACE), pages: PAGES }),
    'First and last byte, both included; frames in a document that says "by": "gfn". No pages: last is null.',
  ),
  type: described(
    either(oneOf('UC', 'WC', 'WT', 'WP', 'WB', 'UC-', 'undefined'), {
      type: 'string',
      pattern: '^reserved\\(\\d\\)$',
    }),
    'A memory type as the manuals print it; undefined where the architecture has none.',
  ),
  level: described(
    { type: 'integer', minimum: 0, maximum: 3 },
    '1: 4K, 2: 2M, 3: 1G; 0 where nothing is mapped.',
  ),
  ept: described(object({ type: TYPE, ipat: BOOLEAN }), 'Memory type and IPAT of an EPT entry.'),
  entry: described(orNull(HEX), 'A 64-bit EPT entry in hex; null where the type is undefined.'),
  msr: described(HEX, 'Number of an MSR.'),
  msrValue: described(HEX, 'A 64-bit value.'),
  msrWrite: object({ msr: MSR, value: MSR_VALUE }),
  vcpus: described(listOf(COUNT), 'Ids of vCPUs or CPUs.'),
  policy: described(
    object({
      name: TEXT,
      row: TEXT,
      flags: mapOf(TEXT),
      commits: listOf({ type: 'string', pattern: '^[0-9a-f]{12}$' }),
      defaultQuirks: listOf(TEXT),
    }),
    'A rule set: its name as asked for, the row of the rule table, its flags, the commits that they contain, and the quirks that its kernel enables.',
  ),
  assumptions: described(
    listOf(TEXT),
    'What nothing stated and was inferred or taken on trust, or what was torn from the text: a sentence each.',
  ),
  known: described(
    object(
      { subject: oneOf(...EVIDENCE_SUBJECTS), level: oneOf(...EVIDENCE_LEVELS), what: TEXT },
      { why: TEXT, settledBy: TEXT, file: TEXT, line: COUNT },
    ),
    'How one thing is known: read from a line, inferred from what the text says, assumed, or torn from the text.',
  ),
  evidence: described(listOf(KNOWN), "How each thing is known that a dump's machine is made of."),
  provenance: described(
    object(
      { version: TEXT, config: TEXT, ...SETTINGS, assumptions: ASSUMPTIONS },
      { ...HOST_SETTINGS, evidence: EVIDENCE },
    ),
    'Where an answer comes from: version of the program, the config by name, and what of it policies read beside registers.',
  ),
  program: described(
    object({ version: TEXT, assumptions: ASSUMPTIONS }, { config: TEXT }),
    'The same of an answer about no VM.',
  ),
  cause: described(
    object({ register: TEXT, msr: MSR, value: MSR_VALUE }, { file: TEXT, line: COUNT, set: TEXT }),
    'A register that is to blame, and the line, or the path of a change, that gives it.',
  ),
};

/** Members at the head of every document about a VM. */
export const HEAD = { provenance: PROVENANCE, policy: POLICY, vcpus: VCPUS, maxphyaddr: COUNT } as const;

/** The last of JSON lines where there were more than were asked for. */
export const TRUNCATED = object({ truncated: exactly(true) });

/** What a dump says of its machine beside the MTRRs. */
export const HOST_FACTS = object({ keyIdBits: COUNT }, { smram: RANGE });

/** Names of the shapes that a schema refers to, theirs included. */
function usedShapes(schema: JsonValue, used: Set<string>): Set<string> {
  if (schema === null || typeof schema !== 'object') return used;
  for (const [key, value] of Object.entries(schema)) {
    const name = key === '$ref' ? String(value).replace('#/$defs/', '') : undefined;
    if (name === undefined) usedShapes(value as JsonValue, used);
    else if (!used.has(name)) usedShapes(SHAPES[name]!, used.add(name));
  }
  return used;
}

/** A schema as it is published: whole, with the shapes that it uses. */
export function published(title: string, description: string, schema: JsonSchema): JsonSchema {
  const used = usedShapes(schema, new Set());
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title,
    description,
    ...schema,
    $defs: Object.fromEntries(Object.entries(SHAPES).filter(([name]) => used.has(name))),
  };
}

/** A document's shape as part of another, whose definitions it shares. */
export function part({
  $schema: _,
  $defs: _defs,
  title: _title,
  description: _text,
  ...shape
}: JsonSchema): JsonSchema {
  return shape;
}
