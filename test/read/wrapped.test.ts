/** Dumps whose lines were cut at a column: nothing is lost in silence, and nothing is there that the whole text does not hold. */
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type Facts, ReadError, type RegisterFact, readBytes } from '../../src/read/index.ts';
import { rounds } from '../rounds.ts';
import { FIXTURE_NAMES, fixtureBytes } from './fixture.ts';

/** Lines that tell one register: a fixed range's eight types may each stand in their own. */
const LINES_OF_REGISTER = 8;

interface Whole {
  readonly name: string;
  readonly lines: readonly string[];
  readonly facts: Facts;
}

function read(text: string): Facts | undefined {
  try {
    return readBytes(Buffer.from(text));
  } catch (error) {
    if (error instanceof ReadError) return undefined;
    throw error;
  }
}

const WHOLES: readonly Whole[] = FIXTURE_NAMES.filter((name) => !name.includes('utf16')).flatMap((name) => {
  const bytes = fixtureBytes(name);
  const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  const facts = read(text);
  return facts ? [{ name, lines: text.split('\n'), facts }] : [];
});

function piecesOf(line: string, column: number): readonly string[] {
  const count = Math.max(1, Math.ceil(line.length / column));
  return Array.from({ length: count }, (_, n) => line.slice(n * column, (n + 1) * column));
}

function registersOf({ registers, cpus }: Facts): readonly (readonly [string, RegisterFact])[] {
  const own = [...cpus.values()].flatMap((one) =>
    [...one.registers.values()].map((fact) => [`cpu ${one.cpu} ${fact.msr.toString(16)}`, fact] as const),
  );
  return [
    ...[...registers.values()].map((fact) => [`machine ${fact.msr.toString(16)}`, fact] as const),
    ...own,
  ];
}

function warnedLines({ messages, torn, coverage }: Facts): readonly number[] {
  const places = messages.filter(({ severity }) => severity !== 'note').map(({ at }) => at.line);
  return [...places, ...torn.map(({ at }) => at.line), ...(coverage?.unused ?? []).map(({ line }) => line)];
}

const isOf = (part: RegisterFact, whole: RegisterFact): boolean =>
  part.msr === whole.msr && (part.known & ~whole.known) === 0n && (whole.value & part.known) === part.value;

/** What a cut at a column lost or invented, in words; undefined: neither. */
function faultOf({ lines, facts }: Whole, column: number): string | undefined {
  const pieces = lines.map((line) => piecesOf(line, column));
  const cut = read(pieces.flat().join('\n'));
  if (!cut) return undefined;
  const wanted = registersOf(facts);
  const found = new Map(registersOf(cut));
  for (const [key, fact] of found) {
    if (!wanted.some(([, whole]) => isOf(fact, whole))) return `${key} is ${fact.value.toString(16)}`;
  }
  const warned = warnedLines(cut);
  const starts = [1];
  for (const one of pieces) starts.push(starts.at(-1)! + one.length);
  for (const [key, fact] of wanted) {
    const other = found.get(key);
    if (other && other.value === fact.value && other.known === fact.known) continue;
    const first = starts[fact.at.line - 1]!;
    const end = starts[Math.min(fact.at.line - 1 + LINES_OF_REGISTER, lines.length)]!;
    const isNamed = warned.some((line) => line >= first && line < end);
    if (!isNamed) return `${key} of line ${fact.at.line} is lost, ${warned.join()}`;
  }
  return undefined;
}

describe('a text that was cut at a column', () => {
  it.each(WHOLES)('$name', (whole) => {
    const longest = Math.max(...whole.lines.map(({ length }) => length));
    const step = Math.max(1, Math.floor(longest / rounds(8, longest)));
    const faults: string[] = [];
    for (let column = 1; column < longest; column += step) {
      const fault = faultOf(whole, column);
      if (fault !== undefined) faults.push(`cut at ${column}: ${fault}`);
    }
    expect(faults).toEqual([]);
  });
});
