/** The published JSON Schema of an assertions file, for editors. What it accepts in shape, `parseAssertions` accepts too. */
import { AREA_NAMES } from '../../assert/index.ts';
import { RULES, SEVERITIES } from '../../check/index.ts';
import { type JsonSchema, policySchema, typeSchema } from '../vm/patterns.ts';
import { RULE_KEYS } from './words.ts';

const TYPE = 'UC|WC|WT|WP|WB|uc|wc|wt|wp|wb';
const NUMBER = "0[xX][0-9a-fA-F](?:[_'`]?[0-9a-fA-F])*|[0-9]+ ?(?:[kKmMgGtT](?:i?[bB])?)?";

const whenMissing: JsonSchema = {
  description: 'What becomes of a rule that takes something which the input does not say. Default skip.',
  enum: ['skip', 'fail'],
};

const details: Record<string, JsonSchema> = {
  warn: { description: 'Breaking it is a warning, which fails nothing.', type: 'boolean' },
  'when-missing': whenMissing,
  why: { description: 'The reason, shown where it is broken.', type: 'string', pattern: '\\S' },
};

const oneType: JsonSchema = {
  anyOf: [
    typeSchema('A memory type.'),
    { type: 'string', pattern: `^(?:(?:${TYPE})(?: ?\\| ?(?:${TYPE}))*|not (?:${TYPE})|defined)$` },
  ],
};

function typesSchema(description: string): JsonSchema {
  return { description, anyOf: [oneType, { type: 'array', items: oneType, minItems: 1 }] };
}

const range: JsonSchema = {
  anyOf: [
    { type: 'integer', minimum: 0, maximum: 2 ** 52 - 1 },
    // Whether a range runs backwards or beyond 52 bits, no pattern can tell.
    { type: 'string', pattern: `^(?:${NUMBER})(?: ?[-+] ?(?:${NUMBER}))?$` },
  ],
};

const level: JsonSchema = { enum: ['2M', '1G', 2, 3] };

function object(properties: Record<string, JsonSchema>, required: readonly string[] = []): JsonSchema {
  return { type: 'object', properties, required, additionalProperties: false };
}

const areaRule: JsonSchema = {
  description: 'The types that a range may have: one, several, or a map that says more.',
  anyOf: [
    ...(typesSchema('').anyOf as JsonSchema[]),
    {
      ...object({
        type: typesSchema('The types that it may have.'),
        level: { description: 'Every aligned page of this size in it is mapped as one.', ...level },
        except: {
          description: 'Ranges or names that are left out.',
          anyOf: [
            range,
            { type: 'string' },
            { type: 'array', items: { anyOf: [range, { type: 'string' }] } },
          ],
        },
        policy: policySchema('Whose types: sdm, or a KVM release.'),
        ...details,
      }),
      anyOf: [{ required: ['type'] }, { required: ['level'] }],
    },
  ],
};

const TITLES: ReadonlyMap<string, string> = new Map(RULE_KEYS.map(({ key, title }) => [key, title]));

function valueRule(key: string, value: JsonSchema): JsonSchema {
  const title = TITLES.get(key) ?? '';
  const description = `${title.charAt(0).toUpperCase()}${title.slice(1)}.`;
  return { description, anyOf: [value, object({ value: { description, ...value }, ...details }, ['value'])] };
}

const checkRules = RULES.map(({ id }) => id).filter((id) => id !== 'ranges-left');
const count: JsonSchema = { type: 'integer', minimum: 0, maximum: 40 };
const onOff: JsonSchema = { enum: ['on', 'off', true, false] };

const VALUES: Readonly<Record<string, JsonSchema>> = {
  default: { anyOf: typesSchema('').anyOf },
  overlaps: { enum: ['none', 'defined', 'disjoint'] },
  'max-variable': count,
  'min-free-variable': count,
  mtrrs: onOff,
  'fixed-ranges': onOff,
  cpus: { enum: ['identical', 'identical-registers'] },
  level,
  check: {
    anyOf: [
      { enum: [...SEVERITIES, ...checkRules] },
      { type: 'array', items: { enum: checkRules }, minItems: 1 },
    ],
  },
};

/**
 * The JSON Schema (draft 2020-12) of an assertions file for `assert`.
 *
 * @returns a plain object; names under `ranges`, contradictions and the order of a range's ends are for the reader
 */
export function assertionJsonSchema(): Record<string, unknown> {
  const areas = AREA_NAMES.map(({ name, title }) => [name, { ...areaRule, description: `${title}.` }]);
  const values = Object.entries(VALUES).map(([key, value]) => [key, valueRule(key, value)]);
  const rules = Object.fromEntries([...values, ...areas]) as Record<string, JsonSchema>;
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Assertions file of eptsweep assert',
    type: 'object',
    properties: {
      $schema: { description: 'This schema.', type: 'string' },
      name: { description: 'What the rules are called in reports.', type: 'string', pattern: '\\S' },
      description: { description: 'For readers of the file.', type: 'string', pattern: '\\S' },
      policy: policySchema('Whose types are judged: sdm (default), or a KVM release.'),
      'noncoherent-dma': {
        description: 'Whether VMs have non-coherent DMA under a KVM policy.',
        type: 'boolean',
      },
      'when-missing': whenMissing,
      ranges: {
        description: 'Names for ranges of addresses, or for what the map calls so.',
        type: 'object',
        propertyNames: { pattern: '^[A-Za-z][\\w. -]{0,63}$' },
        additionalProperties: {
          anyOf: [
            range,
            { type: 'array', items: range, minItems: 1 },
            object(
              {
                named: { description: 'A name in the map, * for anything.', type: 'string', pattern: '\\S' },
              },
              ['named'],
            ),
          ],
        },
      },
      'max-var': { ...rules['max-variable'] },
      ...rules,
    },
    additionalProperties: areaRule,
  };
}
