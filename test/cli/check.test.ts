import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { PRESETS } from '../../src/config/index.ts';
import { MACHINES, manyCpus } from '../check/machines.ts';
import { FIXTURE_NAMES, fixturePath } from '../read/fixture.ts';
import { hex, inProcess, leadingColumns, runLine, withFiles } from './program.ts';

interface Found {
  readonly rule: string;
  readonly severity: string;
  readonly message: string;
  readonly ranges: readonly { readonly first: number; readonly last: number }[];
  readonly causes: readonly { readonly register: string; readonly msr: string; readonly line?: number }[];
  readonly vcpus?: readonly number[];
}

async function checked(path: string, ...args: string[]) {
  const { status, stdout, stderr } = await inProcess([
    'check',
    path,
    '--json',
    '--min-severity',
    'LOW',
    ...args,
  ]);
  const document = JSON.parse(stdout) as { schema: string; findings: readonly Found[] };
  expect(document.schema).toBe('eptsweep/check@2');
  expect(status).toBe(document.findings.length > 0 ? 1 : 0);
  return { findings: document.findings, stderr };
}

function checkedText(text: string | Buffer, ...args: string[]) {
  return withFiles({ 'dump.txt': text as string }, (folder) => checked(join(folder, 'dump.txt'), ...args));
}

async function refused(text: string | Buffer, ...args: string[]): Promise<string> {
  return withFiles({ 'dump.txt': text as string }, async (folder) => {
    const { status, stdout, stderr } = await inProcess(['check', join(folder, 'dump.txt'), ...args]);
    expect(stdout).toBe('');
    expect(status).toBe(2);
    expect(stderr).not.toMatch(/\n.| {4}at /);
    return stderr.replaceAll(`${folder}/`, '');
  });
}

/** The machine, the rule, the first stretch, and the register to blame with the line that gives it. */
const FAULTS: readonly (readonly [
  machine: keyof typeof MACHINES,
  rule: string,
  first: string | undefined,
  register: string | undefined,
  line: number | undefined,
])[] = [
  ['wp-over-ram.txt', 'ram-not-wb', '0x100000000', 'IA32_MTRR_PHYSBASE2', 3],
  ['wp-over-wb.txt', 'undefined-overlap', '0x100000000', 'IA32_MTRR_PHYSBASE1', 12],
  ['lost.txt', 'ram-uncovered', '0x200000000', 'IA32_MTRR_DEF_TYPE', 5],
  ['given-up.txt', 'ram-uncovered', '0x100000000', undefined, undefined],
  ['odd-mask.txt', 'mask-holes', '0x70000000', 'IA32_MTRR_PHYSMASK3', 10],
  ['inconsistent.txt', 'cpus-inconsistent', undefined, 'IA32_MTRR_PHYSBASE0', 11],
  ['uc-over-ram.txt', 'ram-not-wb', '0x70000000', 'IA32_MTRR_PHYSBASE3', 14],
];

describe('check blames the right register', () => {
  it.each(FAULTS)('%s: %s at %s, %s in line %s', async (machine, rule, first, register, line) => {
    const { findings } = await checkedText(MACHINES[machine]);
    expect(findings.map((one) => one.rule)).toEqual([rule]);
    expect(hex(findings[0]!.ranges[0]?.first)).toBe(first);
    if (register === undefined) expect(findings[0]!.causes).toEqual([]);
    else expect(findings[0]!.causes.map((cause) => cause.register)).toContain(register);
    const cause = findings[0]!.causes.find((one) => one.register === register);
    expect(cause?.line).toBe(line);
  });

  it('finds nothing on a sound machine', async () => {
    expect((await checkedText(MACHINES['sound.txt'])).findings).toEqual([]);
  });

  it('finds 2 of 300 CPUs', async () => {
    const { findings } = await checkedText(manyCpus(0x259, '606060606060606'));
    expect(findings).toMatchObject([
      {
        rule: 'cpus-differ',
        vcpus: [12, 13],
        ranges: [{ first: 0xa0000, last: 0xbffff, pages: 32 }],
        causes: [{ msr: '0x259' }],
      },
    ]);
    expect((await checkedText(manyCpus(0x202, '1000000'))).findings).toEqual([]);
  });

  it('takes the RAM map from another file', async () => {
    const mtrr =
      'vendor_id\t: GenuineIntel\nreg00: base=0x000000000 (    0MB), size= 2048MB, count=1: write-back\n';
    const { findings } = await withFiles({ 'mtrr.txt': mtrr, 'dmesg.txt': MACHINES['sound.txt'] }, (folder) =>
      checked(join(folder, 'mtrr.txt'), '--ram', join(folder, 'dmesg.txt')),
    );
    expect(findings).toMatchObject([
      { rule: 'ram-uncovered', ranges: [{ first: 0x100000000, last: 0x27fffffff }] },
    ]);
  });
});

