import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerLine, MAX_SPANS } from '../../src/oracle/index.ts';
import type { Span, Want } from '../../src/types.ts';
import { fakeEngine } from './fake-engine.ts';

const GOOD = { id: 'a', maxphyaddr: 36, range: [0, 32] };

describe('spans as they are written', () => {
  const first = { start: 0, end: 10 };
  const second = { start: 10, end: 0x20 };
  const rows: [Want, Span[], string][] = [
    [
      'mtrr',
      [
        { ...first, type: -1 },
        { ...second, type: 6 },
      ],
      '[["0x0","0xa",-1],["0xa","0x20",6]]',
    ],
    [
      'effective',
      [
        { ...first, type: 0 },
        { ...second, type: 5 },
      ],
      '[["0x0","0xa",0],["0xa","0x20",5]]',
    ],
    [
      'ept',
      [
        { ...first, type: 6, ipat: 1 },
        { ...second, type: -1, ipat: 0 },
      ],
      '[["0x0","0xa",6,1],["0xa","0x20",-1,0]]',
    ],
    [
      'levels',
      [
        { ...first, level: 0 },
        { ...second, level: 3 },
      ],
      '[["0x0","0xa",0],["0xa","0x20",3]]',
    ],
    [
      'leaf',
      [
        { ...first, level: 1, entry: null },
        { ...second, level: 2, entry: 0x86000000122000b7n },
      ],
      '[["0x0","0xa",1,null],["0xa","0x20",2,"0x86000000122000b7"]]',
    ],
  ];
  it.each(rows)('%s', (want, spans, written) => {
    const answer = answerLine(fakeEngine({ spans: () => spans }), JSON.stringify({ ...GOOD, want }));
    expect(answer).toBe(`{"id":"a","spans":${written}}`);
  });

  it('writes an unmapped leaf as "0x0"', () => {
    const engine = fakeEngine({ spans: (range) => [{ ...range, level: 0, entry: 0n }] });
    expect(answerLine(engine, JSON.stringify({ ...GOOD, want: 'leaf' }))).toBe(
      '{"id":"a","spans":[["0x0","0x20",0,"0x0"]]}',
    );
  });

  it('gives no span for an empty range, yet judges the registers', () => {
    const empty = { ...GOOD, range: [7, 7] };
    expect(answerLine(fakeEngine(), JSON.stringify(empty))).toBe('{"id":"a","spans":[]}');
    const refused = JSON.parse(
      answerLine(fakeEngine(), JSON.stringify({ ...empty, msrs: { '0x200': '0xbad' } })),
    );
    expect(refused.error.code).toBe('wrmsr-gp');
  });
});

describe('more spans than an answer lists', () => {
  function* alternating(count: number): Generator<Span> {
    for (let gfn = 0; gfn < count; gfn++) yield { start: gfn, end: gfn + 1, type: gfn % 2 ? 6 : 0, ipat: 0 };
  }
  const totals = [
    { type: 0, ipat: 0, pages: 0x8001n },
    { type: 6, ipat: 0, pages: 0x8000n },
  ] as const;

  it('lists 65,536 in full', () => {
    const engine = fakeEngine({ spans: () => alternating(MAX_SPANS), totals });
    const answer = JSON.parse(answerLine(engine, JSON.stringify(GOOD)));
    expect(answer.spans).toHaveLength(65536);
    expect(Object.keys(answer)).toEqual(['id', 'spans']);
  });

  it('cuts the list at one more, and gives totals', () => {
    const engine = fakeEngine({ spans: () => alternating(MAX_SPANS + 1), totals });
    const answer = JSON.parse(answerLine(engine, JSON.stringify(GOOD)));
    expect(answer).toMatchObject({
      truncated: true,
      pages: [
        [0, 0, '0x8001'],
        [6, 0, '0x8000'],
      ],
    });
    expect(answer.spans).toHaveLength(65536);
    expect(answer.spans.at(-1)).toEqual(['0xffff', '0x10000', 6, 0]);
    expect(engine.disposed).toBe(1);
  });

  it('asks an endless list no further than it needs', () => {
    const engine = fakeEngine({ spans: () => alternating(Number.POSITIVE_INFINITY), totals: [] });
    expect(JSON.parse(answerLine(engine, JSON.stringify(GOOD))).truncated).toBe(true);
  });
});

describe('refused and failed requests', () => {
  it('repeats the refused register, beyond what a number holds', () => {
    const msrs = { '0x0200': '0x6', '0x10000000000000201': '0x0800' };
    expect(JSON.parse(answerLine(fakeEngine(), JSON.stringify({ ...GOOD, msrs })))).toMatchObject({
      id: 'a',
      error: { code: 'wrmsr-gp', msr: '0x10000000000000201', value: '0x800' },
    });
  });

  it('says what it takes on trust for a release that was not verified, and only there', () => {
    const engine = fakeEngine();
    const answer = (policy: string, want: string) =>
      JSON.parse(answerLine(engine, JSON.stringify({ ...GOOD, policy, want })));
    for (const want of ['ept', 'leaf']) {
      expect(answer('kvm-7.2', want).assumed).toEqual([
        expect.stringContaining('7.1.5'),
        expect.stringContaining('leaf entries'),
      ]);
      for (const name of ['kvm-4.7', 'kvm-5.15', 'kvm-6.12.78', 'kvm-7.1.5', 'sdm']) {
        expect(answer(name, want)).not.toHaveProperty('assumed');
      }
    }
  });

  it('turns a fault of the engine into `internal`, in one line, and goes on', () => {
    const engine = fakeEngine({
      spans: () => {
        throw new TypeError('first line\n  at somewhere');
      },
    });
    const { id, error } = JSON.parse(answerLine(engine, JSON.stringify(GOOD)));
    expect({ id, code: error.code }).toEqual({ id: 'a', code: 'internal' });
    expect(error.message).not.toContain('somewhere');
    expect(engine.disposed).toBe(engine.opened);
  });
});

describe('any JSON value', () => {
  const engine = fakeEngine();
  const line = (value: unknown) => {
    const text = answerLine(engine, JSON.stringify(value));
    expect(text).not.toContain('\n');
    return JSON.parse(text) as { id: unknown; spans?: unknown; error?: { code: string; message: string } };
  };

  it('gets exactly one line with either spans or an error', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const answer = line(value);
        expect('spans' in answer).toBe(!('error' in answer));
      }),
    );
  });

  const key = fc.constantFrom(
    'want',
    'policy',
    'maxphyaddr',
    'msrs',
    'vcnt',
    'quirks',
    'mmio',
    'memory',
    'pat',
    'range',
  );
  const id = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  );
  it('gets its id back when the id is valid', () => {
    fc.assert(
      fc.property(id, fc.dictionary(key, fc.jsonValue()), (id, body) => {
        expect(line({ maxphyaddr: 36, ...body, id }).id).toBe(JSON.parse(JSON.stringify(id)));
      }),
    );
  });

  it('never gets an answer that it did not ask for where one key is wrong', () => {
    fc.assert(
      fc.property(key, fc.oneof(fc.constant(null), fc.double({ max: -1e-9, noNaN: true })), (key, value) => {
        expect(line({ id: 1, maxphyaddr: 36, [key]: value }).error?.code).toBe('bad-request');
      }),
    );
  });
});
