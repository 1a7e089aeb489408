/** The log of the lab's machine: whole, torn, cut off, with the kernel's own lines in between. */
import { describe, expect, it } from 'vitest';
import { asFtrace } from '../../lab/log/ftrace.ts';
import { readSerialLog } from '../../lab/log/serial-log.ts';

const HEAD = ['@version Linux version 6.1.0', '@maxphyaddr 40', '@pool 262144 262144'];
const GUEST = [
  '@guest one',
  '@v 2 gp',
  '@m 1',
  '@s 1000 1 0 600000001901b77',
  '@m 2',
  '@r 2000 1 0 600000000100b77 3 n',
  '@p 2400 2 600000000a00bf7 0',
  '@end one',
];
const logOf = (...lines: string[]): string => `${lines.join('\n')}\n`;

describe('a serial log', () => {
  it('gives guests with verdicts and the changes of each step', () => {
    const log = readSerialLog(logOf(...HEAD, ...GUEST, '@done'));
    expect(log).toMatchObject({ version: 'Linux version 6.1.0', addressBits: 40, done: true, errors: [] });
    const [guest] = log.guests;
    expect(guest).toMatchObject({ name: 'one', complete: true, lost: 0 });
    expect(guest!.verdicts.get(2)).toBe('gp');
    expect(guest!.steps.get(1)).toEqual({
      mark: 6,
      lines: [
        { kind: 'change', line: 7, space: 0, gfn: 0x1000, level: 1, before: 0n, after: 0x600000001901b77n },
      ],
    });
    expect(guest!.steps.get(2)!.lines.at(-1)).toEqual({
      kind: 'split',
      line: 10,
      gfn: 0x2400,
      level: 2,
      entry: 0x600000000a00bf7n,
    });
  });

  it('writes out runs of neighbours, what moves with them and what stays', () => {
    const text = logOf(
      '@guest one',
      '@r 2000 2 0 600000000000bf7 3 n',
      '@r 8 1 700b77 5a0 2 o',
      '@r 4 1 700b77 700977 2 b',
      '@end one',
    );
    const { lines } = readSerialLog(text).guests[0]!.steps.get(0)!;
    expect(lines).toMatchObject([
      { gfn: 0x2000, level: 2, before: 0n, after: 0x600000000000bf7n },
      { gfn: 0x2200, level: 2, before: 0n, after: 0x600000000200bf7n },
      { gfn: 0x2400, level: 2, before: 0n, after: 0x600000000400bf7n },
      { gfn: 8, level: 1, before: 0x700b77n, after: 0x5a0n },
      { gfn: 9, level: 1, before: 0x701b77n, after: 0x5a0n },
      { gfn: 4, level: 1, before: 0x700b77n, after: 0x700977n },
      { gfn: 5, level: 1, before: 0x701b77n, after: 0x701977n },
    ]);
  });

  it('keeps what the kernel says apart, and a torn line as one that nobody can read', () => {
    const text = logOf(
      '[ 1.0] hello',
      '@guest one',
      '@s 10',
      '@s zz 1 0 1',
      '@r 1 1 0 1 x n',
      '[ 2.0] x',
      '@end one',
    );
    const log = readSerialLog(text);
    expect(log.guests[0]!.steps.get(0)!.lines).toEqual([
      { kind: 'odd', line: 3, text: '@s 10' },
      { kind: 'odd', line: 4, text: '@s zz 1 0 1' },
      { kind: 'odd', line: 5, text: '@r 1 1 0 1 x n' },
    ]);
    expect(log.foreign).toEqual(['[ 1.0] hello', '@s 10', '@s zz 1 0 1', '@r 1 1 0 1 x n', '[ 2.0] x']);
  });

  it('says of a guest whose log breaks off that it is not whole, and drops half a line', () => {
    const [guest] = readSerialLog(`${logOf(...GUEST.slice(0, 5))}@s 2000 1 0 6000`).guests;
    expect(guest!.complete).toBe(false);
    expect(guest!.steps.get(2)!.lines).toEqual([]);
  });

  it('takes a split that failed for none', () => {
    const [guest] = readSerialLog(logOf('@guest one', '@p 2400 2 600000000a00bf7 -12', '@end one')).guests;
    expect(guest!.steps.get(0)!.lines).toEqual([]);
  });

  it('knows of a buffer that overflowed, of errors and of what a kernel does not have', () => {
    const text = logOf(
      '@absent eager_page_split',
      '@guest one',
      '@error 3 no vCPU 9',
      '@overflow 90 100',
      '@end one',
    );
    const log = readSerialLog(text);
    expect(log.absent).toEqual(['eager_page_split']);
    expect(log.guests[0]).toMatchObject({ lost: 10, errors: ['3 no vCPU 9'] });
  });

  it('becomes a trace with markers as the tracing file system prints it', () => {
    const text = asFtrace(readSerialLog(logOf(...GUEST)).guests[0]!);
    expect(text).toContain(': tracing_mark_write: eptsweep step 2\n');
    expect(text).toContain(
      ': kvm_tdp_mmu_spte_changed: as id 0 gfn 1000 level 1 old_spte 0 new_spte 600000001901b77\n',
    );
    expect(text).toContain(': kvm_mmu_split_huge_page: gfn 2400 spte 600000000a00bf7 level 2 errno 0\n');
  });
});
