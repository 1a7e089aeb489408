/**
 * Inputs twice as long are twice the work: slots, ranges, vCPUs, lines, events. The work is counted in blocks of the sources
 * (`executed-blocks.ts`), so that no clock decides; quadratic work would be four times as much.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/index.ts';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { vm } from '../../src/index.ts';
import { answerLine } from '../../src/oracle/index.ts';
import { policy } from '../../src/policy/index.ts';
import { readBytes } from '../../src/read/index.ts';
import { type ReplayEvent, replay } from '../../src/replay/index.ts';
import { share } from '../../src/share/index.ts';
import { executedBlocks } from './executed-blocks.ts';

const evaluators = {
  reference: createEvaluatorSync({ engine: 'reference' }),
  direct: createEvaluatorSync({ engine: 'direct' }),
  auto: createEvaluatorSync({ engine: 'auto' }),
};
afterAll(() => {
  for (const evaluator of Object.values(evaluators)) evaluator.dispose();
});

const many = <T>(count: number, one: (at: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => one(at));
const hex = (value: number): string => `0x${value.toString(16)}`;

/** The work at a size, at twice and at four times: what the second doubling adds by what the first one did. */
function growth(size: number, prepared: (count: number) => () => void): number {
  prepared(size)();
  const [one, two, four] = [size, 2 * size, 4 * size].map((count) => executedBlocks(prepared(count)));
  // Some of it is counted, or there is nothing to compare.
  expect(two! - one!).toBeGreaterThan(size);
  return (four! - two!) / (two! - one!);
}

function request(want: string, memory: object[], more: object = {}): string {
  return JSON.stringify({
    id: 1,
    want,
    policy: 'kvm-5.16',
    maxphyaddr: 52,
    noncoherentDma: true,
    memory,
    ...more,
  });
}

describe('a request of the oracle', () => {
  const slots = (count: number) => many(count, (at) => ({ gfn: 2 * at, count: 1, pfn: at }));

  it.each(Object.entries(evaluators))('%s: slots', (_, evaluator) => {
    const asked = (count: number) => {
      const line = request('leaf', slots(count));
      return () => expect(answerLine(evaluator, line)).toMatch(/"spans":\[\["0x0"/);
    };
    expect(growth(1000, asked)).toBeLessThan(2.2);
  });

  it.each(Object.entries(evaluators))('%s: MMIO', (_, evaluator) => {
    const asked = (count: number) => {
      const mmio = many(count, (at) => [4 * at, 4 * at + 1 + (at % 3)]);
      const line = request('ept', [], { mmio });
      return () => expect(answerLine(evaluator, line)).toMatch(/"spans":\[\["0x0"/);
    };
    expect(growth(1000, asked)).toBeLessThan(2.2);
  });
});

it('slots of a config', () => {
  const parsed = (count: number) => {
    const lines = many(count, (at) => `  - {base: ${hex(at * 0x2000)}, size: 4K}\n`);
    const text = `name: big\nmaxphyaddr: 52\nslots:\n${lines.join('')}`;
    return () => void parseConfig(text, 'big.yaml');
  };
  expect(growth(500, parsed)).toBeLessThan(2.2);
});

it('vCPUs of a config, each in a state of its own', () => {
  const parsed = (count: number) => {
    const lines = many(
      count,
      (at) => `  - msrs: {0x200: ${hex(0x80000000 + at * 4096)}, 0x201: 0x3ffffffff800}\n`,
    );
    const text = `name: big\nmaxphyaddr: 46\nvcpus:\n${lines.join('')}`;
    return () => void parseConfig(text, 'big.yaml');
  };
  expect(growth(250, parsed)).toBeLessThan(2.2);
});

it('states that share one EPT', () => {
  const shared = (count: number) => {
    const machine = vm({
      maxphyaddr: 46,
      noncoherentDma: true,
      vcpus: many(count, (at) => ({
        msrs: { 0x200: BigInt(0x80000000 + at * 4096), 0x201: 0x3ffffffff800n, 0x2ff: 0x806n },
      })),
    });
    return () => void share(machine, { policy: policy('kvm-5.16'), evaluator: evaluators.auto });
  };
  expect(growth(16, shared)).toBeLessThan(2.2);
});

it('lines of a log', () => {
  const lines = (count: number) =>
    Buffer.from(
      `MTRR default type: uncachable\nMTRR variable ranges enabled:\n  0 base 0000000000 mask 3F80000000 write-back\n${many(
        count,
        (at) => `[    ${at}.000000] usb 1-1: device number ${at} of vendor ${hex(at)}\n`,
      ).join('')}`,
    );
  const read = (count: number) => {
    const bytes = lines(count);
    return () => void readBytes(bytes, { file: 'log' });
  };
  expect(growth(1000, read)).toBeLessThan(2.2);
});

it('events of a replay', () => {
  const machine = vm({
    maxphyaddr: 36,
    noncoherentDma: true,
    slots: [{ gfn: 0, count: 0x100000, pfn: 0 }],
    vcpus: [{ msrs: { 0x2ff: 0x806n } }, { msrs: { 0x2ff: 0x806n } }],
  });
  const replayed = (count: number) => {
    const events = many(count, (at): ReplayEvent => {
      const vcpu = at % 2;
      if (at % 3 === 0) return { kind: 'wrmsr', vcpu, msr: 0x200, value: BigInt((at % 512) << 12) };
      const start = (at * 512) % 0x100000;
      return { kind: 'touch', vcpu, range: { start, end: start + 512 }, access: 'write' };
    });
    return () => {
      for (const step of replay(machine, events, { evaluator: evaluators.auto, policy: policy('kvm-5.16') }))
        expect(step.verdict).toBe('done');
    };
  };
  expect(growth(200, replayed)).toBeLessThan(2.2);
});
