/** What a reader states, one by one: bounds of what is kept, and what a second statement does to a first. */
import { describe, expect, it } from 'vitest';
import { Draft } from '../../src/read/facts/draft.ts';
import { readText } from '../../src/read/index.ts';
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

describe('of many', () => {
  const numbers = (count: number) => Array.from({ length: count }, (_, at) => at);

  it('remarks the first 256 of a kind are kept, each once', () => {
    const one = draft();
    one.register(1, 0x2ff, 0xc06n);
    for (const at of [...numbers(257), 0, 1]) {
      one.at(at + 1).torn('ram', `line ${at}`);
      one.at(at + 1).complain({ kind: 'ram-lost', severity: 'HIGH', text: `text ${at}`, remedy: '' });
      one.at(at + 1).dmaUnit(`dmar${at}`, at % 2 === 0);
      one.at(at + 1).assigned(`0000:00:${at}.0`);
    }
    const { torn, complaints, dmaUnits, assignedDevices } = one.finish('dmesg', 'boot');
    expect([torn, complaints, dmaUnits, assignedDevices].map((list) => list.length)).toEqual([
      256, 256, 256, 256,
    ]);
    expect([torn[0]!.at.line, complaints[0]!.at.line, assignedDevices[1]!.at.line]).toEqual([1, 1, 2]);
    expect(torn.at(-1)!.what).toBe('line 255');
  });

  it('devices the first 4,096 are kept, and what is said of those later', () => {
    const one = draft();
    one.register(1, 0x2ff, 0xc06n);
    for (const at of numbers(4097)) one.at(1).dmaDevice(`d${at}`, { group: at });
    for (const at of [4095, 4096]) one.at(1).dmaDevice(`d${at}`, { unit: 'dmar0' });
    const { dmaDevices } = one.finish('dmesg', 'boot');
    expect(dmaDevices).toHaveLength(4096);
    expect(dmaDevices.at(-1)).toEqual({ name: 'd4095', group: 4095, unit: 'dmar0' });
  });

  it('ranges of memory the first 65,536 are kept, and that is said once', () => {
    const one = draft();
    for (const at of numbers(65_538))
      one.ram(at + 1, 'e820', BigInt(at) << 12n, (BigInt(at) << 12n) + 0xfffn, {
        kind: 'reserved',
        name: 'r',
      });
    const { ram, messages } = one.finish('dmesg', 'boot');
    expect(ram).toHaveLength(65_536);
    expect(messages.map(({ text, at }) => `${at.line}: ${text}`)).toEqual([
      '65537: more than 65536 entries: the rest is not kept',
    ]);
  });

  it.each([
    [1, 'line 2'],
    [8, 'lines 2, 3, 4, 5, 6, 7, 8, 9'],
    [9, 'lines 2, 3, 4, 5, 6, 7, 8, 9 and 1 more'],
    [1001, 'lines 2, 3, 4, 5, 6, 7, 8, 9 and 993 more'],
  ])('lines that none takes, %i of them, the first 8 are named', (count, lines) => {
    const { messages, coverage } = readText(
      `reg00: base=0x000000000 (    0MB), size= 2048MB, count=1: write-back\n${'RDMSR(0x2ff) #\n'.repeat(count)}`,
    );
    expect(messages.map(({ text }) => text)).toContain(
      `1 of ${count + 1} lines that tell memory types used, not ${lines}: torn, or in a form that is not known`,
    );
    expect(coverage).toMatchObject({ used: 1, total: count + 1 });
    expect(coverage!.unused).toHaveLength(Math.min(count, 1000));
  });
});
