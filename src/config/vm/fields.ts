/**
 * Building blocks of the config's schema: each pairs a check, whose refusal says what was expected, with the
 * piece of JSON Schema that describes the same values.
 */
import * as z from 'zod/mini';
import { didYouMean } from '../../suggest.ts';
import { addresses } from '../../words.ts';
import { framesTouched, parseRange, RANGE_FORMS } from '../range-text.ts';
import * as values from '../values.ts';
import {
  countSchema,
  type JsonSchema,
  pageSchema,
  powerSchema,
  rangeSchema,
  typeSchema,
} from './patterns.ts';

/** What a check says of a value that it refuses. */
interface Refusal {
  readonly expected: string;
  readonly hint?: string | undefined;
}
type Check = (value: unknown) => Refusal | undefined;

/** The schemas that {@link oneOf} chooses from, for the published schema. */
export const alternativesOf = new WeakMap<object, readonly z.ZodMiniType[]>();

/** A value that a function judges and a piece of JSON Schema describes. */
export function checked(check: Check, json: JsonSchema) {
  return z
    .unknown()
    .check(
      z.superRefine((value, context) => {
        const refusal = check(value);
        if (!refusal) return;
        const got = value === undefined ? 'it is missing' : `got ${values.shown(value)}`;
        context.addIssue({
          code: 'custom',
          message: `expected ${refusal.expected}, ${got}`,
          params: { hint: refusal.hint },
        });
      }),
    )
    .register(z.globalRegistry, json);
}

/** A map with these keys and no others. The message of an unknown key lists them, for did-you-mean. */
export function map<Shape extends z.core.$ZodShape>(shape: Shape, json: JsonSchema = {}) {
  return z
    .strictObject(shape, {
      error: (issue) => (issue.code === 'unrecognized_keys' ? Object.keys(shape).join(' ') : undefined),
    })
    .register(z.globalRegistry, json);
}

/** A value that one of several schemas judges, whichever `choose` says. */
function chosen(
  choose: (value: unknown) => z.ZodMiniType,
  all: readonly z.ZodMiniType[],
  description: string,
) {
  const schema = z
    .unknown()
    .check(
      z.superRefine((value, context) => {
        const { error } = choose(value).safeParse(value);
        for (const issue of error?.issues ?? []) context.issues.push({ ...issue, input: value } as never);
      }),
    )
    .register(z.globalRegistry, { description });
  alternativesOf.set(schema, all);
  return schema;
}

/** A value that is either a list or map (`composite`) or a scalar. */
export function oneOf(composite: z.ZodMiniType, scalar: z.ZodMiniType, description: string) {
  const isComposite = (value: unknown) => value !== null && typeof value === 'object';
  return chosen((value) => (isComposite(value) ? composite : scalar), [scalar, composite], description);
}

/** A value, or a list of at least one. */
export function oneOrMore(one: z.ZodMiniType, description: string) {
  const list = z.array(one).check(z.minLength(1));
  return chosen((value) => (Array.isArray(value) ? list : one), [one, list], description);
}

export function quantity(kind: (description: string) => JsonSchema, description: string, limit = 1n << 64n) {
  return checked((value) => {
    const number = values.parseQuantity(value);
    if (number !== undefined) return number < limit ? undefined : { expected: 'a number of at most 64 bits' };
    const bare = typeof value === 'string' && /^[0-9]*[a-f][0-9a-f]*$/i.test(value);
    return {
      expected: values.QUANTITY_FORMS,
      hint: bare ? `did you mean 0x${value}?` : undefined,
    };
  }, kind(description));
}

/** A multiple of 4096. */
export function pages(description: string) {
  return quantity(pageSchema, description).check(
    z.superRefine((value, context) => {
      const number = values.parseQuantity(value);
      if (number === undefined || number % 4096n === 0n) return;
      context.addIssue({
        code: 'custom',
        message: `expected a multiple of 4096, got ${values.shown(value)}`,
      });
    }),
  );
}

export function powerOfTwo(description: string) {
  return checked((value) => {
    const number = values.parseQuantity(value);
    if (number !== undefined && number >= 4096n && (number & (number - 1n)) === 0n) return undefined;
    return {
      expected: 'a power of two >= 4096',
      hint: number === undefined ? undefined : 'a range of another size takes several registers',
    };
  }, powerSchema(description));
}

export function count(description: string, low: number, high: number) {
  return checked(
    (value) =>
      typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high
        ? undefined
        : { expected: `an integer ${low}..${high}` },
    countSchema(description, low, high),
  );
}

export function range(description: string) {
  return checked((value) => {
    const read = parseRange(value);
    if (read === 'malformed') return { expected: RANGE_FORMS };
    if (typeof read === 'string') return { expected: `a range that is not empty (it ${read})` };
    if (read.start % 4096n === 0n && read.end % 4096n === 0n) return undefined;
    return {
      expected: 'whole pages of 4096 bytes',
      hint: `those that it touches are ${addresses(framesTouched(read))}`,
    };
  }, rangeSchema(description));
}

export function type(description: string) {
  return checked((value) => {
    if (values.parseMemoryType(value) !== undefined) return undefined;
    if (value === 2 || value === 3)
      return { expected: values.MEMORY_TYPE_FORMS, hint: `type ${value} is reserved` };
    const minus = values.parsePatType(value) !== undefined;
    return {
      expected: values.MEMORY_TYPE_FORMS,
      hint: minus ? 'UC- exists in the PAT only' : didYouMean(String(value), values.TYPE_SPELLINGS),
    };
  }, typeSchema(description));
}

export function word(
  description: string,
  words: readonly string[],
  json: JsonSchema = { enum: words },
  read?: Check,
) {
  const plain: Check = (value) =>
    typeof value === 'string' && words.includes(value)
      ? undefined
      : { expected: words.join(' or '), hint: didYouMean(String(value), words) };
  return checked(read ?? plain, { description, ...json });
}

export function flag(description: string) {
  return checked(
    (value) =>
      typeof value === 'boolean'
        ? undefined
        : {
            expected: 'true or false',
            hint: /^(yes|on|1)$/i.test(String(value)) ? 'did you mean true?' : undefined,
          },
    { description, type: 'boolean' },
  );
}

export function text(description: string) {
  return checked(
    (value) => (typeof value === 'string' && value.trim() !== '' ? undefined : { expected: 'text' }),
    { description, type: 'string', pattern: '\\S' },
  );
}
