import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { isPreset, PRESETS, parseConfig, preset } from '../../src/config/index.ts';
import { vcpuOf } from '../../src/vm/index.ts';

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

  it("asrock-b450 has the registers of the board's log", () => {
    const [wb, wt, wp] = [0x0606060606060606n, 0x0404040404040404n, 0x0505050505050505n];
    const { maxphyaddr, msrs } = vcpuOf(preset('asrock-b450'), 0);
    expect(maxphyaddr).toBe(48);
    expect(new Map(msrs.map(({ msr, value }) => [msr, value]))).toEqual(
      new Map(
        Object.entries({
          0x200: 0x6n,
          0x201: 0xffff80000800n,
          0x202: 0x80000006n,
          0x203: 0xffffc0000800n,
          0x204: 0xc0000006n,
          0x205: 0xffffe0000800n,
          0x206: 0xdce80000n,
          0x207: 0xffffffff0800n,
          0x250: wb,
          0x258: wb,
          0x259: wt,
          ...Object.fromEntries([0, 1, 2, 3, 4, 5, 6, 7].map((n) => [0x268 + n, wp])),
          0x2ff: 0xc00n,
          0xc001001d: 0x820000000n,
        }).map(([msr, value]) => [Number(msr), value]),
      ),
    );
  });

  it('of a posted dump name it, each another', () => {
    const samples = PRESETS.flatMap(({ source }) => /\(sample (.*?)\)/.exec(source)?.[1] ?? []);
    expect(samples.length).toBeGreaterThan(10);
    expect(new Set(samples).size).toBe(samples.length);
  });
});
