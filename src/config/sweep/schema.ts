/**
 * The schema of a campaign's spec: which keys there are, and what each value must look like. The published JSON Schema
 * is made from it. What needs two values together (axes of one length, paths and their values) is checked in resolve.ts.
 */
import * as z from 'zod/mini';
import { ASKS, KEEPS, SWEEP_SCHEMA } from '../../sweep/index.ts';
import { WANTS } from '../../types.ts';
import * as values from '../values.ts';
import { checked, count, map, oneOrMore, quantity, text, type, word } from '../vm/fields.ts';
import { type JsonSchema, pageSchema } from '../vm/patterns.ts';
import { policyNamed } from '../vm/schema.ts';
import { isPowerRange, isRangeCount, RATE_PATTERN, SECONDS_PATTERN } from './words.ts';

/** Most layouts of a source: numbers of layouts have 64 bits. */
const MOST_LAYOUTS = 1n << 64n;
/** Most variable ranges that a vCPU of KVM's has. */
const MOST_RANGES = 8;
/** Most of the smallest findings that are kept. */
const MOST_SMALLEST = 64;

function integerSchema(description: string): JsonSchema {
  return {
    description,
    anyOf: [
      { type: 'integer', minimum: 0 },
      { type: 'string', pattern: '^(0[xX][0-9a-fA-F]+|[0-9]+)$' },
    ],
  };
}

function rangeCountSchema(description: string): JsonSchema {
  return {
    description,
    anyOf: [
      { type: 'integer', minimum: 0, maximum: MOST_RANGES },
      { type: 'string', pattern: `^[0-${MOST_RANGES}]\\.\\.[0-${MOST_RANGES}]$` },
    ],
  };
}

const random = map(
  {
    kinds: z.optional(
      oneOrMore(
        text('A kind of random layouts.'),
        'Kinds of layouts, as docs/layouts.md has them; typical if left out.',
      ),
    ),
    ranges: z.optional(
      checked(
        (value) =>
          isRangeCount(value, MOST_RANGES)
            ? undefined
            : { expected: `a number 0..${MOST_RANGES}, or two such as 1..8` },
        rangeCountSchema(
          'How many variable ranges a layout has: a number, or FEWEST..MOST; 1..8 if left out.',
        ),
      ),
    ),
    count: checked((value) => {
      const number = values.parseQuantity(value);
      const isCount = number !== undefined && number > 0n && number <= MOST_LAYOUTS;
      return isCount ? undefined : { expected: 'how many layouts, 1 to 2^64' };
    }, integerSchema('How many layouts of each kind.')),
    seed: z.optional(quantity(integerSchema, 'The same seed makes the same layouts; 1 if left out.')),
    maxphyaddr: z.optional(count('Physical address bits of the guests; 46 if left out.', 32, 52)),
  },
  { description: 'Layouts that a generator makes of a seed and their number.' },
);

const sizes = checked(
  (value) =>
    isPowerRange(value)
      ? undefined
      : { expected: 'a power of two >= 4096 such as 2M, or a range of them such as 1M..4G' },
  {
    description: 'A size of ranges: a power of two, or FIRST..LAST for all between.',
    type: ['string', 'integer'],
  },
);

const enumerated = map(
  {
    ranges: checked(
      (value) =>
        isRangeCount(value, MOST_RANGES)
          ? undefined
          : { expected: `a number 0..${MOST_RANGES}, or two such as 0..3` },
      rangeCountSchema('How many variable ranges a layout has: a number, or FEWEST..MOST.'),
    ),
    size: oneOrMore(sizes, 'Sizes of ranges.'),
    base: z.optional(
      checked(
        (value) => {
          const number = values.parseQuantity(value);
          const isStep = number !== undefined && number > 0n && number % 4096n === 0n;
          return value === 'aligned' || isStep ? undefined : { expected: 'aligned, or a multiple of 4096' };
        },
        {
          description: 'Where ranges start: at multiples of their size (aligned, if left out), or of this.',
          anyOf: [{ const: 'aligned' }, pageSchema('')],
        },
      ),
    ),
    below: powerOrPages('Ranges end at this address or below it.'),
    type: oneOrMore(type('A type of ranges.'), 'Types of ranges.'),
    default: oneOrMore(type('A default type.'), 'Default types.'),
    maxphyaddr: z.optional(count('Physical address bits of the guests; 46 if left out.', 32, 52)),
  },
  { description: 'Every layout of a grid.' },
);

