/** The layouts that host and Wasm share: an engine that agrees with itself about a wrong offset writes over its own. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as compare from '../../assembly/auto/compare-layout.ts';
import * as plan from '../../assembly/auto/plan-layout.ts';
import * as batch from '../../assembly/batch/batch-layout.ts';
import * as state from '../../assembly/direct/state-layout.ts';
import * as view from '../../assembly/layout.ts';

type Constants = Readonly<Record<string, number>>;

/** A record or a block: its fields begin with a word, and end before its size. */
interface Block {
  readonly prefix: string;
  readonly size: number;
  /** Bytes of fields that are more than one number, and of those whose type the source does not state behind them. */
  readonly bytes?: Constants;
}

interface Layout {
  readonly file: string;
  readonly constants: Constants;
  readonly blocks: readonly Block[];
  /** Values that tell cases apart: 0, 1, 2 and on, or a bit each. */
  readonly cases: readonly string[];
  /** What is no place, and what it has to be. */
  readonly others: Constants;
}

const FRAMES_BY_LEVEL = 512;
const RULES = 40;

const LAYOUTS: readonly Layout[] = [
  {
    file: 'assembly/layout.ts',
    constants: view,
    blocks: [
      { prefix: 'VIEW', size: view.VIEW_HEADER_SIZE },
      { prefix: 'WRITE', size: view.WRITE_SIZE },
      { prefix: 'SLOT', size: view.SLOT_SIZE },
      { prefix: 'MMIO', size: view.MMIO_SIZE },
      { prefix: 'HOST', size: view.HOST_SIZE },
      { prefix: 'SPAN', size: view.SPAN_SIZE },
    ],
    cases: [
      ...[
        'SWITCH',
        'VENDOR',
        'MTRR',
        'PEER_DISABLED',
        'PEER_FIXED',
        'PEER_MATCH',
        'PEER_OVERLAP',
        'EPT',
        'CD',
      ],
      ...['IGNORE_PAT', 'LEVEL', 'MMIO_LEVEL', 'LEAF', 'WANT'],
    ],
    others: {
      TYPE_UNDEFINED: 255,
      ENTRY_TYPE_UNDEFINED: 7,
      VARIABLE_COUNT_MAX: RULES,
      VARIABLE_COUNT_KVM: 8,
    },
  },
  {
    file: 'assembly/auto/plan-layout.ts',
    constants: plan,
    blocks: [
      {
        prefix: 'PLAN',
        size: plan.PLAN_HEADER_SIZE,
        bytes: {
          PLAN_RULES: RULES * plan.RULE_SIZE,
          PLAN_FIXED_TYPES: 256,
          PLAN_EXCLUDED: RULES * 2 * 8,
          PLAN_LOW: 41 * 8,
          PLAN_TABLE: 2 << plan.TABLE_RULES_MAX,
          PLAN_RULES_OF_TYPE: 8 * 8,
          PLAN_POWERS: 41 * 3 * 8,
          PLAN_SUMMARIES: 41 * plan.SUMMARY_SIZE,
          PLAN_REGISTERS: plan.REGISTERS_SIZE,
          PLAN_CLASSES: 8 * 8,
        },
      },
      { prefix: 'RULE', size: plan.RULE_SIZE },
      { prefix: 'SUMMARY', size: plan.SUMMARY_SIZE, bytes: { SUMMARY_DIGEST: 8 } },
      {
        prefix: 'REGISTERS',
        size: plan.REGISTERS_SIZE,
        bytes: {
          REGISTERS_MASK: RULES * 8,
          REGISTERS_FIXED: 11 * 8,
          REGISTERS_DEF_TYPE: 8,
          REGISTERS_SYSCFG: 8,
          REGISTERS_TOM2: 8,
        },
      },
      { prefix: 'SEGMENT', size: plan.SEGMENT_SIZE },
      {
        prefix: 'PATTERN',
        size: plan.PATTERN_SIZE,
        bytes: { PATTERN_TYPES: FRAMES_BY_LEVEL, PATTERN_LOWS: FRAMES_BY_LEVEL },
      },
      { prefix: 'DIGIT', size: plan.DIGITS_SIZE, bytes: { DIGIT_TYPES: 2 << plan.TABLE_RULES_MAX } },
    ],
    cases: [],
    others: {
      TABLE_RULES_MAX: 10,
      UNDEFINED: 7,
      EDGES_OF_REGISTERS: 352,
      MEMO_SLOT_SIZE: 8 + plan.SUMMARY_SIZE,
      PATTERN_SLOTS: 256,
      PATTERN_SCRATCH: plan.PATTERN_SLOTS * plan.PATTERN_SIZE,
      PATTERNS_SIZE: plan.PATTERN_SCRATCH + FRAMES_BY_LEVEL * 8,
      HISTOGRAM_SIZE: 4 * 8 * 2 * 2 * 8,
      DIGIT_TABLE_SIZE: 2 << 10,
    },
  },
  {
    file: 'assembly/auto/compare-layout.ts',
    constants: compare,
    blocks: [
      {
        prefix: 'COMPARE',
        size: compare.COMPARE_SIZE,
        bytes: { COMPARE_MATRIX: compare.CODES ** 2 * 8, COMPARE_CELLS: compare.CODES ** 2 * 2 },
      },
      { prefix: 'STATE', size: compare.STATE_SIZE },
      { prefix: 'DIFFERENCE', size: compare.DIFFERENCE_SIZE },
    ],
    cases: [],
    // A code is type, IPAT, level and read-only: 3, 1, 2 and 1 bits.
    others: {
      CODES: 1 << 7,
      CODES_OF_TYPES: 1 << 3,
      CODES_OF_EPT: 1 << 4,
      CODES_OF_LEVELS: 1 << 6,
      VERDICT_SIZE: 3 * 8,
    },
  },
  {
    file: 'assembly/direct/state-layout.ts',
    constants: state,
    blocks: [
      {
        prefix: 'STATE',
        size: state.DIRECT_STATE_SIZE,
        bytes: {
          STATE_REACH: 7 * 8,
          STATE_FIXED: 11 * 8,
          STATE_BASES: RULES * 8,
          STATE_MASKS: RULES * 8,
          STATE_RULES: RULES * state.RULE_SIZE,
          STATE_LANES: RULES * state.LANE_SIZE,
          STATE_TYPES: state.BATCH_FRAMES + state.TYPES_SLACK,
        },
      },
      { prefix: 'RULE', size: state.RULE_SIZE },
      { prefix: 'LANE', size: state.LANE_SIZE, bytes: { LANE_FIRST: 16, LANE_SECOND: 16, LANE_THIRD: 16 } },
    ],
    cases: [],
    others: { BATCH_FRAMES: 1024, TYPES_SLACK: 32, RULE_START: state.RULE_MASK, RULE_END: state.RULE_VALUE },
  },
  {
    file: 'assembly/batch/batch-layout.ts',
    constants: batch,
    blocks: [
      {
        prefix: 'LAYOUT',
        size: batch.LAYOUT_SIZE,
        bytes: { LAYOUT_FIXED: batch.FIXED_REGISTERS * 8, LAYOUT_RANGES: batch.PAIRS_MAX * 16 },
      },
      {
        prefix: 'BATCH',
        size: batch.BATCH_SIZE,
        bytes: {
          BATCH_SIDE_A: 12,
          BATCH_SIDE_B: 12,
          BATCH_WEIGHTS: batch.PAIRS_OF_CODES * 8,
          BATCH_PAGES: batch.PAIRS_OF_CODES * 8,
          BATCH_BY_PAIRS: (batch.PAIRS_MAX + 1) * batch.BY_PAIRS_SIZE,
          BATCH_SMALLEST: 64 * batch.SMALL_SIZE,
          BATCH_WORDS: 44 * 8,
          BATCH_LAYOUT: batch.LAYOUT_SIZE,
          BATCH_RANGES: batch.PAIRS_MAX * batch.RANGE_SIZE,
          BATCH_EVENTS: 40 * 8,
        },
      },
      { prefix: 'BY_PAIRS', size: batch.BY_PAIRS_SIZE },
      { prefix: 'SMALL', size: batch.SMALL_SIZE },
      { prefix: 'FOUND', size: batch.FOUND_SIZE },
      { prefix: 'SIDE', size: 16 },
      { prefix: 'RANGE', size: batch.RANGE_SIZE },
    ],
    cases: ['KIND', 'MODE'],
    others: {
      PAIRS_UNKNOWN: 0xffffffff,
      PAIRS_MAX: 10,
      FIXED_REGISTERS: 11,
      PAIRS_OF_CODES: 1 << 8,
      CODE_TYPE: 7,
      CODE_IPAT: 8,
      CODE_UNDEFINED: 7,
      // What is counted ends with BATCH_HELD: the rest of a block is not zeroed.
      BATCH_COUNTERS_END: batch.BATCH_HELD + 8,
    },
  },
];

