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

  it('keeps CR0 of CPUs below 8,192', () => {
    const one = draft();
    for (const cpu of [8191, 8192]) {
      one.register(1, 0x2ff, 0xc06n, { cpu });
      one.cr0(2, cpu, 0x11n);
    }
    expect([...one.finish('rdmsr', 'dump').cpus.values()].map(({ cr0 }) => cr0?.value)).toEqual([
      0x11n,
      undefined,
    ]);
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

describe('blocks of a file', () => {
  /** Everything that can be stated, with the lines from one on. */
  function filled(one: Draft, line: number): void {
    one.register(line, 0x2ff, 0xc06n);
    one.register(line + 1, 0x2ff, 0xc00n, { cpu: 7 });
    one.cr0(line + 2, 7, 0x40000010n);
    one.variableCount(line + 3, line + 9);
    one.width(line + 4, 46, 'stated', 'CPUID');
    one.ram(line + 5, 'e820', 0n, 0xfffn, { kind: 'ram', name: 'usable' });
    one.mapped(line + 6, 'linux', 0n, 0xfffn, 6);
    one.silent(line + 7, 'pat', 'not in it');
    one.contradict('MSR 0x2ff', line, line + 8, '0x0', '0x6');
    one.at(line + 9).vendor('amd');
    one.say('note', line + 10, `said in ${line + 10}`);
  }
  /** Little, in which what was stated before would show. */
  function little(one: Draft, line: number): void {
    one.register(line, 0x277, 7n, { cpu: 7 });
  }
  const linesOf = (one: Draft) => factLines(one.finish('rdmsr', 'dump'));
  const many = '3 dumps in x: the last one is taken; choose with --boot N';

  it('forget what the one before them said', () => {
    const one = draft();
    for (const line of [1, 20]) {
      filled(one, line);
      one.startBlock();
    }
    little(one, 50);
    const fresh = draft();
    little(fresh, 50);
    expect(linesOf(one)).toEqual([
      'cpu 7: 277=7@50',
      'recognised: {file:x,format:rdmsr,line:50,blocks:3,taken:3}',
      `messages: {severity:note,text:${many},at:@50}`,
      'messages: {severity:warning,text:the last dump shows no MTRRs, dump 2 does: --boot 2,at:@50}',
    ]);
    expect(linesOf(fresh)).toEqual([
      'cpu 7: 277=7@50',
      'recognised: {file:x,format:rdmsr,line:50,blocks:1,taken:1}',
    ]);
  });

  it('change nothing of the one that was asked for', () => {
    const whole = draft();
    filled(whole, 1);
    const first = new Draft('x', 1);
    filled(first, 1);
    for (const line of [20, 40]) {
      first.startBlock();
      filled(first, line);
      first.dropRam('e820');
      first.dropMap('linux');
      first.dropRegisters(() => true);
      first.dropRegisters(() => true, 7);
    }
    expect([first.blocks, first.used]).toEqual([3, true]);
    expect(linesOf(first)).toEqual([
      ...linesOf(whole).map((line) => line.replace('blocks:1', 'blocks:3')),
      `messages: {severity:note,text:${many.replace('last', '1.')},at:@1}`,
    ]);
  });

  it('are named where they say nothing, at the first line', () => {
    const one = draft();
    one.register(4, 0x2ff, 0xc06n);
    one.startBlock();
    expect(linesOf(one)).toEqual([
      'messages: {severity:note,text:2 dumps in x: the last one is taken; choose with --boot N,at:@1}',
      'messages: {severity:warning,text:the last dump shows no MTRRs, dump 1 does: --boot 1,at:@1}',
    ]);
  });

  it.each([
    ['the PAT alone', (one: Draft) => one.register(9, 0x277, 7n), true],
    ['the MTRRs too', (one: Draft) => one.register(9, 0x200, 6n), false],
    ['the PAT of a CPU alone', (one: Draft) => one.register(9, 0x277, 7n, { cpu: 0 }), true],
    ['the MTRRs of a CPU', (one: Draft) => one.register(9, 0x200, 6n, { cpu: 0 }), false],
  ])('with %s after one with MTRRs', (_, state, isNamed) => {
    const one = draft();
    one.register(1, 0x2ff, 0xc06n);
    one.startBlock();
    state(one);
    expect(linesOf(one).some((line) => line.includes('shows no MTRRs, dump 1 does'))).toBe(isNamed);
  });

  it('without MTRRs all of them are not worth a word', () => {
    const one = draft();
    for (const line of [1, 9]) {
      if (line > 1) one.startBlock();
      one.register(line, 0x277, 7n);
    }
    expect(linesOf(one).join()).not.toContain('shows no MTRRs');
  });
});

describe('a statement', () => {
  const factsOf = (state: (one: Draft) => void) => {
    const one = draft();
    one.register(1, 0x2ff, 0xc06n);
    state(one);
    return one.finish('rdmsr', 'dump');
  };

  it('of a width counts from 1 to 52 bits, the highest of a kind and a source', () => {
    const widths = (...bits: readonly number[]) =>
      factsOf((one) => {
        for (const [at, count] of bits.entries()) one.width(at + 2, count, 'at-least', 'RAM');
      }).widths.map(({ bits, at }) => [bits, at.line]);
    expect(widths(0)).toEqual([]);
    expect(widths(1)).toEqual([[1, 2]]);
    expect(widths(52)).toEqual([[52, 2]]);
    expect(widths(53)).toEqual([]);
    expect(widths(36, 36, 35)).toEqual([[36, 2]]);
    expect(widths(36, 39)).toEqual([[39, 3]]);
  });

  it('of a higher width leaves those of other sources', () => {
    const { widths } = factsOf((one) => {
      for (const source of ['a', 'b', 'c']) one.width(2, 36, 'at-least', source);
      one.width(3, 40, 'at-least', 'a');
      one.width(4, 41, 'stated', 'b');
    });
    expect(widths.map(({ bits, source }) => `${source} ${bits}`)).toEqual(['b 36', 'c 36', 'a 40', 'b 41']);
  });

  it('of no variable ranges is none', () => {
    expect(factsOf((one) => one.variableCount(2, 0)).variableCount).toBeUndefined();
    expect(factsOf((one) => one.variableCount(2, 1)).variableCount?.count).toBe(1);
  });

  it('is put in the order of numbers', () => {
    const { registers, cpus } = factsOf((one) => {
      for (const cpu of [5, 2, 9]) one.register(2, 0x2ff, 0xc06n, { cpu });
      for (const msr of [0x277, 0x200, 0xfe]) one.register(3, msr, 6n);
    });
    expect([...registers.keys()]).toEqual([0xfe, 0x200, 0x277, 0x2ff]);
    expect([...cpus.keys()]).toEqual([2, 5, 9]);
  });

  it('far down a text is kept as any', () => {
    const { ram, maps } = factsOf((one) => {
      one.ram(70_000, 'e820', 0x1000n, 0x1000n, { kind: 'ram', name: 'usable' });
      one.mapped(70_001, 'linux', 0x1000n, 0x1000n, 6);
      one.mapped(70_002, 'linux', 0x2000n, 0x1fffn, 6);
    });
    expect(ram.map(({ at }) => at.line)).toEqual([70_000]);
    expect(maps.flatMap(({ ranges }) => ranges.map(({ at }) => at.line))).toEqual([70_001]);
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
    expect(messages.map(({ severity, text, at }) => `${at.line}: ${severity}: ${text}`)).toEqual([
      '65537: warning: more than 65536 entries: the rest is not kept',
    ]);
  });

  it('ranges of a map the first 65,536 are kept, and contradictions and messages the first 100', () => {
    const one = draft();
    for (const at of numbers(65_537)) one.mapped(1, 'linux', BigInt(at) << 12n, BigInt(at) << 12n, 6);
    for (const at of numbers(101)) {
      one.contradict(`MSR ${at}`, 1, 2, '0', '1');
      one.say('note', at + 1, `message ${at}`);
    }
    const { maps, contradictions, messages } = one.finish('dmesg', 'boot');
    expect([maps[0]!.ranges, contradictions, messages].map((list) => list.length)).toEqual([
      65_536, 100, 100,
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
    expect(coverage!.unused[0]).toEqual({ file: '-', line: 2 });
  });
});
