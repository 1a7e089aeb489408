import { describe, expect, it } from 'vitest';
import { Journal } from '../../src/read/dress/journal.ts';
import { type Facts, type ReadOptions, readText } from '../../src/read/index.ts';
import { inHex } from './fixture.ts';

interface Entry {
  readonly _HOSTNAME: string;
  readonly _BOOT_ID: string;
  readonly MESSAGE: string;
}

const [OLD, NEW, OTHER] = ['a', 'b', 'c'].map((digit) => digit.repeat(32)) as [string, string, string];

const entry = (host: string, boot: string, MESSAGE: string): Entry => ({
  MESSAGE,
  _HOSTNAME: host,
  _BOOT_ID: boot,
});

/** Two hosts whose lines are mixed; no line says that the first of them boots again but the boot's number. */
const ENTRIES: readonly Entry[] = [
  entry('north', OLD, 'MTRR variable ranges enabled:'),
  entry('south', OTHER, 'MTRR variable ranges enabled:'),
  entry('north', OLD, '  0 base 0000000000 mask 7F80000000 write-back'),
  entry('south', OTHER, '  0 base 0080000000 mask 7F80000000 uncachable'),
  entry('north', OLD, '  1 base 0080000000 mask 7FC0000000 write-back'),
  entry('north', NEW, 'MTRR variable ranges enabled:'),
  entry('north', NEW, '  0 base 0000000000 mask 7F00000000 write-back'),
  entry('south', OTHER, '  1 base 0040000000 mask 7FC0000000 uncachable'),
];

const cursor = (boot: string) =>
  `s=0123456789abcdef0123456789abcdef;i=2a;b=${boot};m=36a5;t=61a2;x=0123456789abcdef`;

/** As journalctl prints them; journald escapes nothing in texts of one line. */
const FORMS: Readonly<Record<string, (entries: readonly Entry[]) => string>> = {
  short: (entries) =>
    entries.map((one) => `Jun 03 10:11:12 ${one._HOSTNAME} kernel: ${one.MESSAGE}\n`).join(''),
  json: (entries) => entries.map((one) => `${JSON.stringify({ PRIORITY: '6', ...one })}\n`).join(''),
  'json-pretty': (entries) => entries.map((one) => `${JSON.stringify(one, undefined, '\t')}\n`).join(''),
  'json-sse': (entries) => entries.map((one) => `data: ${JSON.stringify(one)}\n\n`).join(''),
  'json-seq': (entries) => entries.map((one) => `\u001e${JSON.stringify(one)}\n`).join(''),
  export: (entries) =>
    entries
      .map(
        (one) =>
          `__CURSOR=${cursor(one._BOOT_ID)}\n__REALTIME_TIMESTAMP=1717402272000213\n_BOOT_ID=${one._BOOT_ID}\n` +
          `PRIORITY=6\nMESSAGE=${one.MESSAGE}\n_TRANSPORT=kernel\n_HOSTNAME=${one._HOSTNAME}\n\n`,
      )
      .join(''),
  verbose: (entries) =>
    entries
      .map(
        (one) =>
          `Mon 2024-06-03 10:11:12.000213 CEST [${cursor(one._BOOT_ID)}]\n    PRIORITY=6\n` +
          `    _BOOT_ID=${one._BOOT_ID}\n    MESSAGE=${one.MESSAGE}\n    _HOSTNAME=${one._HOSTNAME}\n`,
      )
      .join(''),
};
const WITH_FIELDS = Object.keys(FORMS).filter((form) => form !== 'short');

function told(facts: Facts) {
  return { registers: inHex(facts.registers), contradictions: facts.contradictions, hosts: facts.hosts };
}

describe('a journal in every output of journalctl', () => {
  const read = (form: string, options: ReadOptions = {}) => readText(FORMS[form]!(ENTRIES), options);

  it.each(Object.keys(FORMS))('%s: hosts are kept apart', (form) => {
    expect(told(read(form, { host: 'south' }))).toMatchObject({
      registers: { '200': '80000000', '201': '7f80000800', '202': '40000000', '203': '7fc0000800' },
      contradictions: [],
      hosts: ['north', 'south'],
    });
  });

  it.each(WITH_FIELDS)('%s: boots are told by their numbers', (form) => {
    const last = read(form, { host: 'north' });
    expect(inHex(last.registers)).toMatchObject({ '200': '6', '201': '7f00000800' });
    expect(last.registers.has(0x202)).toBe(false);
    const first = told(read(form, { host: 'north', boot: 1 }));
    expect(first).toMatchObject({
      registers: { '201': '7f80000800', '202': '80000006' },
      contradictions: [],
    });
  });

  it.each(WITH_FIELDS)('%s: a fact stands in the line of its message', (form) => {
    const lines = FORMS[form]!(ENTRIES).split('\n');
    const { at } = read(form, { host: 'north' }).registers.get(0x201)!;
    // Of a record over several lines: where it starts.
    const expected = form === 'json-pretty' ? '{' : '7F00000000';
    expect(lines[at.line - 1]).toContain(expected);
  });

  it('marks between the boots of one host count as well, before a banner or without one', () => {
    const boot = (mask: string) =>
      `MTRR variable ranges enabled:\n  0 base 0000000000 mask ${mask} write-back\n`;
    for (const mark of [
      `-- Boot ${NEW} --`,
      '-- Reboot --',
      `-- Boot ${NEW} --\nLinux version 6.6.0 (a@b)`,
    ]) {
      const text = `${boot('7F80000000')}${mark}\n${boot('7F00000000')}`;
      expect(readText(text), mark).toMatchObject({
        recognised: [{ blocks: 2, taken: 2 }],
        contradictions: [],
      });
      expect(readText(text, { boot: 1 }).registers.get(0x201)?.value, mark).toBe(0x7f80000800n);
    }
  });

  it('records that say nothing of memory types, or are no records, are passed over', () => {
    const noise = '{"MESSAGE": 5}\n{"MESSAGE"\n{"MESSAGE": "usb 1-2: new device"}\nMESSAGE\n';
    expect(inHex(readText(`0x2ff,0xc00\n${noise}`).registers)).toEqual({ '2ff': 'c00' });
  });

  it('marks boots of 4096 hosts, and of no further one', () => {
    const given: string[] = [];
    const journal = new Journal((text) => given.push(text));
    const record = (host: number, boot: string) =>
      journal.record({ _HOSTNAME: `h${host}`, _BOOT_ID: boot }, 1);
    for (let host = 0; host < 4097; host++) record(host, OLD);
    for (const host of [0, 4095, 4096]) record(host, NEW);
    expect(given).toEqual([`h0 kernel: -- Boot ${NEW} --`, `h4095 kernel: -- Boot ${NEW} --`]);
  });

  it('takes the lines of a record, and no other', () => {
    const given: string[] = [];
    const journal = new Journal((text, number) => given.push(`${number} ${text}`));
    const lines = [
      'x',
      `__CURSOR=${cursor(OLD)}`,
      'PRIORITY=6',
      'MESSAGE=a',
      'b',
      'MESSAGE=c',
      '{"MESSAGE":"d"}',
    ];
    expect(lines.map((line, index) => journal.push(line, index + 1))).toEqual([
      false,
      true,
      true,
      true,
      false,
      false,
      true,
    ]);
    expect(given).toEqual(['4 kernel: a', '7 kernel: d']);
    expect(journal.push('"MESSAGE"', 8)).toBe(false);
    expect(journal.push('[{"MESSAGE":"e"}]', 9)).toBe(false);
  });
});
