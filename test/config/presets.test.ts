import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { isPreset, PRESETS, parseConfig, preset } from '../../src/config/index.ts';
import { vcpuOf } from '../../src/vm/index.ts';

const VECTORS = new URL('../../../shared/vectors/real.jsonl', import.meta.url);
const hasVectors = existsSync(VECTORS);
if (!hasVectors) console.error('real.jsonl is not there: presets are not held against it');

describe('presets', () => {
  it.each(PRESETS.map(({ name }) => name))('%s is the config that could stand in a file', (name) => {
    const found = PRESETS.find((one) => one.name === name)!;
    expect(name).toMatch(/^[a-z0-9-]+$/);
    expect(found.source).not.toBe('');
    const fromYaml = parseConfig(stringify(found), 'preset.yaml').vm;
    const fromJson = parseConfig(JSON.stringify(found), 'preset.json').vm;
    expect(fromYaml).toEqual(preset(name));
    expect(fromJson).toEqual(preset(name));
  });

  it('have different names', () => {
    expect(new Set(PRESETS.map(({ name }) => name)).size).toBe(PRESETS.length);
    expect(isPreset('ovmf-q35')).toBe(true);
    expect(isPreset('guest.yaml')).toBe(false);
  });

  it('are suggested', () => {
    expect(() => preset('ovmf-q36')).toThrow('did you mean "ovmf-q35"?');
  });

  it.each(['seabios-pc', 'seabios-q35', 'ovmf-q35', 'ovmf-gpu'])('%s has DEF_TYPE 0xc06', (name) => {
    const { msrs } = vcpuOf(preset(name), 0);
    expect(msrs.find(({ msr }) => msr === 0x2ff)?.value).toBe(0xc06n);
  });

  it.each(['firecracker', 'cloud-hypervisor'])('%s writes DEF_TYPE alone', (name) => {
    expect(vcpuOf(preset(name), 0).msrs).toEqual([{ msr: 0x2ff, value: 0x806n }]);
  });
});

interface Request {
  readonly id: string;
  readonly maxphyaddr: number;
  readonly msrs: Record<string, string>;
}

describe.runIf(hasVectors)('presets of real machines', () => {
  const requests = new Map<string, Request>();
  const lines = hasVectors ? readFileSync(VECTORS, 'utf8').trim().split('\n') : [];
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
