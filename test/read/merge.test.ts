import { describe, expect, it } from 'vitest';
import {
  type DescribedCpus,
  type Facts,
  mergeFacts,
  NO_FACTS,
  type Place,
  ramOnly,
  readText,
  toVcpuInits,
  toVm,
} from '../../src/read/index.ts';
import { evidenceSentence } from '../../src/vm/index.ts';
import { inHex, readFixture, VARIABLE } from './fixture.ts';

/** Without the RAM that the kernel takes out of use. */
const firmwareRam = (facts: Facts) => facts.ram.filter(({ source }) => source === 'e820');
const sentences = (list: readonly { readonly sentence: string }[]) => list.map((one) => one.sentence);
/** What was not read, in sentences. */
const openSentences = ({ evidence }: Pick<DescribedCpus, 'evidence'>) =>
  evidence.filter(({ level }) => level !== 'read').map(evidenceSentence);

describe('several texts of one machine', () => {
  it('takes from each what the other lacks', () => {
    const facts = mergeFacts([readFixture('proc-mtrr.txt'), readFixture('dmesg-6.8.txt')]);
    expect(facts.ram).toHaveLength(9);
    expect(facts.variableCount?.count).toBe(10);
    expect(facts.registers.get(0x277)?.value).toBe(0x0407050600070106n);
    expect(facts.recognised.map((one) => one.format)).toEqual(['proc-mtrr', 'dmesg']);
  });

  it('prefers exact masks to sizes, and finds that they agree', () => {
    const facts = mergeFacts([readFixture('proc-mtrr.txt'), readFixture('dmesg.txt')]);
    expect(facts.contradictions).toEqual([]);
    expect(inHex(facts.registers)).toMatchObject(VARIABLE);
    expect(openSentences(toVcpuInits(facts))).toEqual([
      'inferred: phys-bits 39 (from the masks, dmesg.txt:26)',
    ]);
  });

  it('names what cannot both be true, and keeps the raw value', () => {
    const facts = mergeFacts([readFixture('dmesg.txt'), readText('0x2ff,0xc06\n', { file: 'b.csv' })]);
    expect(sentences(facts.contradictions)).toEqual([
      'MSR 0x2ff is 0xc06 in b.csv:1 and 0xc00 in dmesg.txt:18: the first is taken',
    ]);
    expect(facts.registers.get(0x2ff)?.value).toBe(0xc06n);
  });

  it('names a difference between ranges by size and by mask', () => {
    const moved = readText('reg02: base=0x0be000000 ( 3040MB), size=   32MB, count=1: uncachable\n', {
      file: 'p',
    });
    const { contradictions, registers } = mergeFacts([readFixture('dmesg.txt'), moved]);
    expect(contradictions.map((one) => one.subject)).toEqual(['MSR 0x204', 'MSR 0x205']);
    expect(registers.get(0x204)?.value).toBe(0xbf000000n);
  });

  it('names RAM maps that differ', () => {
    const other = readText('BIOS-e820: [mem 0x0000000000000000-0x0000000000ffffff] usable\n', { file: 'o' });
    const facts = mergeFacts([readFixture('dmesg.txt'), other]);
    expect(sentences(facts.contradictions)).toEqual([
      'the e820 maps of dmesg.txt:4 and o:1 differ: the first is taken',
    ]);
    expect(firmwareRam(facts)).toHaveLength(9);
  });

  it('takes nothing but RAM from a file that is to give RAM', () => {
    const facts = mergeFacts([readFixture('msr.csv'), ramOnly(readFixture('dmesg-boots.txt'))]);
    expect(firmwareRam(facts)).toHaveLength(9);
    expect(facts.registers.get(0x201)?.value).toBe(0x7f80000800n);
    expect(facts.contradictions).toEqual([]);
  });

  it('reads two formats of one file', () => {
    const facts = readText(
      'address sizes\t: 46 bits physical, 48 bits virtual\n' +
        'reg00: base=0x000000000 (    0MB), size= 2048MB, count=1: write-back\n' +
        '00100000-7fffffff : System RAM\n',
    );
    expect(facts.recognised.map((one) => one.format)).toEqual(['proc-mtrr', 'iomem', 'cpuinfo']);
    expect(toVcpuInits(facts).maxphyaddr).toBe(46);
  });
});

