import { describe, expect, it } from 'vitest';
import { readFixture } from './fixture.ts';
import { departures } from './tool-maps.ts';

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
});