/** Of `MMIO_LEVEL_4K` the longest of the words that begin it. */
const wordOf = (name: string, words: readonly string[]): string | undefined =>
  words.filter((word) => name.startsWith(`${word}_`)).sort((a, b) => b.length - a.length)[0];

describe.each(LAYOUTS)('$file', ({ file, constants, blocks, cases, others }) => {
  const text = readFileSync(file, 'utf8');
  const words = [...blocks.map(({ prefix }) => prefix), ...cases];
  const sizes = blocks.map(({ size }) => size);
  const places = Object.keys(constants).filter((name) => !(name in others) && !/_SIZE$/.test(name));

  /** Bytes, and what the place has to be a multiple of. */
  function extentOf(name: string, bytes: Constants): readonly [bytes: number, unit: number] {
    const stated = new RegExp(`^export const ${name} = .*// (?:one )?[ui](8|16|32|64)\\b`, 'm').exec(
      text,
    )?.[1];
    const unit =
      stated === undefined ? Math.min(8, (bytes[name] ?? 0) & -(bytes[name] ?? 0)) : Number(stated) / 8;
    return [bytes[name] ?? unit, name in bytes ? Math.min(8, bytes[name]! & -bytes[name]!) : unit];
  }

  it('has a place in this test for each constant', () => {
    expect(places.filter((name) => wordOf(name, words) === undefined)).toEqual([]);
  });

  it.each(blocks)(
    '$prefix: no field reaches into another, or behind the end',
    ({ prefix, size, bytes = {} }) => {
      const fields = places.filter((name) => wordOf(name, words) === prefix);
      expect(fields.length).toBeGreaterThan(0);
      const taken = fields
        .map((name) => ({ name, start: constants[name]!, extent: extentOf(name, bytes) }))
        .sort((a, b) => a.start - b.start);
      let end = 0;
      for (const { name, start, extent } of taken) {
        expect(extent[0], `bytes of ${name}`).toBeGreaterThan(0);
        expect(start, name).toBeGreaterThanOrEqual(end);
        expect(start % extent[1], `${name} is aligned`).toBe(0);
        end = start + extent[0];
      }
      expect(end).toBeLessThanOrEqual(size);
      expect(size % 4).toBe(0);
      if (fields.some((name) => extentOf(name, bytes)[1] === 8)) expect(size % 8).toBe(0);
    },
  );

  it.each(cases.map((word) => [word] as const))('%s_*: tells its cases apart', (word) => {
    const values = places.filter((name) => wordOf(name, words) === word).map((name) => constants[name]!);
    expect(values.length).toBeGreaterThan(1);
    const counted = values.map((_, index) => index);
    const bits = values.map((_, index) => 1 << index);
    expect([counted, bits]).toContainEqual(values);
  });

  it('has sizes that belong to its records', () => {
    const named = Object.keys(constants).filter((name) => /_SIZE$/.test(name) && !(name in others));
    for (const name of named) expect(sizes, name).toContain(constants[name]);
  });

  it.each(Object.entries(others))('%s', (name, value) => {
    expect(constants[name]).toBe(value);
  });
});
