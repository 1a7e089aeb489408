import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { configJsonSchema, PRESETS, parseConfig } from '../../src/config/index.ts';
import { rounds } from '../rounds.ts';
import { fits } from './json-validator.ts';

const schema = configJsonSchema();
const PUBLISHED = new URL('../../schema/vm.schema.json', import.meta.url);

type Container = Record<string | number, unknown>;

/** Every place in a config: the container and the key. */
function placesOf(
  value: unknown,
  places: [Container, string | number][] = [],
): [Container, string | number][] {
  if (value === null || typeof value !== 'object') return places;
  for (const key of Array.isArray(value) ? value.keys() : Object.keys(value)) {
    places.push([value as Container, key]);
    placesOf((value as Container)[key], places);
  }
  return places;
}

const JUNK: readonly unknown[] = [
  null,
  true,
  -1,
  1.5,
  7,
  '',
  'x',
  'UC',
  '0x',
  '0x1000',
  '-4K',
  [],
  {},
  [[]],
  'kvm-4.6',
  '0x1000-0x0fff',
  '3M',
  4097,
  2 ** 53,
];

/** A preset with one thing changed: a value replaced, a key dropped or misspelt, an item repeated. */
function mutant(seed: number): Container {
  let state = seed * 2654435761 + 1;
  const next = (below: number): number => {
    state = (Math.imul(state, 48271) >>> 0) % 2147483647;
    return state % below;
  };
  for (let k = 0; k < 5; k++) next(7);
  const copy = structuredClone(PRESETS[next(PRESETS.length)]) as unknown as Container;
  const places = placesOf(copy);
  const [container, key] = places[next(places.length)]!;
  const value = container[key];
  const kind = next(4);
  if (kind === 0) container[key] = JUNK[next(JUNK.length)];
  else if (Array.isArray(container)) {
    if (kind === 1) container.splice(Number(key), 1);
    else container.push(kind === 2 ? structuredClone(value) : [value]);
  } else {
    delete container[key];
    if (kind === 2) container[`${String(key)}s`] = value;
    if (kind === 3) container[String(key).toUpperCase()] = value;
  }
  return copy;
}

function loaderAccepts(config: unknown): boolean {
  try {
    parseConfig(stringify(config), 'mutant.yaml');
    return true;
  } catch {
    return false;
  }
}

describe('the published JSON Schema', () => {
  it('is up to date (node scripts/write-schema.mjs writes it)', () => {
    expect(JSON.parse(readFileSync(PUBLISHED, 'utf8'))).toEqual(schema);
  });

  it('describes every key', () => {
    const missing: string[] = [];
    const visit = (one: Record<string, unknown>, path: string) => {
      for (const [key, value] of Object.entries(
        (one.properties ?? {}) as Record<string, Record<string, unknown>>,
      )) {
        if (!value.description) missing.push(`${path}.${key}`);
        visit(value, `${path}.${key}`);
      }
      if (one.items) visit(one.items as Record<string, unknown>, `${path}[]`);
      for (const alternative of (one.anyOf ?? []) as Record<string, unknown>[]) {
        if (alternative.properties && alternative.type) visit(alternative, path);
        if (alternative.items) visit(alternative, path);
      }
    };
    visit(schema, '');
    expect(missing).toEqual([]);
  });

  it.each(PRESETS.map((preset) => [preset.name, preset] as const))('accepts %s', (_, preset) => {
    expect(fits(schema, preset)).toBe(true);
  });

  it.each([
    {
      maxphyaddr: 46,
      vcpus: [
        { id: '0-3,7', cr0cd: true },
        { count: 2, msrs: { MTRRdefType: '0xc06' } },
      ],
    },
    {
      maxphyaddr: 36,
      msrs: { '0x2ff': 0x806, 'env.mtrr_var[1].mask': '0xf80000800', IA32_PAT: 0 },
      vcnt: 40,
    },
    { maxphyaddr: 46, pat: ['WB', 'WC', 'UC-', 'UC', 6, 5, 'uncached-minus', 'write-through'] },
    {
      maxphyaddr: 46,
      policy: { base: 'kvm-5.14', backports: ['0a7b73559b39'], flags: { levelCheck: 'none' } },
    },
    { maxphyaddr: 46, policy: 'kvm-6.12.78', quirks: ['KVM_X86_QUIRK_IGNORE_GUEST_PAT'] },
    {
      maxphyaddr: 46,
      mmio: ['0xfebc0000-0xfebc0fff', '3G + 1M'],
      slots: [{ base: '4G', size: '2G', pfn: '0x100', maxLevel: '2M' }],
    },
    {
      maxphyaddr: 46,
      mtrr: {
        variable: [
          { base: '0x100000', mask: '0x3fffff00000', type: 'uncachable' },
          { index: 3, valid: false },
        ],
      },
    },
  ])('accepts what the loader accepts: %j', (config) => {
    expect(loaderAccepts(config)).toBe(true);
    expect(fits(schema, config)).toBe(true);
  });

  /** What takes two values to see, or arithmetic, is beyond a schema; such a mutant is not counted. */
  const beyondSchema =
    /given twice|overlaps|maxphyaddr is|multiple of the size|size of a power of two|whole fixed ranges|below 1 MiB|ends before it starts|is empty|it is also/;

  it('rejects what the loader rejects, of mutants', () => {
    let rejected = 0;
    let accepted = 0;
    for (let seed = 1; rejected < rounds(40, 200); seed++) {
      const config = mutant(seed);
      let message: string | undefined;
      try {
        parseConfig(stringify(config), 'mutant.yaml');
      } catch (error) {
        message = (error as Error).message;
      }
      if (message === undefined) {
        accepted += 1;
        expect(fits(schema, config), `accepted by the loader: ${JSON.stringify(config)}`).toBe(true);
      } else if (!beyondSchema.test(message)) {
        rejected += 1;
        expect(fits(schema, config), message).toBe(false);
      }
    }
    expect(accepted).toBeGreaterThan(rounds(4, 20));
  });
});
