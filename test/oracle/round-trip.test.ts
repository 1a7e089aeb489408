import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerLine, readRequest } from '../../src/oracle/index.ts';
import { readAnswer, readEnvelope } from '../../src/oracle/read-answer.ts';
import { requestLine } from '../../src/oracle/write-request.ts';
import { policy } from '../../src/policy/index.ts';
import { PAT_TYPES, type Span, WANTS } from '../../src/types.ts';
import { frameCount, vcpu } from '../../src/vm/index.ts';
import { fakeEngine } from './fake-engine.ts';

const maxphyaddr = 40;
const frames = frameCount(maxphyaddr);
const half = frames / 2;
const boolean = fc.boolean();
const range = fc
  .tuple(fc.nat(frames), fc.nat(frames))
  .map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) }));
const slot = (from: number) =>
  fc.record({
    gfn: fc.integer({ min: from, max: from + half - 0x1000 }),
    count: fc.integer({ min: 1, max: 0x1000 }),
    pfn: fc.nat(2 ** 39),
    readonly: boolean,
    maxLevel: fc.constantFrom(1, 2, 3),
  });
const machine = fc
  .record(
    {
      msrs: fc
        .uniqueArray(fc.tuple(fc.nat(0xffffffff), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })), {
          selector: ([msr]) => msr,
        })
        .map((writes) => writes as [number, bigint][]),
      vcnt: fc.nat(40),
      cr0cd: boolean,
      guestHasMtrr: boolean,
      noncoherentDma: boolean,
      selfSnoop: boolean,
      quirks: fc.subarray(['cd-nw-cleared', 'ignore-guest-pat'] as const),
      mmio: fc.array(range, { maxLength: 4 }),
      slots: fc.tuple(slot(0), slot(half)),
    },
    { requiredKeys: [] },
  )
  .map((init) => vcpu({ maxphyaddr, ...(init as object) }));

describe('a question written and read again', () => {
  it('is the same question', () => {
    fc.assert(
      fc.property(
        machine,
        fc.constantFrom('sdm', 'kvm-5.16', 'kvm-6.12.78', 'kvm-6.11-rc3'),
        fc.constantFrom(...WANTS),
        fc.constantFrom(...PAT_TYPES),
        range,
        (vcpu, name, want, pat, range) => {
          fc.pre(want !== 'mtrr' || name === 'sdm' || name === 'kvm-5.16');
          const question = { want, policy: policy(name), vcpu, query: { range, pat } };
          const line = requestLine('q', question);
          expect(line).not.toContain('\n');
          expect(readRequest(line)).toMatchObject({ id: 'q', ...question });
        },
      ),
    );
  });
});

describe('an answer written and read again', () => {
  const value = fc.record({
    type: fc.constantFrom(-1, 0, 1, 4, 5, 6),
    ipat: fc.constantFrom(0, 1),
    level: fc.constantFrom(0, 1, 2, 3),
    entry: fc.option(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
  });
  const fields = {
    mtrr: ['type'],
    effective: ['type'],
    ept: ['type', 'ipat'],
    levels: ['level'],
    leaf: ['level', 'entry'],
  };

  it('is the same answer', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 2 ** 20 }), value), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(fc.constantFrom(...WANTS), fc.nat(2 ** 20), steps, (want, first, steps) => {
        let end = first;
        const spans = steps.map(([count, full]) => {
          const start = end;
          end += count;
          const kept = Object.fromEntries(
            Object.entries(full).filter(([name]) => fields[want].includes(name)),
          );
          return { start, end, ...kept } as Span;
        });
        const request = JSON.stringify({ id: 1, want, maxphyaddr, range: [first, end] });
        const { body } = readEnvelope(answerLine(fakeEngine({ spans: () => spans }), request));
        expect(readAnswer(body, want, { start: first, end })).toEqual({ spans, truncated: false });
      }),
    );
  });
});

describe('answers that are refused', () => {
  const whole = { start: 0, end: 16 };
  const rows: [string, string][] = [
    ['{}', 'spans'],
    ['{"spans":{}}', 'spans'],
    ['{"spans":[]}', 'spans'],
    ['{"spans":[[0,16,6]]}', 'spans.0'],
    ['{"spans":[[0,16,6,0,0]]}', 'spans.0'],
    ['{"spans":[[0,8,6,0],[9,16,6,0]]}', 'spans.1'],
    ['{"spans":[[0,8,6,0],[7,16,6,0]]}', 'spans.1'],
    ['{"spans":[[0,0,6,0],[0,16,6,0]]}', 'spans.0'],
    ['{"spans":[[0,17,6,0]]}', 'spans'],
    ['{"spans":[[0,15,6,0]]}', 'spans'],
    ['{"spans":[[0,16,8,0]]}', 'spans.0.2'],
    ['{"spans":[[0,16,-2,0]]}', 'spans.0.2'],
    ['{"spans":[[0,16,"WB",0]]}', 'spans.0.2'],
    ['{"spans":[[0,16,6,2]]}', 'spans.0.3'],
    ['{"spans":[["0","16",6,0]]}', 'spans.0.0'],
    ['{"error":"no"}', 'error'],
    ['{"error":{"message":"no"}}', 'error.code'],
    ['{"error":{"code":"wrmsr-gp"}}', 'error.msr'],
  ];
  it.each(rows)('%s', (text, path) => {
    expect(() => readAnswer(JSON.parse(text), 'ept', whole)).toThrow(expect.objectContaining({ path }));
  });

  it('but a prefix is enough where the answer says that it is truncated', () => {
    const prefix = { spans: [[0, 15, 6, 0]], truncated: true };
    expect(readAnswer(prefix, 'ept', whole)).toMatchObject({ truncated: true });
  });

  it('and neighbours of one value, or a reserved type, are left for the comparison to judge', () => {
    const simple = {
      spans: [
        [0, '0x8', 3, 0],
        ['0x8', 16, 3, 0],
      ],
    };
    expect(readAnswer(simple, 'ept', whole)).toMatchObject({ spans: [{ type: 3 }, { type: 3 }] });
  });
});