describe('dumps of every format', () => {
  it.each(FIXTURE_NAMES)('%s: an answer or a reason', async (name) => {
    const { status, stderr } = await inProcess(['check', fixturePath(name), '-f', 'junit']);
    expect([0, 1, 2]).toContain(status);
    if (status === 2) expect(stderr).toMatch(/^eptsweep check: .*: .*\n$/);
  });
});

describe('presets', () => {
  it.each(PRESETS.map(({ name }) => name))('%s can be checked', async (name) => {
    const { findings } = await checked(name);
    for (const { severity, causes } of findings) {
      expect(['HIGH', 'MEDIUM', 'LOW']).toContain(severity);
      expect(causes.length).toBeGreaterThan(0);
    }
  });
});

describe('TOM2', () => {
  const uncovered = async (config: string) => {
    const text = `{${config}, mtrr: {default: UC, variable: [{base: 0, size: 4G, type: WB}]}, slots: [{range: 0+3G}, {range: 4G+4G}]}`;
    const { findings } = await withFiles({ 'vm.yaml': text }, (folder) =>
      checked(join(folder, 'vm.yaml'), '--rules', 'ram-uncovered'),
    );
    return findings.map(({ severity, causes }) => [severity, causes[0]!.register]);
  };

  it('without SYSCFG: what is missing is said, nothing is HIGH up to it', async () => {
    const bits = 'maxphyaddr: 40';
    expect(await uncovered(bits)).toEqual([['HIGH', 'IA32_MTRR_DEF_TYPE']]);
    expect(await uncovered(`${bits}, msrs: {TOP_MEM2: 8G}`)).toEqual([['LOW', 'TOP_MEM2']]);
    expect(await uncovered(`${bits}, msrs: {TOP_MEM2: 6G}`)).toEqual([['HIGH', 'IA32_MTRR_DEF_TYPE']]);
  });

  it('with SYSCFG: RAM below it is WB, or the default type is to blame', async () => {
    const bits = 'maxphyaddr: 40';
    expect(await uncovered(`${bits}, msrs: {TOP_MEM2: 8G, SYSCFG: 0x600000}`)).toEqual([]);
    expect(await uncovered(`${bits}, msrs: {TOP_MEM2: 8G, SYSCFG: 0}`)).toEqual([
      ['HIGH', 'IA32_MTRR_DEF_TYPE'],
    ]);
  });
});

describe('rules and severities', () => {
  it('can be chosen and switched off', async () => {
    const all = MACHINES['wp-over-wb.txt'];
    expect((await checkedText(all, '--disable', 'undefined-overlap')).findings).toEqual([]);
    expect((await checkedText(all, '--rules', 'mask-holes')).findings).toEqual([]);
    expect((await checkedText(all, '--rules', 'undefined-overlap')).findings).toHaveLength(1);
  });

  it('names a rule that is misspelt', async () => {
    const { status, stderr } = await inProcess(['check', 'ovmf-q35', '--rules', 'mask-hole']);
    expect(status).toBe(2);
    expect(stderr).toMatch(/did you mean "mask-holes"/);
  });
});

describe('bad input ends with 2 and one line', () => {
  it.each([
    ['an empty file', '', /^eptsweep check: dump\.txt: empty: /],
    [
      "another tool's output",
      '00:00.0 Host bridge: Acme 1234\n\tFlags: bus master\n',
      /no MTRR, PAT or memory-map text/,
    ],
    ['zeroed iomem', '00000000-00000000 : System RAM\n', /dump\.txt:1: .*read it as root/],
    [
      'a picture',
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0]),
      /dump\.txt: a PNG picture: /,
    ],
    [
      'truncated gzip',
      gzipSync(MACHINES['sound.txt']).subarray(0, 60),
      /dump\.txt: the gzip data end too early/,
    ],
    [
      'a memory map alone',
      'BIOS-e820: [mem 0x0000000000100000-0x000000007fffffff] usable\n',
      /no MTRR registers: bring /,
    ],
  ])('%s', async (_, text, reason) => {
    expect(await refused(text)).toMatch(reason);
  });

  it('strict: what would be assumed, what contradicts itself', async () => {
    expect(await refused(MACHINES['wp-over-ram.txt'], '--strict')).toMatch(
      /dump\.txt:\d+: strict: assumed: .* and \d more/,
    );
    const contradictory = MACHINES['sound.txt'].replace(
      /^/,
      'BIOS-e820: [mem 0x0000000000000000-0x000000000009efff] reserved\n',
    );
    expect(await refused(contradictory, '--strict', '--phys-bits', '39')).toMatch(/strict: 0x0-0x9efff is /);
    const { stderr } = await checkedText(contradictory);
    expect(stderr).toMatch(/^contradiction: 0x0-0x9efff is /m);
  });

  it('says that a config has an error where it is one', async () => {
    const { status, stderr } = await withFiles({ 'guest.yaml': 'vcpus: 3\n' }, (folder) =>
      inProcess(['check', join(folder, 'guest.yaml')]),
    );
    expect(status).toBe(2);
    expect(stderr).toMatch(/maxphyaddr: .*missing/);
  });

  it('reads UTF-16 and gzip', async () => {
    const utf16 = Buffer.from(MACHINES['lost.txt'], 'utf16le');
    expect((await checkedText(utf16)).findings).toMatchObject([{ rule: 'ram-uncovered' }]);
    expect((await checkedText(gzipSync(MACHINES['lost.txt']))).findings).toMatchObject([
      { rule: 'ram-uncovered' },
    ]);
  });
});

