/** Dumps that were cut at any byte: nothing is lost in silence, and nothing is there that the whole text does not hold. */
import { describe, expect, it } from 'vitest';
import { type Facts, ReadError, type RegisterFact, readBytes } from '../../src/read/index.ts';
import { rounds } from '../rounds.ts';
import { FIXTURE_NAMES, fixtureBytes } from './fixture.ts';

/** What is no plain text. The first block of a text is looked at. */
const PACKED = /\.gz$|utf16|jsonl?\b/;
const NAMES = FIXTURE_NAMES.filter((name) => !PACKED.test(name));

function cutAt(bytes: Buffer, length: number, file: string, stage?: string): Facts | ReadError {
  try {
    return readBytes(bytes.subarray(0, length), { file, boot: 1, ...(stage !== undefined && { stage }) });
  } catch (error) {
    if (error instanceof ReadError) return error;
    throw error;
  }
}

/** By CPU and number. */
function registersOf({ registers, cpus }: Facts): Map<string, RegisterFact> {
  const all = new Map<string, RegisterFact>();
  for (const [msr, fact] of registers) all.set(`machine 0x${msr.toString(16)}`, fact);
  for (const { cpu, registers: own } of cpus.values()) {
    for (const [msr, fact] of own) all.set(`cpu ${cpu} 0x${msr.toString(16)}`, fact);
  }
  return all;
}

/** Lines that a warning, a note or what is torn names. */
function namedLines({ messages, torn, coverage }: Facts): Set<number> {
  const places = [...messages, ...torn].map(({ at }) => at.line);
  return new Set([...places, ...(coverage?.unused ?? []).map(({ line }) => line)]);
}

/** What a cut lost or invented, in words; undefined: neither. */
function faultOf(wholes: readonly Map<string, RegisterFact>[], bytes: Buffer, length: number, name: string) {
  const cut = cutAt(bytes, length, name);
  if (cut instanceof ReadError) return undefined;
  const text = bytes.subarray(0, length).toString('latin1');
  const complete = text.split('\n').length - 1;
  const named = namedLines(cut);
  if (named.has(complete + 1)) return undefined;
  const got = registersOf(cut);
  for (const [key, { value, known }] of got) {
    const isHeld = wholes.some((whole) => {
      const is = whole.get(key);
      return is && (known & ~is.known) === 0n && (is.value & known) === value;
    });
    if (!isHeld) return `${key} is ${value.toString(16)}`;
  }
  for (const [key, { at }] of wholes[0]!) {
    if (at.line <= complete && !got.has(key) && !named.has(at.line))
      return `${key} of line ${at.line} is lost`;
  }
  return undefined;
}

describe('a text that was cut', () => {
  it.each(NAMES)('%s', (name) => {
    const bytes = fixtureBytes(name);
    const whole = cutAt(bytes, bytes.length, name);
    if (whole instanceof ReadError) return;
    // A text that is cut before its last state shows the one before.
    const others = whole.stages.filter(({ taken }) => !taken);
    const stages = others.map(({ name: stage }) => cutAt(bytes, bytes.length, name, stage));
    const wholes = [whole, ...stages].flatMap((one) => (one instanceof ReadError ? [] : [registersOf(one)]));
    const step = Math.max(1, Math.floor(bytes.length / rounds(60, bytes.length)));
    const faults: string[] = [];
    for (let length = 1; length < bytes.length && faults.length < 5; length += step) {
      const fault = faultOf(wholes, bytes, length, name);
      if (fault !== undefined) faults.push(`cut at ${length}: ${fault}`);
    }
    expect(faults).toEqual([]);
  });
});
