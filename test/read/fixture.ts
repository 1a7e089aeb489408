/** Fixtures of the readers' tests: dumps of one invented machine, "Brookfield B39", in every format. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Facts, type ReadOptions, readBytes, readStream } from '../../src/read/index.ts';

const FIXTURES = new URL('fixtures/', import.meta.url);

export const FIXTURE_NAMES: readonly string[] = readdirSync(FIXTURES).sort();

export function fixtureBytes(name: string): Buffer {
  return readFileSync(new URL(name, FIXTURES));
}

export function fixturePath(name: string): string {
  return fileURLToPath(new URL(name, FIXTURES));
}

export function readFixture(name: string, options: ReadOptions = {}): Facts {
  return readBytes(fixtureBytes(name), { file: name, ...options });
}

/** The same as it comes from a file, which may be gzip. */
export function streamFixture(name: string, options: ReadOptions = {}): Promise<Facts> {
  return readStream([fixtureBytes(name)], { file: name, ...options });
}

/** Registers as an object of hex strings, which a failing test prints well. */
export function inHex(
  registers: Iterable<readonly [number, { readonly value: bigint }]>,
): Record<string, string> {
  return Object.fromEntries([...registers].map(([msr, { value }]) => [msr.toString(16), value.toString(16)]));
}

/** Variable ranges of the Brookfield B39 (39 address bits). */
export const VARIABLE = {
  '200': '6',
  '201': '7f80000800',
  '202': '80000006',
  '203': '7fc0000800',
  '204': 'bf000000',
  '205': '7fff000800',
  '206': '100000006',
  '207': '7f00000800',
} as const;

const WP = '505050505050505';
const WB = '606060606060606';
/** Its fixed ranges. */
export const FIXED = {
  '250': WB,
  '258': WB,
  '259': '0',
  '268': WP,
  '269': WP,
  '26a': WP,
  '26b': WP,
  '26c': WP,
  '26d': '101010101010101',
  '26e': WP,
  '26f': WP,
} as const;
