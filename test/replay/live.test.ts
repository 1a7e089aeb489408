/** Guests that live kernels ran, without hardware: their traces, in the kernel's own words, against their scenarios. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { followScenario } from '../../src/answer/index.ts';
import { parseScenario } from '../../src/config/index.ts';
import { createEvaluatorSync } from '../../src/index.ts';
import { policyFromText } from '../../src/policy/index.ts';
import { readTraceText } from '../../src/read/trace/stream.ts';
import type { Followed } from '../../src/replay/index.ts';

const FOLDER = join(import.meta.dirname, 'live');
const NAMES = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.ftrace'))
  .map((name) => name.replace('.ftrace', ''));
const evaluator = createEvaluatorSync();
afterAll(() => evaluator.dispose());

function text(name: string): string {
  return readFileSync(join(FOLDER, name), 'utf8');
}

function followed(name: string, rule = '', change: (trace: string) => string = (trace) => trace): Followed {
  const kernel = JSON.parse(text(`${name}.ndjson`).split('\n', 1)[0]!).policy as string;
  const scenario = parseScenario(text(`${name}.ndjson`), {
    file: name,
    policy: policyFromText(`${kernel}${rule}`),
  });
  const follower = followScenario(scenario, evaluator);
  const onLine = follower.push.bind(follower);
  readTraceText(change(text(`${name}.ftrace`)), () => undefined, { file: name, onLine });
  return follower.finish();
}

/** The same trace as other programs print it. */
const FORMS: Readonly<Record<string, (line: string) => string>> = {
  'trace-cmd report': (line) =>
    line
      .replace(/\[000\] \.{5}/, '[000]')
      .replace('tracing_mark_write:', 'print:                tracing_mark_write:'),
  'perf script': (line) =>
    line
      .replace(/\[000\] \.{5}/, '[000]')
      .replace(/: kvm_/, ': kvmmmu:kvm_')
      .replace('tracing_mark_write:', 'ftrace:print: tracing_mark_write:'),
};

describe.each(NAMES)('guest %s', (name) => {
  it('agrees in every step and every entry', () => {
    const result = followed(name);
    expect(result).toMatchObject({ trouble: undefined, departure: undefined });
    expect(result.steps.length).toBeGreaterThan(10);
    expect(result.leaves).toBeGreaterThan(3);
    expect(result.steps.map(({ expected }) => expected)).toEqual(result.steps.map(({ found }) => found));
  });

  it.each(Object.entries(FORMS))('says the same as %s prints it', (_, form) => {
    const mapped = followed(name, '', (trace) => trace.split('\n').map(form).join('\n'));
    const plain = followed(name);
    expect(mapped.trouble).toBeUndefined();
    expect(mapped.steps.map(({ found }) => found)).toEqual(plain.steps.map(({ found }) => found));
  });
});

describe("a rule of the model that is not the kernel's", () => {
  it('is found at the event that shows it, with what the model has and what the trace shows', () => {
    const { departure } = followed('6.1.192-seed-1-25', '+dmaZap=all');
    expect(departure).toMatchObject({ step: 3, event: { kind: 'dma', on: false }, found: { dropped: 0 } });
    expect(departure!.departures).toMatchObject([
      { kind: 'left', start: 0xfe000, end: 0xfe200, expected: [], found: [{ level: 2, type: 0, ipat: 0 }] },
      { kind: 'left', start: 0x7fffe00, end: 0x7fffe03 },
    ]);
  });

  it.each([
    ['6.1.192-seed-1-10', '+dmaZap=all'],
    ['6.1.192-seed-1-22', '+dmaZap=all'],
  ])('is found in guest %s with %s', (name, rule) => {
    expect(followed(name, rule).departure?.event.kind).toBe('dma');
  });

  it('and another kernel is told by its entries', () => {
    expect(followed('6.12.117-seed-1-10', '+leaf=kvm').trouble).toMatchObject({ kind: 'other-kernel' });
  });
});

describe('a live trace that is damaged', () => {
  const NAME = '6.1.192-seed-1-25';
  const whole = followed(NAME);

  it('is judged as far as it goes, wherever it is cut', () => {
    const lines = text(`${NAME}.ftrace`).split('\n');
    for (let end = 3; end < lines.length - 2; end++) {
      const { trouble, departure, steps } = followed(NAME, '', () => lines.slice(0, end).join('\n'));
      expect(departure).toBeUndefined();
      expect(trouble?.kind).toBe('cut');
      const marks = lines.slice(0, end).filter((line) => line.includes('eptsweep step')).length;
      expect(steps.length).toBe(marks - 1);
      expect(steps.map(({ found }) => found)).toEqual(
        whole.steps.slice(0, steps.length).map(({ found }) => found),
      );
    }
  });

  it.each([
    [
      'lost-events',
      (trace: string) =>
        trace.replace('# tracer: nop', '# tracer: nop\n# entries-in-buffer/entries-written: 40/60   #P:1'),
    ],
    ['lost-events', (trace: string) => trace.replace(/(.*eptsweep step 4\n)/, 'CPU:0 [LOST 12 EVENTS]\n$1')],
    ['lost-events', (trace: string) => trace.replace(/(.*eptsweep step 4\n)/, 'CPU:0 [LOST EVENTS]\n$1')],
    [
      'lost-events',
      (trace: string) => trace.replace(/(.*eptsweep step 4\n)/, 'CPU:0 [12 EVENTS DROPPED]\n$1'),
    ],
    ['out-of-order', (trace: string) => trace.replace(/.*eptsweep step 4\n/, '')],
    ['out-of-order', (trace: string) => trace + trace],
    ['no-marks', (trace: string) => trace.replaceAll('eptsweep', 'other')],
    ['odd-line', (trace: string) => trace.replace(' new_spte 6000000bc400b87', ' new_sp')],
    ['no-changes', (trace: string) => trace.replace(/.*spte_changed.*\n/g, '')],
    ['too-many-steps', (trace: string) => `${trace} x [0] .... 1.0: tracing_mark_write: eptsweep step 30\n`],
  ] as const)('says "%s"', (kind, change) => {
    const { trouble, departure } = followed(NAME, '', change);
    expect(trouble?.kind).toBe(kind);
    expect(departure).toBeUndefined();
  });
});