describe('of texts that give the same', () => {
  const e820 = (file: string, ...entries: readonly string[]) =>
    readText(entries.map((entry) => `BIOS-e820: [mem 0x${entry}\n`).join(''), { file });
  const RAM = '0000000000000000-0x00000000000fffff] usable';
  const csv = (file: string, text: string) => readText(text, { file });

  it('nothing is nothing', () => {
    expect(mergeFacts([])).toBe(NO_FACTS);
    expect(mergeFacts([NO_FACTS]).coverage).toBeUndefined();
  });

  it('CPUs stand in the order of their numbers, and a difference names the CPU', () => {
    const a = csv('a', 'cpu,msr,value\n5,0x2ff,0xc06\n2,0x2ff,0xc06\n');
    const b = csv('b', 'cpu,msr,value\n9,0x2ff,0xc06\n1,0x2ff,0xc06\n2,0x2ff,0xc00\n');
    const { cpus, contradictions } = mergeFacts([a, b]);
    expect([...cpus.keys()]).toEqual([1, 2, 5, 9]);
    expect(sentences(contradictions)).toEqual([
      'MSR 0x2ff of cpu 2 is 0xc06 in a:3 and 0xc00 in b:4: the first is taken',
    ]);
  });

  it('memory maps agree where they have the same RAM', () => {
    const one = e820('a', RAM, '0000000000100000-0x00000000001fffff] reserved');
    const other = e820('b', RAM, '0000000000100000-0x00000000002fffff] reserved');
    expect(mergeFacts([one, other]).contradictions).toEqual([]);
    const more = e820('c', RAM.replace('0fffff', '1fffff'));
    expect(mergeFacts([one, more]).contradictions).toEqual([
      {
        subject: 'RAM map (e820)',
        sentence: 'the e820 maps of a:1 and c:1 differ: the first is taken',
        first: { file: 'a', line: 1 },
        second: { file: 'c', line: 1 },
      },
    ]);
  });

  it('the more exact format is believed, wherever it stands, and of one format the first text', () => {
    const defaultOf = (first: string, second: string) =>
      mergeFacts([csv('a', first), csv('b', second)]).registers.get(0x2ff)?.value;
    expect(defaultOf('0x2ff,0xc06\n', '0x2ff,0xc00\n')).toBe(0xc06n);
    expect(defaultOf('MTRR default type: uncachable\n', '0x2ff,0xc06\n')).toBe(0xc06n);
    expect(defaultOf('0x2ff,0xc06\n', 'MTRR default type: uncachable\n')).toBe(0xc06n);
  });

  it('a guest is one, whatever another text says of the machine', () => {
    const guest = e820('a', RAM);
    const at = { file: 'x', line: 1 };
    const kinds = (...list: readonly ('guest' | 'metal')[]) =>
      mergeFacts(list.map((kind, line) => ({ ...guest, platform: { kind, name: `${line}`, at } }))).platform;
    expect(kinds('metal', 'guest', 'guest')).toMatchObject({ kind: 'guest', name: '1' });
    expect(kinds('metal', 'metal')).toMatchObject({ kind: 'metal', name: '0' });
  });

  it('most variable ranges count', () => {
    const at = { file: 'x', line: 1 };
    const counts = (...list: readonly number[]) =>
      mergeFacts(list.map((count) => ({ ...NO_FACTS, variableCount: { count, at } }))).variableCount?.count;
    expect([counts(8, 10), counts(10, 8)]).toEqual([10, 10]);
  });

  it('of a text that is to give RAM the widths are those of RAM', () => {
    const { widths } = ramOnly(
      csv('a', `address sizes : 46 bits physical, 48 bits virtual\nBIOS-e820: [mem 0x${RAM}\n`),
    );
    expect(widths.map(({ source, bits }) => `${source} ${bits}`)).toEqual(['RAM 20']);
  });
});