describe('formats for CI', () => {
  const nasty = 'a&b <"\u0001\'>.txt';

  it('SARIF points at the line that gives the register', async () => {
    const { stdout } = await withFiles({ [nasty]: MACHINES['uc-over-ram.txt'] }, (folder) =>
      inProcess(['check', join(folder, nasty), '-f', 'sarif', '--min-severity', 'LOW']),
    );
    const log = JSON.parse(stdout);
    expect(log.version).toBe('2.1.0');
    const [run] = log.runs;
    const [result] = run.results;
    expect(result).toMatchObject({ ruleId: 'ram-not-wb', level: 'error' });
    expect(run.tool.driver.rules[result.ruleIndex].id).toBe('ram-not-wb');
    const { artifactLocation, region } = result.locations[0].physicalLocation;
    expect(region.startLine).toBe(14);
    expect(artifactLocation.uri).toMatch(/\/a%26b%20%3C%22%01'%3E\.txt$/);
  });

  it('JUnit escapes what XML cannot hold', async () => {
    const { stdout, status } = await withFiles({ [nasty]: MACHINES['uc-over-ram.txt'] }, (folder) =>
      inProcess(['check', join(folder, nasty), '-f', 'junit']),
    );
    expect(status).toBe(1);
    expect(stdout).toContain('name="a&amp;b &lt;&quot;\\u0001&apos;&gt;.txt"');
    expect(stdout).not.toMatch(/&(?!amp;|lt;|gt;|quot;|apos;|#\d+;)/);
    const opened = [...stdout.matchAll(/<(\/?)([a-z-]+)[^>]*?(\/?)>/g)].filter(([, , , end]) => end !== '/');
    const open: string[] = [];
    for (const [, slash, name] of opened) {
      if (slash === '/') expect(open.pop()).toBe(name);
      else open.push(name!);
    }
    expect(open).toEqual([]);
    expect(stdout).toMatch(/<testsuites tests="25" failures="1" /);
    expect(stdout).toMatch(/<testcase name="ram-not-wb"[^>]*>\n\s*<failure type="HIGH"/);
  });

  it('standard input', async () => {
    const { status, stdout } = await runLine('eptsweep check - --min-severity LOW', MACHINES['lost.txt']);
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /^HIGH {4}ram-uncovered: .*\n {8}where {2}0x200000000-0x27fffffff {2}2G\n {8}cause {2}IA32_MTRR_DEF_TYPE \(0x2ff\) = 0xc00, <stdin>:5\n/,
    );
  });
});

describe('dumps wherever a config is taken', () => {
  const dump = fixturePath('dmesg.txt');

  it.each([
    ['map', [dump, '3G', '-f', 'csv'], 0, /0xc0000000,.*UC/],
    ['explain', [dump, '0xbf000000', '--no-changes'], 0, /#2 UC/],
    ['diff', [dump, '--against', 'policy:kvm-5.16', '--want', 'mtrr', '-f', 'csv'], 1, /0xbf000000/],
    ['diff', ['ovmf-q35', '0+1M', '--against', `config:${dump}`, '--want', 'mtrr', '-f', 'csv'], 1, /0x/],
    ['share', [dump], 0, /./],
  ])('%s', async (command, args, code, output) => {
    const { status, stdout, stderr } = await inProcess([command, ...args]);
    expect(stderr).toMatch(/^eptsweep \w+: inferred: phys-bits 39 \(from the masks, .*dmesg\.txt:\d+\)$/m);
    expect(stdout).toMatch(output);
    expect(status).toBe(code);
  });

  it('--ram maps what is RAM, and no more', async () => {
    const { stdout } = await inProcess([
      'map',
      dump,
      '0xa0000',
      '--ram',
      fixturePath('iomem.txt'),
      '--want',
      'levels',
      '-f',
      'csv',
    ]);
    expect(leadingColumns(stdout, 4)).toBe('first,last,pages,level\n0xa0000,0xa0fff,1,0\n');
  });

  it('--from and --boot choose', async () => {
    const { status, stderr } = await inProcess(['map', dump, '--from', 'proc-mtrr']);
    expect([status, stderr]).toMatchObject([2, expect.stringMatching(/no proc-mtrr text/)]);
    const boots = fixturePath('dmesg-boots.txt');
    expect((await inProcess(['map', boots, '--boot', '9'])).stderr).toMatch(
      /--boot 9 was asked for, and there are 3/,
    );
  });
});
