/** What is usual is read without making strings, and what has to be a string is decoded once. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { entryCsv } from '../../src/read/trace/csv.ts';
import { ftrace } from '../../src/read/trace/events.ts';
import { entryJson } from '../../src/read/trace/json.ts';
import { LineText } from '../../src/read/trace/line-text.ts';
import { type EntryFormat, EntrySink } from '../../src/read/trace/reader.ts';
import { BATCH_ENTRIES } from '../../src/trace/index.ts';

afterEach(() => vi.restoreAllMocks());

const SET =
  ' a-1 [000] .... 1.0: kvm_mmu_set_spte: gfn 1151b spte 86000080a5669b37 (rwxu) level 1 at 80b34fc8d8';
const TORN = ' a-1 [000] .... 1.0: kvm_mmu_set_spte: gfn 1151b';

/** How often texts are made of lines. */
function textsOf(format: EntryFormat, lines: readonly string[], isLive = false): number {
  const spy = vi.spyOn(LineText.prototype, 'of').mockClear();
  const sink = new EntrySink(() => undefined, isLive ? () => undefined : undefined);
  const reader = format.open(sink);
  const bytes = Buffer.from(lines.join('\n'));
  let start = 0;
  for (const [at, line] of lines.entries()) {
    reader.line(bytes, start, start + line.length, at + 1);
    start += line.length + 1;
  }
  return spy.mock.calls.length;
}

describe('the fast ways', () => {
  it('make no text of events, but where one is torn or somebody wants more', () => {
    expect(textsOf(ftrace, [SET, SET, SET])).toBe(0);
    expect(textsOf(ftrace, [SET, TORN, SET, SET])).toBe(2);
    expect(textsOf(ftrace, [SET, SET], true)).toBe(2);
  });

  it('make no text of rows, but where another heading has come', () => {
    expect(textsOf(entryCsv, ['1,1,1037', '2,1,2037'])).toBe(0);
    expect(textsOf(entryCsv, ['gfn,level,entry', '1,1,1037', '2,1,2037'])).toBe(1);
    expect(textsOf(entryCsv, ['entry,level,gfn', '1037,1,1', '2037,1,2'])).toBe(3);
    expect(textsOf(entryCsv, ['entry,level,gfn', '1037,1,1', 'gfn,level,entry', '1,1,1037'])).toBe(3);
  });

  it('parse no JSON of usual rows', () => {
    const spy = vi.spyOn(JSON, 'parse');
    textsOf(entryJson, [
      '{"gfn":"1","level":1,"entry":"1037"}',
      '{"gfn": "2", "level": 1, "entry": "2037"},',
    ]);
    expect(spy.mock.calls).toHaveLength(0);
    textsOf(entryJson, ['{"gfn":"1","level":1,"entry":"1037","as_id":1}']);
    expect(spy.mock.calls).toHaveLength(1);
  });
});

describe('lines as texts', () => {
  const MOST_DECODED = 1 << 21;

  it.each([16, MOST_DECODED])('decode a piece of %i bytes once', (size) => {
    const spy = vi.spyOn(TextDecoder.prototype, 'decode');
    const [piece, other] = [new Uint8Array(size).fill(0x61), new Uint8Array(size).fill(0x62)];
    const texts = new LineText();
    expect([texts.of(piece, 3, 5), texts.of(piece, 6, 9), texts.of(other, 3, 5)]).toEqual([
      'aa',
      'aaa',
      'bb',
    ]);
    expect(spy.mock.calls.map(([bytes]) => bytes!.byteLength)).toEqual([size, size]);
  });

  it('decode the lines of a longer piece alone', () => {
    const spy = vi.spyOn(TextDecoder.prototype, 'decode');
    const piece = new Uint8Array(MOST_DECODED + 1).fill(0x61);
    const texts = new LineText();
    expect([texts.of(piece, 3, 5), texts.of(piece, 6, 9)]).toEqual(['aa', 'aaa']);
    expect(spy.mock.calls.map(([bytes]) => bytes!.byteLength)).toEqual([2, 3]);
  });
});

describe('batches', () => {
  it('are given when they are full, and the rest at the end', () => {
    const given: (readonly [number, number])[] = [];
    const sink = new EntrySink((batch) => given.push([batch.count, batch.line[0]!]));
    sink.flush();
    expect(given).toEqual([]);
    for (let line = 1; line <= 2 * BATCH_ENTRIES + 3; line++) sink.add(line, 0, 1, 1, 0x37, 0);
    expect(given).toEqual([
      [BATCH_ENTRIES, 1],
      [BATCH_ENTRIES, BATCH_ENTRIES + 1],
    ]);
    sink.flush();
    sink.flush();
    expect(given.at(-1)).toEqual([3, 2 * BATCH_ENTRIES + 1]);
    expect(given).toHaveLength(3);
    expect(sink.entries).toBe(2 * BATCH_ENTRIES + 3);
  });
});