describe('entries of a memory map that overlap', () => {
  const overlaps = (
    ...entries: readonly (readonly [start: number, end: number, kind: 'ram' | 'reserved'])[]
  ) =>
    mergeFacts([
      {
        ...NO_FACTS,
        ram: entries.map(([start, end, kind], at) => ({
          source: 'e820' as const,
          start: BigInt(start),
          end: BigInt(end),
          kind,
          name: `${at}`,
          depth: 0,
          at: { file: 'x', line: at + 1 },
        })),
      },
    ]).contradictions.map(({ subject, sentence }) => {
      expect(subject).toBe(`memory ${sentence.split(' ')[0]}`);
      return sentence.replaceAll(' in x', ' x');
    });

  it('do so by one byte, in any order', () => {
    expect(overlaps([0, 0xfff, 'ram'], [0xfff, 0x1fff, 'reserved'])).toEqual([
      '0xfff-0xfff is "0" x:1 and "1" x:2',
    ]);
    expect(overlaps([0, 0xfff, 'ram'], [0x1000, 0x1fff, 'reserved'])).toEqual([]);
    expect(overlaps([0xfff, 0x1fff, 'reserved'], [0, 0xfff, 'ram'])).toEqual([
      '0xfff-0xfff is "1" x:2 and "0" x:1',
    ]);
    expect(overlaps([0, 0xfff, 'ram'], [0xfff, 0x1fff, 'ram'])).toEqual([]);
  });

  it('are each held against what reaches furthest before it, the first of several', () => {
    expect(overlaps([0, 0xffff, 'ram'], [0x1000, 0x1fff, 'reserved'], [0x8000, 0x9fff, 'reserved'])).toEqual([
      '0x1000-0x1fff is "0" x:1 and "1" x:2',
      '0x8000-0x9fff is "0" x:1 and "2" x:3',
    ]);
    expect(overlaps([0, 0xfff, 'ram'], [0x1000, 0x2fff, 'reserved'], [0x2000, 0x3fff, 'ram'])).toEqual([
      '0x2000-0x2fff is "1" x:2 and "2" x:3',
    ]);
    expect(overlaps([0, 0xffff, 'ram'], [0x8000, 0xffff, 'reserved'], [0xc000, 0x1ffff, 'ram'])).toEqual([
      '0x8000-0xffff is "0" x:1 and "1" x:2',
    ]);
  });

  it('are named a hundred times', () => {
    const many = Array.from({ length: 101 }, (_, at) => [at, at, 'reserved'] as const);
    expect(overlaps([0, 0xffff, 'ram'], ...many.slice(0, 100))).toHaveLength(100);
    expect(overlaps([0, 0xffff, 'ram'], ...many)).toHaveLength(100);
  });
});

describe('a log whose kernel rewrote the variable ranges', () => {
  const at = { file: 'log', line: 9 };
  const message = (text: string, place: Place) => ({ severity: 'note' as const, text, at: place });
  const log: Facts = {
    ...readText('0x200,0x6\n0x201,0x7f80000800\n0x2ff,0xc00\n', { file: 'log' }),
    rewritten: at,
    torn: [
      { subject: 'variable-ranges', what: 'a range', isAll: false, at },
      { subject: 'pat', what: 'the PAT', isAll: false, at },
    ],
    messages: [
      message('rewritten', at),
      message('another line', { file: 'log', line: 8 }),
      message('another file', { file: 'other', line: 9 }),
    ],
  };
  const present = readText('cpu,msr,value\n0,0x202,0x80000006\n0,0x203,0x7f80000800\n', { file: 'now' });

  it('gives them up where another text shows them, of a CPU too', () => {
    const { registers, torn, messages, stages } = mergeFacts([log, present]);
    expect(stages).toEqual([
      { name: 'firmware', taken: false, at },
      { name: 'after-cleanup', taken: true, at },
    ]);
    expect(Object.keys(inHex(registers))).toEqual(['2ff']);
    expect(torn.map(({ subject }) => subject)).toEqual(['pat']);
    expect(messages.map(({ text }) => text)).toEqual([
      'another line',
      'another file',
      expect.stringContaining('those that the other text shows are taken'),
    ]);
    expect(messages.map(({ severity }) => severity)).toEqual(['note', 'note', 'note']);
  });

  it('keeps them where no other does', () => {
    for (const other of [NO_FACTS, { ...present, rewritten: at }, readText('0x2ff,0xc00\n')]) {
      expect(mergeFacts([log, other]).registers.has(0x200)).toBe(true);
    }
  });
});