function powerOrPages(description: string) {
  return checked((value) => {
    const number = values.parseQuantity(value);
    return number !== undefined && number > 0n && number % 4096n === 0n
      ? undefined
      : { expected: 'an address such as 8G, a multiple of 4096' };
  }, pageSchema(description));
}

const layouts = map(
  {
    presets: z.optional(oneOrMore(text('Name of a preset.'), 'Shipped layouts: all, or names.')),
    files: z.optional(oneOrMore(text('A file, or a pattern with *, **, ? and {a,b}.'), 'Dumps and configs.')),
    random: z.optional(random),
    enumerate: z.optional(enumerated),
  },
  {
    description: 'Where layouts come from.',
    anyOf: ['presets', 'files', 'random', 'enumerate'].map((key) => ({ required: [key] })),
  },
);

const combination = z
  .record(z.string(), z.unknown())
  .register(z.globalRegistry, { description: 'Values by axis.' });

/** The schema of a spec. */
export const sweepSchema = map(
  {
    $schema: z.optional(text('Where this schema is, for editors.')),
    schema: z.optional(word('Format of the spec.', [SWEEP_SCHEMA])),
    name: z.optional(text('How to call the campaign.')),
    description: z.optional(text('What it is for.')),
    ask: word('What is asked of every point.', ASKS),
    against: z.optional(policyNamed),
    want: z.optional(word('What is asked of every page; ept if left out.', WANTS)),
    layouts: oneOrMore(layouts, 'Where layouts come from: one source or several.'),
    axes: z.optional(
      z.record(z.string(), z.unknown()).register(z.globalRegistry, {
        description: 'Values by config path, as lists; kvm-4.7..kvm-7.1 is every release between.',
      }),
    ),
    zip: z.optional(
      z
        .array(z.array(text('Name of an axis.')).check(z.minLength(2)))
        .register(z.globalRegistry, { description: 'Axes of one length that run together.' }),
    ),
    exclude: z.optional(
      z.array(combination).register(z.globalRegistry, { description: 'Combinations to leave out.' }),
    ),
    include: z.optional(
      z
        .array(combination)
        .register(z.globalRegistry, { description: 'Combinations to add, whatever is excluded.' }),
    ),
    keep: z.optional(word('Which rows are kept; findings if left out. Counters always are.', KEEPS)),
    smallest: z.optional(
      count('How many of the smallest findings are kept; 20 if left out.', 0, MOST_SMALLEST),
    ),
    verify: z.optional(
      checked(
        (value) =>
          (typeof value === 'string' && RATE_PATTERN.test(value)) || value === 'none'
            ? undefined
            : { expected: 'a share such as 1/1000, or none' },
        {
          description: 'Share of the points that another engine is asked of; 1/1000 if left out.',
          type: 'string',
          pattern: '^(1/[1-9][0-9]{0,8}|none)$',
        },
      ),
    ),
    oracle: z.optional(
      map(
        {
          command: text('A shell command that speaks the oracle protocol.'),
          timeout: z.optional(
            checked(
              (value) =>
                typeof value === 'string' && SECONDS_PATTERN.test(value)
                  ? undefined
                  : { expected: 'a time such as 10s or 500ms' },
              {
                description: 'Longest silence; 10s if left out.',
                type: 'string',
                pattern: '^[1-9][0-9]{0,5}(ms|s)$',
              },
            ),
          ),
        },
        { description: 'Another program, for ask: oracle.' },
      ),
    ),
  },
  { title: 'eptsweep campaign' },
);
