import { describe, expect, it } from 'vitest';
import { policy } from '../../src/policy/index.ts';
import { type Facts, type ToolMap, toVcpuInits } from '../../src/read/index.ts';
import { createReferenceEngine } from '../../src/reference/index.ts';
import { vcpu } from '../../src/vm/index.ts';
import { readFixture, readSample, SAMPLE_NAMES } from './fixture.ts';

const engine = createReferenceEngine();

/** Where the types that we evaluate depart from another tool's map: nowhere, if both are right. */
function departures(facts: Facts, map: ToolMap): string[] {
  const { cpus, maxphyaddr } = toVcpuInits(facts);
  const view = engine.open(vcpu(cpus[0]!.init), policy('sdm'));
  const frames = 2 ** (maxphyaddr - 12);
  const found: string[] = [];
  const expectType = (start: number, end: number, type: number) => {
    if (start >= end) return;
    for (const span of view.spans('mtrr', { range: { start, end } })) {
      if (span.type !== type)
        found.push(`${span.start.toString(16)}-${span.end.toString(16)}: ${span.type} for ${type}`);
    }
  };
  let next = 0;
  const defaultType = Number(facts.registers.get(0x2ff)!.value & 0xffn);
  for (const { start, end, type } of map.ranges) {
    const first = Number(start >> 12n);
    // What Linux and EDK2 leave out has the default type; coreboot's map ends at the top of RAM.
    if (map.tool !== 'coreboot') expectType(next, first, defaultType);
    next = Math.min(frames, Number((end + 1n) >> 12n));
    expectType(first, next, type);
  }
  if (map.tool !== 'coreboot') expectType(next, frames, defaultType);
  view.dispose();
  return found;
}

describe("the evaluated map and another tool's map of the same registers", () => {
  it.each([
    ['dmesg-mtrr-debug.txt', 'linux'],
    ['edk2.txt', 'edk2'],
    ['coreboot.txt', 'coreboot'],
  ])('%s: they agree at every boundary (%s)', (file, tool) => {
    const facts = readFixture(file);
    expect(facts.maps.map((map) => map.tool)).toEqual([tool]);
    expect(departures(facts, facts.maps[0]!)).toEqual([]);
  });

  it('tells a difference where there is one', () => {
    const facts = readFixture('edk2.txt');
    const [map] = facts.maps;
    const ranges = map!.ranges.map((range, at) => (at === 5 ? { ...range, type: 4 } : range));
    expect(departures(facts, { ...map!, ranges })).toHaveLength(1);
  });

  const REAL = [
    'coreboot-001-taniks-adl.txt',
    'x-dmesg-101-dell-t3600-6.4rc1-mtrrdebug-map.txt',
    'x-edk2-406-ovmf-like-mtrr-settings.txt',
  ];
  it.runIf(SAMPLE_NAMES.length > 0).each(REAL)('%s: they agree at every boundary', (file) => {
    const facts = readSample(file);
    expect(facts.maps).toHaveLength(1);
    expect(departures(facts, facts.maps[0]!)).toEqual([]);
  });
});