describe('from facts to machines', () => {
  it('says every assumption in a sentence of its own', () => {
    expect(openSentences(toVcpuInits(readFixture('proc-mtrr.txt')))).toEqual([
      'assumed: phys-bits 40 (/proc/mtrr gives sizes, not masks)',
      'assumed: default type UC (not in /proc/mtrr)',
      'inferred: MTRRs on (E=1) (Linux lists ranges in /proc/mtrr where the MTRRs are on)',
      'assumed: fixed ranges off (FE=0), so that variable ranges and default decide below 1 MiB (not in /proc/mtrr)',
    ]);
    expect(openSentences(toVcpuInits(readFixture('dmesg.txt')))).toEqual([
      'inferred: phys-bits 39 (from the masks, dmesg.txt:26)',
    ]);
  });

  it('refuses them if it is to be strict, and names the first', () => {
    expect(() => toVcpuInits(readFixture('proc-mtrr.txt'), { strict: true })).toThrow(
      'proc-mtrr.txt:1: strict: assumed: phys-bits 40 (/proc/mtrr gives sizes, not masks) and 2 more',
    );
    const complete = mergeFacts([readFixture('msr.csv'), readFixture('cpuinfo.txt')]);
    expect(openSentences(toVcpuInits(complete, { strict: true }))).toEqual([]);
  });

  it('cuts masks that were made from sizes to the address bits', () => {
    const { cpus } = toVcpuInits(readFixture('proc-mtrr.txt'), { physBits: 39 });
    expect(new Map(cpus[0]!.init.msrs as [number, bigint][]).get(0x205)).toBe(0x7fff000800n);
  });

  it('gives a mask with holes back from the size that Linux prints of it', () => {
    // 0x0fc0000000 on 40 bits: the negated mask is 984064 MB.
    const facts = readText('reg00: base=0x000000000 (    0MB), size=984064MB, count=1: write-back\n');
    const { cpus, maxphyaddr } = toVcpuInits(facts);
    expect(maxphyaddr).toBe(40);
    expect(new Map(cpus[0]!.init.msrs as [number, bigint][]).get(0x201)).toBe(0xfc0000800n);
    expect(facts.messages[0]?.text).toContain('its mask has holes');
  });

  it('takes the address bits that the user states, unless a mask has more', () => {
    expect(toVcpuInits(readFixture('dmesg.txt'), { physBits: 46 }).maxphyaddr).toBe(46);
    expect(() => toVcpuInits(readFixture('dmesg.txt'), { physBits: 36 })).toThrow(
      'dmesg.txt:26: --phys-bits 36 is too low: this mask has bit 38',
    );
    expect(() => toVcpuInits(readFixture('dmesg.txt'), { physBits: 64 })).toThrow('expected 32 to 52');
  });

  it('warns where all masks stop at bit 31', () => {
    const facts = readText('  0 base 000000000 mask 0C0000000 write-back\n  1 disabled\n');
    expect(facts.messages.map((one) => one.text).join()).toContain(
      'the masks reach bit 31 only: if the CPU has more address bits the ranges repeat',
    );
    expect(toVcpuInits(facts).maxphyaddr).toBe(32);
  });

  it('strips AMD RdMem and WrMem, and says so', () => {
    const facts = readText('0x250,0x1e1e1e1e1e1e1e1e\n0x2ff,0xc00\n');
    expect(facts.registers.get(0x250)?.value).toBe(0x0606060606060606n);
    expect(facts.messages[0]?.text).toContain('RdMem and WrMem');
  });

  it('makes a VM of 300 CPUs of which two differ', () => {
    const { vm } = toVm(readFixture('rdmsr-uniq.txt'), {}, { name: 'brook' });
    expect(vm.vcpus).toHaveLength(300);
    expect(new Set(vm.vcpus.map((one) => one.state)).size).toBe(2);
    expect(vm.vcpus[12]!.state).toBe(vm.vcpus[13]!.state);
    expect(vm.vcpus[12]!.name).toBe('cpu 12');
  });

  it('shares what CPUs of one state are made of, and names none of a machine', () => {
    const { cpus } = toVcpuInits(readText('cpu,msr,value\n0,0x2ff,0xc06\n1,0x2ff,0xc06\n2,0x2ff,0xc00\n'));
    expect(cpus[1]!.init).toBe(cpus[0]!.init);
    expect(cpus[2]!.init).not.toBe(cpus[0]!.init);
    const { vm } = toVm(readText('0x212,0x6\n0x213,0x7f80000800\n'));
    expect(vm.vcpus.map(({ name, state }) => [name, state.vcnt])).toEqual([
      [toVm(readText('0x2ff,0xc06\n')).vm.vcpus[0]!.name, 10],
    ]);
    expect(vm.vcpus[0]!.name).not.toBe('machine');
  });

  it('counts the variable ranges of machines that have other than eight', () => {
    expect(toVcpuInits(readFixture('dmesg.txt')).cpus[0]!.init.vcnt).toBe(10);
    expect(toVcpuInits(readFixture('msr.csv')).cpus[0]!.init.vcnt).toBeUndefined();
    expect(toVcpuInits(readText('0x212,0x6\n0x213,0x7f80000800\n')).cpus[0]!.init.vcnt).toBe(10);
  });
});
