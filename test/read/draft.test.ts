/** What a reader states, one by one: bounds of what is kept, and what a second statement does to a first. */
import { describe, expect, it } from 'vitest';
import { Draft } from '../../src/read/facts/draft.ts';
import { factLines } from './facts-text.ts';

const draft = (): Draft => new Draft('x', 'last');

describe('a draft', () => {
  it('keeps the registers of 8,192 CPUs, and CR0 of those', () => {
    const one = draft();
    for (let cpu = 0; cpu <= 8192; cpu++) one.register(cpu + 1, 0x2ff, 0xc06n, { cpu });
    for (const cpu of [8191, 8192]) one.cr0(9000 + cpu, cpu, 0x11n);
    const { cpus } = one.finish('rdmsr', 'dump');
    expect([cpus.size, cpus.has(8191), cpus.has(8192)]).toEqual([8192, true, false]);
    expect(cpus.get(8191)?.cr0).toEqual({ value: 0x11n, at: { file: 'x', line: 17_191 } });
  });

  it('names a CPU as it is told, or by its number', () => {
    const one = draft();
    one.register(1, 0x2ff, 0xc06n, { cpu: 3 });
    one.register(2, 0x2ff, 0xc06n, { cpu: 4, label: 'apic_id 0x4' });
    expect(factLines(one.finish('rdmsr', 'dump')).slice(0, 2)).toEqual([
      'cpu 3: 2ff=c06@1',
      'apic_id 0x4: 2ff=c06@2',
    ]);
  });
});
