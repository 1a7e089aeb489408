/** Presets against the registers of the machines that they were taken from. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PRESETS, preset } from '../../../src/config/index.ts';
import { vcpuOf } from '../../../src/vm/index.ts';
import { vectorPath } from './folder.ts';

interface Request {
  readonly id: string;
  readonly maxphyaddr: number;
  readonly msrs: Record<string, string>;
}

describe('presets of real machines', () => {
  const requests = new Map<string, Request>();
  const lines = readFileSync(vectorPath('real.jsonl'), 'utf8').trim().split('\n');
  for (const line of lines) {
    const { request } = JSON.parse(line) as { request: Request };
    requests.set(request.id.replace(/-(sdm|kvm)$/, ''), request);
  }

  it('are all there', () => {
    const sources = PRESETS.map(({ source }) => /\(sample (.*?)\)/.exec(source)?.[1]).filter(Boolean);
    expect(sources.sort()).toEqual([...requests.keys()].sort());
  });

  it.each([...requests])('%s has the registers of the machine', (sample, request) => {
    const { name } = PRESETS.find(({ source }) => source.includes(`(sample ${sample})`))!;
    const view = vcpuOf(preset(name), 0);
    const registers = Object.fromEntries(view.msrs.map(({ msr, value }) => [`0x${msr.toString(16)}`, value]));
    const expected = Object.fromEntries(
      Object.entries(request.msrs).map(([msr, value]) => [msr, BigInt(value)]),
    );
    expect(view.maxphyaddr).toBe(request.maxphyaddr);
    // TOM2 says how far RAM goes, and without SYSCFG gives no page a type.
    delete registers['0xc001001d'];
    expect({ '0x2ff': 0n, ...registers }).toEqual({ ...zeroes(registers, expected), ...expected });
  });
});

/** Registers that a preset writes with their reset value, where the machine's list leaves them out. */
function zeroes(registers: Record<string, bigint>, expected: Record<string, bigint>): Record<string, bigint> {
  return Object.fromEntries(
    Object.keys(registers)
      .filter((msr) => !(msr in expected))
      .map((msr) => [msr, 0n]),
  );
}
